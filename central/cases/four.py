"""The four parties of a case: who each is and from where that is known, what the law provides and what was decided
against it, who must decide it, and what was copied to whom.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from central.acts.document import Document
from central.cases.story import Story
from central.cases.surroundings import Parties
from central.cases.words import HOME_KINDS
from central.parties.provinces import province_of_plate
from gateway.law.dossier import EXPECTED
from gateway.law.linkage import PARTIES, Party
from gateway.law.measures import Proposal

AGAINST: Mapping[str, Party] = {
    "vehicle": "vehicle",
    "driver": "driver",
    "enterprise": "enterprise",
    "carrier": "enterprise",
    "manager": "enterprise",
    "source": "source",
    "operator": "source",
}
"""Under which of the four a measure's party stands: the carrier or owner is the enterprise, or stands in its place."""

SAID_OF_PROPOSAL = (
    "party", "kind", "act", "amount_min_yuan", "amount_max_yuan", "points", "clause", "authority", "verified", "doubt",
)  # fmt: skip


def four_parties(
    dossier: Document, keys: Parties, story: Story, proposals: Sequence[Proposal], plate: str | None
) -> dict[str, Any]:
    """Each of the four → {key, identity, sources, missing, conflicts, proposed, decided, copies}."""
    known = dict(keys.pairs())
    decided = story.measures(story.decision)
    return {
        party: {
            "vehicle" if party == "vehicle" else "key": known.get(party),
            **_identity(party, dossier, story),
            "home": province_of_plate(plate) if party == "vehicle" else None,
            "proposed": [_proposed(one) for one in proposals if AGAINST.get(one.party) == party],
            "decided": [dict(one) for one in decided if AGAINST.get(one["party"]) == party],
            "copies": [one for one in copies_of(story) if AGAINST.get(one["party"]) == party],
        }
        for party in PARTIES
    }


def _identity(party: Party, dossier: Document, story: Story) -> dict[str, Any]:
    """What is known, and from where; of natural persons null in place of the value, which is kept apart. `conflicts`:
    what the site learnt later that says otherwise.
    """
    one = dossier.sub(party)
    sources = one.sub("sources").strings()
    facts: dict[str, str | None] = {**one.sub("known").strings(), **dict.fromkeys(one.texts("apart"))}
    origin: dict[str, str | None] = {name: sources.get(name) for name in facts}
    for note in story.notes:
        if note.kind == "party-known" and note.body.get("party") == party:
            for name, value in note.body.get("facts", {}).items():
                if name not in facts:
                    facts[name], origin[name] = value, f"{note.body.get('source')} ({note.id})"
    missing = [name for name in EXPECTED[party] if name not in facts]
    conflicts = [
        {"fact": said.text("fact"), "value": said.text("value"), "source": said.text("source")}
        for said in one.tables("conflicts")
    ]
    return {"identity": facts, "sources": origin, "missing": missing, "conflicts": conflicts}


def _proposed(one: Proposal) -> dict[str, Any]:
    return {name: getattr(one, name) for name in SAID_OF_PROPOSAL} | {"decided_by": decided_by(one.kind, one.authority)}


def decided_by(kind: str, authority: str) -> str:
    """home: whoever issued the certificate. police: they alone. local: the authority where it was found."""
    if kind in HOME_KINDS:
        return "home"
    return "police" if "公安" in authority or "警" in authority or "交管" in authority else "local"


def copies_of(story: Story) -> list[dict[str, Any]]:
    """What was copied (抄告), to whom, and what was answered."""
    answers = {one.body.get("copy_of"): one for one in story.moves if one.kind == "copy-answered"}
    found = []
    for one in story.moves:
        if one.kind == "copy":
            answer = answers.get(one.id)
            found.append(
                {
                    "id": one.id,
                    "party": one.body.get("party"),
                    "to": one.body.get("to"),
                    "sent_ms": one.at_ms,
                    "answered_ms": None if answer is None else answer.at_ms,
                    "answer": None if answer is None else answer.body.get("outcome"),
                }
            )
    return found
