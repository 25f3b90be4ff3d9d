"""Linkage files: parsed, checked for gaps and clashes; a province's amendment is laid over the file beside it."""

import hashlib
from dataclasses import replace
from pathlib import Path

from gateway.core.lane import ADMITTING
from gateway.errors import ConfigError
from gateway.law.linkage import (
    PARTIES,
    EnforcementMode,
    Linkage,
    ListedKey,
    Response,
    State,
    Tolerance,
    build_table,
    unanswered,
)
from gateway.lawfiles.linkage_schema import AmendmentFile, LinkageFile, ListNoticesFile, WhichFile
from gateway.lawfiles.reading import read

NEVER_ADMITTED: tuple[State, ...] = ("exceeded", "undetermined", "undetermined-over-rating")
"""A tolerance or a presumption is a state of its own; beyond those no table opens a gate."""
NATIONAL = "CN"
NO_CASE: tuple[EnforcementMode, ...] = ("operator", "unattended")
"""An operator files no case, and unreviewed data is no evidence (Administrative Penalty Law art. 41)."""


def load_linkage(path: Path) -> Linkage:
    """The linkage matrix; where the file `amends` another, that one beside it with these answers in place of its own.

    Raises:
        ConfigError: a wrong shape, or a combination that two responses answer, none does, or that may not be admitted.
    """
    which, _ = read(path, WhichFile)
    if which.amends is not None:
        return _amended(path, which.amends)
    file, sha256 = read(path, LinkageFile)
    table, faults = build_table(Response(**response.model_dump()) for response in file.responses)
    faults += unanswered(table)
    faults = [f"responses: {fault}" for fault in faults] + _faults_of_answers(table)
    for name, clauses in (("parties", file.parties), ("overload_parties", file.overload_parties)):
        faults += [f"{name}: {party} is missing" for party in PARTIES if party not in clauses]
    faults += file.words.missing()
    kinds = [tolerance.site_kind for tolerance in file.tolerances]
    faults += [f"tolerances: {kind} has two" for kind in sorted({one for one in kinds if kinds.count(one) > 1})]
    if faults:
        raise ConfigError(str(path), faults)
    listed = _with_list_notices(table, file.list_notices)
    return Linkage(
        id=file.id,
        sha256=sha256,
        table={key[:3]: response for key, response in listed.items() if key[3] == "unlisted"},
        tolerances={one.site_kind: Tolerance(**one.model_dump()) for one in file.tolerances},
        hundred_tonne_kg=file.hundred_tonne_kg,
        interval_kg=file.interval_kg,
        posted_limit_clause=file.posted_limit_clause,
        vehicle_rating_clause=file.vehicle_rating_clause,
        party_clauses=file.parties,
        overload_clauses=file.overload_parties,
        listed=listed,
        words=file.words.words(),
    )


def linkage_of(folder: Path, jurisdiction: str) -> Path:
    """The one file of this jurisdiction; where it has none, the national one answers for it.

    Raises:
        ConfigError: two files say that they are of this jurisdiction.
    """
    if jurisdiction != NATIONAL:
        own = [path for path in sorted(folder.glob("*.toml")) if read(path, WhichFile)[0].jurisdiction == jurisdiction]
        if len(own) > 1:
            raise ConfigError(str(own[1]), [f"jurisdiction: {jurisdiction!r} is also that of {own[0].name}"])
        if own:
            return own[0]
    return folder / "cn-default.toml"


def _amended(path: Path, amends: str) -> Linkage:
    base_path = path.with_name(f"{amends}.toml")
    which, _ = read(base_path, WhichFile)
    if which.amends is not None:
        raise ConfigError(str(path), [f"amends: {amends!r} is an amendment itself; name the matrix it amends"])
    base = load_linkage(base_path)
    file, sha256 = read(path, AmendmentFile)
    table, faults = build_table(Response(**response.model_dump()) for response in file.responses)
    faults = [f"responses: {fault}" for fault in faults] + _faults_of_answers(table)
    if base.id != amends:
        faults.append(f"amends: {amends!r}, but the file of that name says it is {base.id!r}")
    if faults:
        raise ConfigError(str(path), faults)
    base_file, _ = read(base_path, LinkageFile)
    listed = {**base.listed, **_with_list_notices(table, base_file.list_notices)}
    return replace(
        base,
        id=file.id,
        sha256=hashlib.sha256(f"{base.sha256} {sha256}".encode()).hexdigest(),
        table={key[:3]: response for key, response in listed.items() if key[3] == "unlisted"},
        listed=listed,
        words=base.words.amended(file.words.words()),
    )


def _faults_of_answers(table: dict[ListedKey, Response]) -> list[str]:
    """Answers that no table may give, whoever wrote it."""
    faults: list[str] = []
    for key, response in table.items():
        name = f"responses: {' / '.join(key)}"
        if key[2] in NEVER_ADMITTED and response.action in ADMITTING:
            faults.append(f"{name} is never admitted, but its action is {response.action!r}")
        if (response.action not in ADMITTING) != bool(response.release_grounds):
            faults.append(
                f"{name} has action {response.action!r}; what is kept back, and only that, has release_grounds"
            )
        if response.consequence == "case" and key[1] in NO_CASE:
            faults.append(f"{name} opens a case, but {key[1]} files none")
        if response.consequence != "ledger" and not response.parties:
            faults.append(f"{name} is a {response.consequence} against nobody; name the parties")
    return list(dict.fromkeys(faults))


def _with_list_notices(
    table: dict[ListedKey, Response], added: tuple[ListNoticesFile, ...]
) -> dict[ListedKey, Response]:
    """What is told beside each row's own notices, because the vehicle is on a list."""
    found: dict[ListedKey, Response] = {}
    for key, response in table.items():
        more = [notice for one in added if key[3] in one.lists for notice in one.notices]
        found[key] = replace(response, notices=tuple(dict.fromkeys((*response.notices, *more))))
    return found
