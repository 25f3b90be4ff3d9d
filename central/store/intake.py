"""What one batch does to the tables, inside one transaction. The same entries in any order, any number of times,
leave the same rows (but for which of two conflicting entries came first).
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, case, func, insert, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from central.examine import Rejected, Sound
from central.store.database import epoch_ms
from central.store.due import mark_due, touched_by
from central.store.tables import ENTRIES, SITE_STATES, AlarmRow, EntryRow, QuarantineRow
from central.store.together import Together
from gateway.contract.entry import GENESIS, StoredEntry

QUARANTINE_PER_SITE_MAX = 10_000
"""Past it nothing more of this site is quarantined: unacknowledged, it stays safe at the edge."""

LISTED_MAX = 1_000
"""Of each kind and journal: what one acknowledgement can list. Of a refused place that no list names, an edge would
believe that it is stored; so past this nothing more is quarantined either.
"""

Place = tuple[str, int]
Known = dict[Place, tuple[bytes, bytes]]
"""Hash and prev_hash of what is stored there."""

# Every batch runs these: made once, of tables and not of mapped classes.
_JOURNAL: Any = bindparam("of_journal")
_NOW_MS: Any = bindparam("now_ms")
_OF_JOURNAL = select_columns(ENTRIES.c.seq, ENTRIES.c.hash, ENTRIES.c.prev_hash, ENTRIES.c.site).where(
    ENTRIES.c.journal == _JOURNAL
)
_AT = {  # an array is one value: three hundred of them would be read and planned anew each time
    "postgresql": _OF_JOURNAL.where(ENTRIES.c.seq == any_(bindparam("seqs", type_=ARRAY(BigInteger)))),
    "sqlite": _OF_JOURNAL.where(ENTRIES.c.seq.in_(bindparam("seqs", expanding=True))),
}
_OWNER = select_columns(ENTRIES.c.site).where(ENTRIES.c.journal == _JOURNAL).limit(1)
_STORE = Together(ENTRIES)
_SEEN = (
    update(SITE_STATES)
    .where(SITE_STATES.c.site == bindparam("of_site"))
    .values(seen_ms=case((SITE_STATES.c.seen_ms < _NOW_MS, _NOW_MS), else_=SITE_STATES.c.seen_ms))
)
_FIRST_SEEN = insert(SITE_STATES)


class Intake:
    """One batch of one site being stored."""

    def __init__(self, session: Session, site: str, now_ms: int) -> None:
        self._session = session
        self._site = site
        self._now_ms = now_ms
        self.stored = 0
        self.repeated = 0
        self.quarantined = 0
        self.conflicting = 0
        self.alarms: list[AlarmRow] = []
        self.not_kept = 0
        self.conflicts: set[Place] = set()
        """All of this batch, those not kept too: their places are stored, and whoever offered them must know."""

    def take(self, sound: Sequence[Sound], rejected: Sequence[Rejected]) -> None:
        known, owners = self._look([(item.entry.journal, item.entry.seq) for item in sound])
        rows: list[dict[str, Any]] = []
        broken: list[Place] = []
        apart: list[tuple[Rejected, str]] = []
        for item in sound:
            journal = item.entry.journal
            if owners.setdefault(journal, self._site) != self._site:
                reason = "the journal's name belongs to another site: was this box's store copied?"
                apart.append((Rejected(journal, item.entry.seq, reason, item.event), "rejected"))
            elif present := known.get((journal, item.entry.seq)):
                apart += self._again(item, present[0])
            else:
                known[journal, item.entry.seq] = (item.entry.hash, item.entry.prev_hash)
                rows.append(_row_of(item, self._site, self._now_ms))
                broken += _breaks(item.entry, known)
        if rows:
            _STORE.run(self._session.connection(), rows)
            mark_due(self._session.connection(), touched_by(rows))
        self.stored += len(rows)
        for journal, seq in broken:
            self._alarm(
                "chain_break", journal, seq, f"{journal}/{seq} does not continue the chain of the entry before it"
            )
        for bad, kind in [*apart, *((one, "rejected") for one in rejected)]:
            self._quarantine(bad, kind)
        self._seen()

    def _again(self, item: Sound, present: bytes) -> list[tuple[Rejected, str]]:
        """An entry whose place is taken: by itself, or by another one."""
        entry = item.entry
        if present == entry.hash:
            self.repeated += 1
            return []
        stored, offered = present.hex()[:16], entry.hash.hex()[:16]
        reason = f"conflict: {entry.id} is stored with hash {stored}…, this one has {offered}…"
        self.conflicts.add((entry.journal, entry.seq))
        return [(Rejected(entry.journal, entry.seq, reason, item.event), "conflict")]

    def _look(self, places: Sequence[Place]) -> tuple[Known, dict[str, str]]:
        """Those of these places and of their neighbours that are stored, and which site each journal belongs to."""
        near: dict[str, set[int]] = {}
        for journal, seq in places:
            near.setdefault(journal, set()).update((seq - 1, seq, seq + 1))
        connection = self._session.connection()
        known: Known = {}
        owners: dict[str, str] = {}
        for journal, seqs in near.items():
            for seq, own, prev, site in connection.execute(
                _AT[connection.dialect.name], {"of_journal": journal, "seqs": list(seqs)}
            ):
                known[journal, seq] = (own, prev)
                owners[journal] = site
            if journal not in owners and (site := connection.execute(_OWNER, {"of_journal": journal}).scalar()):
                owners[journal] = site
        return known, owners

    def _quarantine(self, bad: Rejected, kind: str) -> None:
        fingerprint = hashlib.sha256(bad.event.encode()).hexdigest()
        if self._session.get(QuarantineRow, (self._site, bad.journal, bad.seq, fingerprint)) is not None:
            self.repeated += 1
            return
        if self._full(bad, kind):
            self.not_kept += 1
            return
        row = QuarantineRow(
            site=self._site,
            journal=bad.journal,
            seq=bad.seq,
            fingerprint=fingerprint,
            kind=kind,
            reason=bad.reason,
            event=bad.event,
            received_ms=self._now_ms,
        )
        self._session.add(row)
        self._session.flush()  # a batch may name the same event twice
        self.quarantined += kind == "rejected"
        self.conflicting += kind == "conflict"
        self._alarm(kind, bad.journal, bad.seq, bad.reason)

    def _full(self, bad: Rejected, kind: str) -> bool:
        of_site = QuarantineRow.site == self._site
        if self._session.exec(select(func.count()).select_from(QuarantineRow).where(of_site)).one() >= (
            QUARANTINE_PER_SITE_MAX
        ):
            return True
        if kind == "conflict":
            return False
        places = unresolved(self._site, bad.journal)
        if self._session.exec(places.where(QuarantineRow.seq == bad.seq).limit(1)).first() is not None:
            return False
        counted = select(func.count()).select_from(places.distinct().subquery())
        return self._session.exec(counted).one() >= LISTED_MAX

    def _alarm(self, kind: str, journal: str, seq: int, detail: str) -> None:
        if self._session.get(AlarmRow, (kind, self._site, journal, seq)) is None:
            row = AlarmRow(kind=kind, site=self._site, journal=journal, seq=seq, detail=detail, raised_ms=self._now_ms)
            self._session.add(row)
            self._session.flush()
            self.alarms.append(row)

    def _seen(self) -> None:
        connection = self._session.connection()
        if not connection.execute(_SEEN, {"of_site": self._site, "now_ms": self._now_ms}).rowcount:
            connection.execute(_FIRST_SEEN, {"site": self._site, "seen_ms": self._now_ms})


def unresolved(site: str, journal: str) -> SelectOfScalar[int]:
    """The quarantined places that hold no stored entry."""
    resolved = select(EntryRow.seq).where(
        EntryRow.site == site, EntryRow.journal == journal, EntryRow.seq == QuarantineRow.seq
    )
    mine = QuarantineRow.site == site, QuarantineRow.journal == journal
    return select(QuarantineRow.seq).where(*mine, ~resolved.exists())


def _breaks(entry: StoredEntry, known: Known) -> list[Place]:
    """Where the chain does not hold between this entry and its neighbours."""
    before = (GENESIS, b"") if entry.seq == 1 else known.get((entry.journal, entry.seq - 1))
    after = known.get((entry.journal, entry.seq + 1))
    broken = []
    if before is not None and before[0] != entry.prev_hash:
        broken.append((entry.journal, entry.seq))
    if after is not None and after[1] != entry.hash:
        broken.append((entry.journal, entry.seq + 1))
    return broken


def _row_of(item: Sound, site: str, now_ms: int) -> dict[str, Any]:
    entry, summary = item.entry, item.summary
    return {
        "journal": entry.journal,
        "seq": entry.seq,
        "site": site,
        "type": entry.type,
        "at_ms": epoch_ms(summary.at),
        "received_ms": now_ms,
        "body": entry.body,
        "prev_hash": entry.prev_hash,
        "hash": entry.hash,
        "signature": entry.signature,
        "key_id": entry.key_id,
        "alg": entry.alg,
        "lane": summary.lane,
        "plate": summary.plate,
        "colour": summary.colour,
        "gross_kg": summary.gross_kg,
        "outcome": summary.outcome,
        "excess_kg": summary.excess_kg,
        "over_papers_kg": summary.over_papers_kg,
        "action": summary.action,
        "parent": summary.parent,
    }
