"""Linkage files: parsed, checked for gaps and clashes."""

from pathlib import Path

from gateway.core.lane import ADMITTING
from gateway.errors import ConfigError
from gateway.law.linkage import PARTIES, Linkage, Response, State, Tolerance, build_table
from gateway.lawfiles.reading import read
from gateway.lawfiles.schema import LinkageFile

NEVER_ADMITTED: tuple[State, ...] = ("exceeded", "undetermined")
"""A tolerance or a presumption is a state of its own; beyond those no table opens a gate."""


def load_linkage(path: Path) -> Linkage:
    """The linkage matrix.

    Raises:
        ConfigError: a wrong shape, or a combination that two responses answer, none does, or that may not be admitted.
    """
    file, sha256 = read(path, LinkageFile)
    table, faults = build_table(Response(**response.model_dump()) for response in file.responses)
    faults = [f"responses: {fault}" for fault in faults]
    faults += [
        f"responses: {' / '.join(key)} is never admitted, but its action is {response.action!r}"
        for key, response in table.items()
        if key[2] in NEVER_ADMITTED and response.action in ADMITTING
    ]
    faults += [f"parties: {party} is missing" for party in PARTIES if party not in file.parties]
    kinds = [tolerance.site_kind for tolerance in file.tolerances]
    faults += [f"tolerances: {kind} has two" for kind in sorted({one for one in kinds if kinds.count(one) > 1})]
    if faults:
        raise ConfigError(str(path), faults)
    return Linkage(
        id=file.id,
        sha256=sha256,
        table=table,
        tolerances={one.site_kind: Tolerance(**one.model_dump()) for one in file.tolerances},
        bases=file.bases,
        hundred_tonne_kg=file.hundred_tonne_kg,
        interval_kg=file.interval_kg,
        posted_limit_clause=file.posted_limit_clause,
        vehicle_rating_clause=file.vehicle_rating_clause,
        party_clauses=file.parties,
    )
