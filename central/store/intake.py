"""What one batch does to the tables, inside one transaction. The same entries in any order, any number of times,
leave the same rows (but for which of two conflicting entries came first).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import func, tuple_, union
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from central.examine import Rejected, Sound
from central.store.database import epoch_ms
from central.store.tables import AlarmRow, EntryRow, ProgressRow, QuarantineRow, SiteRow
from gateway.contract.entry import GENESIS

QUARANTINE_PER_SITE_MAX = 10_000
"""Past it nothing more of this site is quarantined: unacknowledged, it stays safe at the edge."""

LISTED_MAX = 1_000
"""Of each kind and journal: what one acknowledgement can list. Of a refused place that no list names, an edge would
believe that it is stored; so past this nothing more is quarantined either.
"""

STEP_MAX = 10_000

Place = tuple[str, int]


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
        places = [(item.entry.journal, item.entry.seq) for item in sound]
        known = self._entries_at([*places, *_neighbours(places)])
        owners = self._owners({journal for journal, _ in places})
        for item in sound:
            journal = item.entry.journal
            if owners.setdefault(journal, self._site) != self._site:
                reason = "the journal's name belongs to another site: was this box's store copied?"
                self._quarantine(Rejected(journal, item.entry.seq, reason, item.event), "rejected")
            else:
                self._take_sound(item, known)
        for bad in rejected:
            self._quarantine(bad, "rejected")
        self._seen()
        self._session.flush()

    def _take_sound(self, item: Sound, known: dict[Place, tuple[bytes, bytes]]) -> None:
        entry = item.entry
        present = known.get((entry.journal, entry.seq))
        if present is not None:
            if present[0] == entry.hash:
                self.repeated += 1
                return
            stored, offered = present[0].hex()[:16], entry.hash.hex()[:16]
            reason = f"conflict: {entry.id} is stored with hash {stored}…, this one has {offered}…"
            self.conflicts.add((entry.journal, entry.seq))
            self._quarantine(Rejected(entry.journal, entry.seq, reason, item.event), "conflict")
            return
        known[(entry.journal, entry.seq)] = (entry.hash, entry.prev_hash)
        self._session.add(_row_of(item, self._site, self._now_ms))
        self.stored += 1
        before = (GENESIS, b"") if entry.seq == 1 else known.get((entry.journal, entry.seq - 1))
        after = known.get((entry.journal, entry.seq + 1))
        if before is not None and before[0] != entry.prev_hash:
            self._chain_break(entry.journal, entry.seq)
        if after is not None and after[1] != entry.hash:
            self._chain_break(entry.journal, entry.seq + 1)

    def _entries_at(self, places: Sequence[Place]) -> dict[Place, tuple[bytes, bytes]]:
        """Hash and prev_hash of those of these that are stored, whichever site they are of."""
        if not places:
            return {}
        query = select(EntryRow.journal, EntryRow.seq, EntryRow.hash, EntryRow.prev_hash).where(
            tuple_(col(EntryRow.journal), col(EntryRow.seq)).in_(set(places))
        )
        return {(journal, seq): (own, prev) for journal, seq, own, prev in self._session.exec(query)}

    def _owners(self, journals: set[str]) -> dict[str, str]:
        query = select(EntryRow.journal, EntryRow.site).where(col(EntryRow.journal).in_(journals)).distinct()
        return dict(self._session.exec(query).all())

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

    def _chain_break(self, journal: str, seq: int) -> None:
        self._alarm("chain_break", journal, seq, f"{journal}/{seq} does not continue the chain of the entry before it")

    def _alarm(self, kind: str, journal: str, seq: int, detail: str) -> None:
        if self._session.get(AlarmRow, (kind, self._site, journal, seq)) is None:
            row = AlarmRow(kind=kind, site=self._site, journal=journal, seq=seq, detail=detail, raised_ms=self._now_ms)
            self._session.add(row)
            self._session.flush()
            self.alarms.append(row)

    def _seen(self) -> None:
        row = self._session.get(SiteRow, self._site) or SiteRow(site=self._site, seen_ms=0)
        row.seen_ms = max(row.seen_ms, self._now_ms)
        self._session.add(row)


def unresolved(site: str, journal: str) -> SelectOfScalar[int]:
    """The quarantined places that hold no stored entry."""
    resolved = select(EntryRow.seq).where(
        EntryRow.site == site, EntryRow.journal == journal, EntryRow.seq == QuarantineRow.seq
    )
    mine = QuarantineRow.site == site, QuarantineRow.journal == journal
    return select(QuarantineRow.seq).where(*mine, ~resolved.exists())


def advance(session: Session, site: str, journal: str) -> tuple[int, list[int]]:
    """Move `through` up over what is now without gaps; returns it and the places known above it (at most STEP_MAX)."""
    row = session.get(ProgressRow, (site, journal)) or ProgressRow(site=site, journal=journal, through=0)
    above = known_above(session, site, journal, row.through)
    while above:
        steps = 0
        while steps < len(above) and above[steps] == row.through + 1:
            row.through += 1
            steps += 1
        full = len(above) == STEP_MAX
        above = above[steps:]
        if not (steps and full):
            break
        above = known_above(session, site, journal, row.through)
    if row.through or above:  # a name of which nothing was kept leaves no row
        session.add(row)
        session.flush()
    return row.through, above


def known_above(session: Session, site: str, journal: str, through: int) -> list[int]:
    """The lowest seqs above `through` that are stored or quarantined, ascending."""
    stored = select(EntryRow.seq).where(EntryRow.site == site, EntryRow.journal == journal, col(EntryRow.seq) > through)
    parked = select(QuarantineRow.seq).where(
        QuarantineRow.site == site, QuarantineRow.journal == journal, col(QuarantineRow.seq) > through
    )
    both = union(stored, parked).subquery()
    return [int(seq) for seq in session.scalars(select(both.c.seq).order_by(both.c.seq).limit(STEP_MAX))]


def _neighbours(places: Sequence[Place]) -> list[Place]:
    return [(journal, seq + step) for journal, seq in places for step in (-1, 1)]


def _row_of(item: Sound, site: str, now_ms: int) -> EntryRow:
    entry, summary = item.entry, asdict(item.summary)
    at = summary.pop("at")
    return EntryRow(
        journal=entry.journal,
        seq=entry.seq,
        site=site,
        type=entry.type,
        at_ms=epoch_ms(at),
        received_ms=now_ms,
        body=entry.body,
        prev_hash=entry.prev_hash,
        hash=entry.hash,
        signature=entry.signature,
        key_id=entry.key_id,
        alg=entry.alg,
        **summary,
    )
