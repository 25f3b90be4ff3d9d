"""The dossier of a weighing as it is known now: the entry's own, and what its site learnt since (`correction` entries).

A completion adds what was missing. What says otherwise than was known stands beside it as a conflict, for a person to
look at: nothing is written over. Values about natural persons never leave the site; that they are known there does.
"""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from central.acts.document import Document, content_of
from central.store.tables import EntryRow
from gateway.law.dossier import SOURCES, Completion, completed, facts_of, personal
from gateway.law.linkage import PARTIES

CORRECTIONS_MAX = 500
"""Of one weighing: far more than anybody learns. The rest is left out."""
VALUE_CHARS_MAX = 200


def dossier_of(session: Session, weighing: EntryRow) -> Document:
    """{party: {identified, known, apart, sources, missing, conflicts}}, completions in the order they were made."""
    own = content_of(weighing.body).sub("dossier")
    learnt = _learnt(session, f"{weighing.journal}/{weighing.seq}")
    return Document(completed({party: _whole(own.sub(party)) for party in PARTIES}, learnt)) if learnt else own


def _learnt(session: Session, weighing: str) -> list[Completion]:
    mine = select(EntryRow.body).where(EntryRow.parent == weighing, EntryRow.type == "correction")
    ordered = mine.order_by(col(EntryRow.at_ms), col(EntryRow.journal), col(EntryRow.seq)).limit(CORRECTIONS_MAX)
    contents = [content_of(body) for body in session.exec(ordered)]
    said = (one for content in contents if content.text("what") == "dossier" for one in content.tables("completes"))
    return list(_completions(said))


def _completions(said: Iterable[Document]) -> Iterable[Completion]:
    """Those that name a fact of a party; of a person without its value, whatever stands there."""
    for one in said:
        party = next((party for party in PARTIES if party == one.text("party")), None)
        source = next((source for source in SOURCES if source == one.text("source")), None)
        fact = one.text("fact")
        if party is None or source is None or fact not in facts_of(party):
            continue
        value = "" if personal(party, fact) else one.text("value", VALUE_CHARS_MAX)
        if value is not None:
            yield Completion(party, fact, value, source)


def _whole(one: Document) -> dict[str, Any]:
    """One party's entry with every field that there is, however little of it this entry has."""
    known, apart = one.sub("known").strings(), list(one.texts("apart"))
    sources = one.sub("sources").strings()
    return {
        "identified": one.flag("identified") is True,
        "known": known,
        "apart": apart,
        "sources": {name: sources.get(name, "") for name in (*known, *apart)},
        "missing": list(one.texts("missing")),
        "conflicts": [],
    }
