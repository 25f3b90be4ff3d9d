"""All addresses of figures, tracing, source enterprises, credit and sharing."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter

from central.access import Access
from central.case_rules import CaseRules
from central.cases.law import CaseLaw
from central.routes.credit import credit_router
from central.routes.grades import grades_router
from central.routes.paging import MARKS, SealedMarks
from central.routes.public import public_feed_router
from central.routes.sharing import sharing_router
from central.routes.sources import sources_router
from central.routes.statistics import statistics_router
from central.routes.tracing import tracing_router
from central.signing import CentralKey
from central.store.database import Database


def supervision_routers(
    database: Database,
    key: CentralKey,
    law: CaseLaw,
    rules: CaseRules,
    arrived: Callable[[str], bool],
    access: Access,
    clock: Callable[[], datetime],
) -> list[APIRouter]:
    marks = SealedMarks(key.secret_for(MARKS))
    return [
        statistics_router(database, access, marks),
        tracing_router(database, access),
        sources_router(database, access, clock, law.schedules, rules.jurisdiction, arrived),
        credit_router(database, access, clock, marks),
        grades_router(database, access, marks),
        sharing_router(database, access, clock, marks),
        public_feed_router(database, clock),
    ]
