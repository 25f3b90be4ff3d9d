"""All addresses of leads, cases, parties and the persons among them, on one piece of casework."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter

from central.access import Access
from central.case_rules import CaseRules
from central.cases.law import CaseLaw
from central.cases.moving import Casework
from central.deriver import Deriver
from central.evidence import EvidenceStore
from central.routes.cases import cases_router
from central.routes.documents import documents_router
from central.routes.leads import leads_router
from central.routes.parties import parties_router
from central.routes.persons import persons_router
from central.signing import CentralKey
from central.store.database import Database

PSEUDONYMS = "weighgate/v1 pseudonyms of drivers"


def casework_routers(
    database: Database,
    evidence: EvidenceStore,
    deriver: Deriver,
    key: CentralKey,
    law: CaseLaw,
    rules: CaseRules,
    access: Access,
    clock: Callable[[], datetime],
) -> list[APIRouter]:
    casework = Casework(law, rules, deriver, evidence.arrived)
    return [
        leads_router(database, access, casework, clock),
        cases_router(database, access, casework, clock, key.secret_for(PSEUDONYMS)),
        documents_router(database, access, casework),
        parties_router(database, access, rules, clock),
        persons_router(database, access, clock),
    ]
