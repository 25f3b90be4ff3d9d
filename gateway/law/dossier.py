"""The dossier of four parties: what is known of each, from where, what is missing, and which clauses can touch it."""

from collections.abc import Mapping
from typing import Any

from gateway.core.vehicle import Identity
from gateway.core.verdict import Judgement
from gateway.law.linkage import PARTIES, Party

EXPECTED: Mapping[Party, tuple[str, ...]] = {
    "vehicle": ("plate", "colour", "transport_certificate"),
    "driver": ("name", "licence", "qualification_certificate"),
    "enterprise": ("name", "id", "transport_licence"),
    "source": ("name", "id", "loading_document"),
}
"""The copying duty's five groups of facts (Order 62 art. 44), sorted by party; what is not known is missing."""


def dossier(identity: Identity, judgement: Judgement, site: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Four entries of {known, sources, missing, consequence}, ready for a journal entry.

    site: `id`, `name`, `kind`. A source-exit knows the source unit: it is the site itself. `consequence` holds the
    clauses that can touch the party after this judgement, none where nothing was exceeded. Nothing is guessed: an
    unknown driver is a driver with everything missing.
    """
    found: dict[str, dict[str, Any]] = {}
    for party in PARTIES:
        known, sources = _known(party, identity, site)
        found[party] = {
            "known": known,
            "sources": sources,
            "missing": [name for name in EXPECTED[party] if name not in known],
            "consequence": list(judgement.party_clauses.get(party, ())),
        }
    return found


def _known(party: Party, identity: Identity, site: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    known = {name: value for name, value in identity.parties.get(party, {}).items() if value}
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
