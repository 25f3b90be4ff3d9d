"""The dossier of four parties: what is known of each, from where, what is missing, and which clauses can touch it.

What identifies a person is kept apart from the entry, so that it can be deleted: the dossier names such a fact and its
source and never its value. What becomes known later is a completion, an entry of its own; nothing is written over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gateway.core.vehicle import Identity
from gateway.core.verdict import Judgement
from gateway.law.linkage import PARTIES, Party

Source = Literal["camera", "register", "card", "loading-document", "site", "officer"]
SOURCES: tuple[Source, ...] = ("camera", "register", "card", "loading-document", "site", "officer")

EXPECTED: Mapping[Party, tuple[str, ...]] = {
    "vehicle": ("plate", "colour", "transport_certificate"),
    "driver": ("name", "licence", "qualification_certificate"),
    "enterprise": ("name", "id", "transport_licence"),
    "source": ("name", "id", "loading_document"),
}
"""The copying duty's five groups of facts (Order 62 art. 44), sorted by party; what is not known is missing."""
IDENTIFYING: Mapping[Party, tuple[str, ...]] = {
    "vehicle": ("plate",),
    "driver": ("name", "licence", "qualification_certificate"),
    "enterprise": ("name", "id"),
    "source": ("name", "id"),
}
"""Any one of these says who it is."""
REGISTER_NAMES: Mapping[str, str] = {"driver": "name", "enterprise": "name", "enterprise_id": "id"}
"""The register's columns by the fact they are of the party."""
OWNER = ("owner", "owner_id")


@dataclass(frozen=True, slots=True)
class Completion:
    """One fact of one party, learnt after the weighing."""

    party: Party
    fact: str
    value: str
    source: Source


def dossier(
    identity: Identity, judgement: Judgement, site: Mapping[str, str], completions: Iterable[Completion] = ()
) -> dict[str, dict[str, Any]]:
    """Four entries, ready for a journal entry: {identified, known, apart, sources, missing, conflicts, consequence}.

    site: `id`, `name`, `kind`. A source-exit knows the source unit: it is the site itself. `apart` names known facts
    whose values are kept apart; `conflicts` are completions that say otherwise than what was known, which stays.
    `consequence` holds the clauses that can touch the party after this judgement, none where nothing was exceeded.
    Nothing is guessed: an unknown driver is a driver with everything missing.
    """
    later = tuple(completions)
    found: dict[str, dict[str, Any]] = {}
    for party in PARTIES:
        known, sources = _known(party, identity, site)
        conflicts = []
        for one in later:
            if one.party != party or not one.value:
                continue
            if known.setdefault(one.fact, one.value) == one.value:
                sources.setdefault(one.fact, one.source)
            else:
                said = {} if personal(party, one.fact) else {"value": one.value}
                conflicts.append({"fact": one.fact, "source": one.source, **said})
        found[party] = {
            "identified": any(name in known for name in IDENTIFYING[party]),
            "known": {name: value for name, value in known.items() if not personal(party, name)},
            "apart": sorted(name for name in known if personal(party, name)),
            "sources": sources,
            "missing": [name for name in EXPECTED[party] if name not in known],
            "conflicts": conflicts,
            "consequence": list(judgement.party_clauses.get(party, ())),
        }
    return found


def completed(found: Mapping[str, Mapping[str, Any]], completions: Iterable[Completion]) -> dict[str, dict[str, Any]]:
    """A dossier as an entry has it, with what was learnt since. Values of persons are not in it and not compared: what
    is said of one a second time stands beside the first as a conflict, for a person to look at.
    """
    whole = {party: {name: _copy(value) for name, value in one.items()} for party, one in found.items()}
    for one in completions:
        entry = whole[one.party]
        apart = personal(one.party, one.fact)
        if one.fact in entry["sources"]:
            if apart or entry["known"][one.fact] != one.value:
                said = {} if apart else {"value": one.value}
                entry["conflicts"].append({"fact": one.fact, "source": one.source, **said})
            continue
        entry["sources"][one.fact] = one.source
        if apart:
            entry["apart"] = sorted({*entry["apart"], one.fact})
        else:
            entry["known"][one.fact] = one.value
        entry["missing"] = [name for name in entry["missing"] if name != one.fact]
        entry["identified"] = entry["identified"] or one.fact in IDENTIFYING[one.party]
    return whole


def facts_of(party: Party) -> tuple[str, ...]:
    """What may be said of a party, at the weighing or later."""
    return (*EXPECTED[party], *(OWNER if party == "vehicle" else ()))


def _copy(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, list) else value


def personal(party: Party, fact: str) -> bool:
    """Whether a fact may be about a natural person: all of a driver, and the owner, who may be one."""
    return party == "driver" or fact in OWNER


def personal_of(completions: Iterable[Completion]) -> dict[str, str]:
    """What of completions is kept apart, under a salted commitment: `driver.name` and the like."""
    return {f"{one.party}.{one.fact}": one.value for one in completions if one.value and personal(one.party, one.fact)}


def _known(party: Party, identity: Identity, site: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    known = {REGISTER_NAMES.get(name, name): value for name, value in identity.parties.get(party, {}).items() if value}
    sources = dict.fromkeys(known, "register")
    if party == "vehicle":
        seen = {"plate": identity.plate, "rear_plate": identity.rear_plate}
        seen["colour"] = None if identity.colour == "unknown" else identity.colour
        for name, value in seen.items():
            if value:
                known[name], sources[name] = value, identity.source
    if party == "source" and site.get("kind") == "source-exit":
        for name in ("id", "name"):
            if site.get(name):
                known[name], sources[name] = site[name], "site"
    return known, sources
