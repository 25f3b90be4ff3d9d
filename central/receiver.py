"""The receiver: each entry once, in any order, however often it comes; the answer only after the commit."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import func
from sqlmodel import Session, col, select

from central.examine import Rejected, Sound, examine
from central.high_water import HighWater
from central.metrics import Metrics
from central.settings import CentralSettings
from central.signing import CentralKey
from central.store.database import Database, epoch_ms
from central.store.identity import count_commit
from central.store.intake import LISTED_MAX, Intake, unresolved
from central.store.progress import advance, any_parked
from central.store.tables import ProgressRow, QuarantineRow, SiteRow
from gateway.contract.wire import Acknowledgement, EntryEvent, Quarantined

STATUS_BYTES_MAX = 64 * 1024
JOURNALS_MAX = 10_000
EXAMINED_AT_ONCE = 10
"""Entries, at a quarter of a millisecond each: an answer, or a live entry by the other door, waits no longer."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Examined:
    """A batch of one site that needs only to be stored."""

    site: str
    sound: Sequence[Sound]
    rejected: Sequence[Rejected]
    batch: str = ""
    """digest_of() the message it came in, to be said in the answers."""

    def places(self) -> list[tuple[str, int]]:
        return [(one.entry.journal, one.entry.seq) for one in self.sound] + [(b.journal, b.seq) for b in self.rejected]


class Receiver:
    """Both doors end here. Sites and their keys come from the settings; unknown ones are quarantined."""

    def __init__(
        self,
        settings: CentralSettings,
        database: Database,
        key: CentralKey,
        incarnation: str,
        high_water: HighWater,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._keys = {site.id: site.box_keys for site in settings.sites}
        self._database = database
        self._key = key
        self.incarnation = incarnation
        self._high_water = high_water
        self._clock = clock
        self._metrics = metrics

    @property
    def public_hex(self) -> str:
        """What site files pin."""
        return self._key.public_hex

    def knows(self, site_id: str) -> bool:
        return site_id in self._keys

    async def accept(
        self, site_id: str, events: Sequence[EntryEvent], rejected: Sequence[Rejected] = ()
    ) -> list[Acknowledgement]:
        """Store a batch in one transaction; one signed acknowledgement per journal named in it, by journal.

        `rejected` are items of the batch that were no entry events at all.

        Raises:
            StoreError: nothing of the batch was committed.
        """
        return await self.store(await self.examined(site_id, events, rejected))

    async def examined(
        self, site_id: str, events: Sequence[EntryEvent], rejected: Sequence[Rejected] = (), batch: str = ""
    ) -> Examined:
        """The first half of accept(): takes the processor, not the database, and lets others have it in between."""
        sound: list[Sound] = []
        bad = list(rejected)
        for number, event in enumerate(events, 1):
            if number % EXAMINED_AT_ONCE == 0:
                await asyncio.sleep(0)
            result = examine(event, site_id, self._keys.get(site_id))
            if isinstance(result, Sound):
                sound.append(result)
            elif isinstance(result, Rejected):
                bad.append(result)
            else:
                self._metrics.nameless.inc()
        return Examined(site_id, sound, bad, batch)

    async def store(self, batch: Examined) -> list[Acknowledgement]:
        """The second half of accept(): one transaction, then the answers.

        Raises:
            StoreError: nothing of the batch was committed.
        """
        site_id, now_ms = batch.site, epoch_ms(self._clock())

        def work(session: Session) -> tuple[Intake, list[Acknowledgement], int]:
            intake = Intake(session, site_id, now_ms)
            intake.take(batch.sound, batch.rejected)
            offered: dict[str, set[int]] = {}
            for journal, seq in batch.places():
                offered.setdefault(journal, set()).add(seq)
            acks = [self._ack(session, site_id, name, seqs, intake) for name, seqs in sorted(offered.items())]
            return intake, acks, count_commit(session)

        loop = asyncio.get_running_loop()
        began_s = loop.time()
        intake, acks, commits = await self._database.run(work)
        self._high_water.note(commits)
        self._metrics.commit_s.observe(loop.time() - began_s)
        self._report(site_id, intake)
        return self._signed([ack.model_copy(update={"batch": batch.batch}) for ack in acks])

    async def current(self, site_id: str | None = None, question: str = "") -> list[Acknowledgement]:
        """Where every known journal stands (of one site, or of all), signed: sent when a door opens.

        `question` is what the site's status asked: said back, it proves that this answer is no older one.
        """

        def work(session: Session) -> list[Acknowledgement]:
            query = select(ProgressRow.site, ProgressRow.journal).order_by(ProgressRow.site, ProgressRow.journal)
            if site_id is not None:
                query = query.where(ProgressRow.site == site_id)
            places = session.exec(query.limit(JOURNALS_MAX)).all()
            return [self._ack(session, site, journal, set()) for site, journal in places if site in self._keys]

        answers = {"answers": question}
        return self._signed([ack.model_copy(update=answers) for ack in await self._database.run(work)])

    async def note_status(self, site_id: str, status: str) -> None:
        """Keep what a site says of itself (its own JSON text, at most STATUS_BYTES_MAX bytes)."""
        now_ms = epoch_ms(self._clock())

        def work(session: Session) -> None:
            row = session.get(SiteRow, site_id) or SiteRow(site=site_id, seen_ms=0)
            row.status, row.status_ms, row.seen_ms = status.replace("\0", ""), now_ms, max(row.seen_ms, now_ms)
            session.add(row)

        await self._database.run(work)

    def _ack(
        self, session: Session, site: str, journal: str, offered: set[int], intake: Intake | None = None
    ) -> Acknowledgement:
        through, also = advance(session, site, journal)
        clashed = set() if intake is None else {seq for name, seq in intake.conflicts if name == journal}
        parked = any_parked(session, site, journal)
        quarantined = _unresolved(session, site, journal, offered) if parked else []
        return Acknowledgement(
            incarnation=self.incarnation,
            site=site,
            journal=journal,
            through=through,
            also=also,
            quarantined=[Quarantined(seq=seq, reason=reason) for seq, reason in quarantined],
            conflicts=_conflicts(session, site, journal, clashed) if parked else sorted(clashed)[:LISTED_MAX],
        )

    def _signed(self, acks: list[Acknowledgement]) -> list[Acknowledgement]:
        for ack in acks:
            self._metrics.note_gaps(ack.site, ack.journal, _gaps(ack))
        return [self._key.signed(ack) for ack in acks]

    def _report(self, site_id: str, intake: Intake) -> None:
        site = self._metrics.label(site_id)
        self._metrics.stored.labels(site).inc(intake.stored)
        self._metrics.repeated.labels(site).inc(intake.repeated)
        self._metrics.quarantined.labels(site).inc(intake.quarantined)
        self._metrics.conflicting.labels(site).inc(intake.conflicting)
        self._metrics.not_kept.labels(site).inc(intake.not_kept)
        for alarm in intake.alarms:
            self._metrics.alarms.labels(site, alarm.kind).inc()
            log.warning(
                "alarm_raised", kind=alarm.kind, site=site_id, entry=f"{alarm.journal}/{alarm.seq}", detail=alarm.detail
            )


def _gaps(ack: Acknowledgement) -> int:
    """Runs of seqs that are neither stored nor quarantined, below the highest known."""
    before = [ack.through, *ack.also]
    return sum(seq > last + 1 for last, seq in zip(before, ack.also, strict=False))


def _unresolved(session: Session, site: str, journal: str, offered: set[int]) -> list[tuple[int, str]]:
    """Quarantined places that hold no stored entry, each with a reason: those just offered first, then the newest."""
    seq = col(QuarantineRow.seq)
    query = unresolved(site, journal).add_columns(func.min(QuarantineRow.reason)).group_by(seq)
    fresh = session.execute(query.where(seq.in_(offered))).all() if offered else []
    newest = query.order_by(func.max(QuarantineRow.received_ms).desc(), seq).limit(LISTED_MAX)
    reasons: dict[int, str] = {}
    for place, reason in [*fresh, *session.execute(newest)]:
        if len(reasons) < LISTED_MAX:
            reasons.setdefault(place, reason)
    return sorted(reasons.items())


def _conflicts(session: Session, site: str, journal: str, clashed: set[int]) -> list[int]:
    """Those of this batch first, then the highest."""
    query = (
        select(QuarantineRow.seq)
        .where(QuarantineRow.site == site, QuarantineRow.journal == journal, QuarantineRow.kind == "conflict")
        .distinct()
    )
    newest = session.exec(query.order_by(col(QuarantineRow.seq).desc()).limit(LISTED_MAX))
    return sorted(list(dict.fromkeys([*clashed, *newest]))[:LISTED_MAX])
