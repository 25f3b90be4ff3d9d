"""All the law central works by: the procedure, what follows from a verdict, penalty schedules, documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from central.cases.document_fields import FIELDS
from central.cases.documents import Template, load_documents
from central.cases.procedure import Procedure
from central.cases.procedure_file import load_procedure
from central.errors import ConfigError
from gateway.errors import ConfigError as LawError
from gateway.law.linkage import Linkage
from gateway.law.measures import Schedule
from gateway.lawfiles import load_linkage, load_penalties_dir


@dataclass(frozen=True, slots=True)
class CaseLaw:
    procedure: Procedure
    linkage: Linkage
    schedules: tuple[Schedule, ...]
    documents: Mapping[str, Template]


def load_case_law(law_dir: Path) -> CaseLaw:
    """The law in this folder, each file held to its own worked examples.

    Raises:
        ConfigError: a law file is wrong; every fault of it is listed.
    """
    try:
        return CaseLaw(
            procedure=load_procedure(law_dir / "procedure" / "cn-penalty-law-2021.toml"),
            linkage=load_linkage(law_dir / "linkage" / "cn-default.toml"),
            schedules=load_penalties_dir(law_dir / "penalties"),
            documents=load_documents(law_dir / "documents" / "cn-transport-2021.toml", FIELDS),
        )
    except LawError as error:
        raise ConfigError(error.source, error.faults) from error
