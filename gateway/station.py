"""One site at work: its lanes, its journal, who is held, who may enter. Everything here happens on one loop."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from gateway.choices import instrument_of
from gateway.clock import local_day
from gateway.contract.entry import StoredEntry
from gateway.core.detentions import FORGET_MS, Detentions
from gateway.core.effects import Record
from gateway.core.lane import ADMITTING
from gateway.core.observations import ReleaseStored, VehicleIdentified
from gateway.core.plaza import Answer, Plaza
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Action, Basis, Judgement
from gateway.errors import GatewayError, JournalError
from gateway.history import document_of, stored_since
from gateway.lanes import LaneShell
from gateway.law.linkage import ReleaseGround
from gateway.law.proof import Instrument, Proof
from gateway.ports import Clock, Draft, Evidence, Journal, LaneMarker
from gateway.records import personal, weighing
from gateway.settings import Lane, SiteSettings
from gateway.weighing_line import masked

PICTURE_BYTES_MAX = 64 * 1024 * 1024
Dossier = Callable[[Identity, Judgement], Mapping[str, Any]]
Prove = Callable[[Judgement, Measurement, Instrument], Mapping[Basis, Proof]]


class NothingHeld(GatewayError):  # noqa: N818 - an answer to an operator, not a fault
    """No lane holds a vehicle under that entry."""


class GroundNotGiven(GatewayError):  # noqa: N818 - an answer to an operator, not a fault
    """The law gives this ground to let a vehicle go, but not this vehicle."""


@dataclass
class Station:
    """The shell's shared state. `judge`, `dossier` and `prove` are the law, already bound to this site."""

    settings: SiteSettings
    journal: Journal
    clock: Clock
    judge: Callable[[Identity, Measurement], Judgement]
    dossier: Dossier
    kick_relay: Callable[[], None]
    prove: Prove = lambda _said, _found, _by: {}
    lanes: dict[str, LaneShell] = field(default_factory=dict)
    detentions: Detentions = field(default_factory=Detentions)
    plaza: Plaza | None = None
    alarms: deque[tuple[str, str, str]] = field(default_factory=lambda: deque(maxlen=200))
    pictures: dict[str, Evidence] = field(default_factory=dict)
    alarm_raised: Callable[[str], None] = lambda _code: None
    weighing_stored: Callable[[str, str | None], None] = lambda _lane, _plate: None
    recent: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=100))

    def __post_init__(self) -> None:
        self._log = structlog.get_logger().bind(site=self.settings.site.id)

    # start -----------------------------------------------------------------------------------------------------

    async def restore(self) -> None:
        """Bring back open holds and unused weighings: all that is young enough, however much came after it."""
        validity_ms = 0 if self.settings.plaza is None else self.settings.plaza.validity_s * 1000
        oldest = self.clock.now() - timedelta(milliseconds=max(FORGET_MS, validity_ms))
        for entry in await stored_since(self.journal, ("weighing", "release"), oldest, self.alarm):
            self._restore_one(entry)

    def _restore_one(self, entry: StoredEntry) -> None:
        """One unreadable old entry is shown and left out; it keeps nobody from working."""
        try:
            document = document_of(entry)
            if entry.type == "weighing":
                self._remember(entry.id, document["content"], _epoch_ms(datetime.fromisoformat(document["at"])))
                self._show(entry.id, document)
            else:
                self._released(document["content"])
        except (ValueError, KeyError, TypeError) as error:
            self.alarm("entry-not-restored", f"{entry.id}: {error}; prove the journal with: weighgate journal verify")

    # weighings -------------------------------------------------------------------------------------------------

    async def store(self, lane: LaneShell, record: Record) -> tuple[str, Action]:
        """Make one weighing durable and say what its lane does. Raises JournalError."""
        settings = self.lane_settings(lane.id)
        now = self.clock.now()
        who = record.identity
        parent = None
        if who.plate is not None:
            parent = self.detentions.parent_of(who.plate, who.colour, _epoch_ms(now))
        found = record.measurement
        expired = settings.scale.valid_until < local_day(now)
        age_ms = self.clock.monotonic_ms() - record.settled_ms  # a full disk may have kept it waiting
        content = weighing(
            record,
            settings,
            self.settings.site,
            settled_at=now - timedelta(milliseconds=age_ms),
            parent=parent,
            dossier=self.dossier(who, record.judgement),
            instrument_expired=expired,
            proofs=self.prove(record.judgement, found, instrument_of(settings, found, local_day(now))),
        )
        evidence = [lane.raw_evidence(record.opened_ms)]
        evidence += [self.pictures[sha] for sha in who.picture_sha256 if sha in self.pictures]
        entry = await self.journal.append(
            Draft(
                type="weighing",
                lane=lane.id,
                content=content,
                at=now,
                clock=self.clock.quality(),
                priority=0 if record.judgement.road_limit.outcome == "exceeded" else 1,
                evidence=evidence,
                personal=personal(who),
                marker=LaneMarker(lane.id, record.passage, "recorded", action=record.judgement.action),
            )
        )
        self.weighing_stored(lane.id, who.plate)
        stored = document_of(entry)["content"]
        self._remember(entry.id, stored, _epoch_ms(now))
        self._tell(entry, stored, lane, record)
        self.kick_relay()
        return entry.id, stored["judgement"]["action"]

    async def finished(self, draft: Draft) -> tuple[StoredEntry, bool]:
        """Keep what another system weighed; the entry, and whether it is new. No lane hears of it."""
        entry = await self.journal.append(draft)
        document = document_of(entry)
        came, first = draft.content["finished"]["received_at"], document["content"]["finished"]["received_at"]
        if first != came or any(line["entry"] == entry.id for line in self.recent):
            return entry, False
        self._show(entry.id, document)
        self.kick_relay()
        return entry, True

    def _remember(self, entry_id: str, content: Mapping[str, Any], at_ms: int) -> None:
        plate, colour = content["identity"]["plate"], content["identity"]["colour"]
        said = content["judgement"]
        action = said["action"]
        if plate is None or "finished" in content:  # what another system weighed holds nobody and ends no hold
            return
        if action in ADMITTING:
            self.detentions.close(plate, colour)
        elif action == "hold" or (action == "refuse" and said["road_limit"]["outcome"] == "exceeded"):
            self.detentions.hold(plate, colour, entry_id, at_ms)
        if self.plaza is not None:
            self.plaza.weighed(entry_id, plate, colour, action, at_ms)

    def _tell(self, entry: StoredEntry, content: Mapping[str, Any], lane: LaneShell, record: Record) -> None:
        """A weighing on the page, and its facts for the lane's canonical line."""
        found, said = content["measurement"], content["judgement"]
        facts = {
            "entry": entry.id,
            "lane": lane.id,
            "plate": masked(content["identity"]["plate"]),
            "gross_kg": found["gross_kg"],
            "outcome": said["road_limit"]["outcome"],
            "action": said["action"],
            "ground": said["ground"],
            "rule_set": said["rule_set"],
            "flags": found["flags"],
        }
        self._show(entry.id, document_of(entry))
        lane.line.stored(facts, record, self.clock.monotonic_ms())

    def _show(self, entry_id: str, document: Mapping[str, Any]) -> None:
        content = document["content"]
        self.recent.appendleft(
            {
                "entry": entry_id,
                "at": document["at"],
                "lane": document["lane"],
                "plate": content["identity"]["plate"],
                "gross_kg": content["measurement"]["gross_kg"],
                "outcome": content["judgement"]["road_limit"]["outcome"],
                "action": content["judgement"]["action"],
                "ground": content["judgement"].get("ground"),
                "list_status": content["judgement"].get("list_status", "unlisted"),
                "notices": content["judgement"].get("notices", []),
                "release_grounds": content["judgement"].get("release_grounds", []),
                "missing": {party: one["missing"] for party, one in content.get("dossier", {}).items()},
            }
        )

    # releases and the plaza ------------------------------------------------------------------------------------

    async def release(self, entry_id: str, *, by: str, reason: str, ground: ReleaseGround | None = None) -> str:
        """A person lets a held vehicle go: the entry that says so is durable before anything moves.

        Raises:
            NothingHeld, GroundNotGiven, JournalError: nothing has moved.
        """
        lane = next((one for one in self.lanes.values() if one.held_entry == entry_id), None)
        if lane is None:
            held = ", ".join(one.held_entry for one in self.lanes.values() if one.held_entry) or "nothing"
            raise NothingHeld(f"{entry_id}: no lane holds a vehicle under this entry; held now: {held}")
        lane.releasing = entry_id  # before any await: two orders at once release once
        try:
            return await self._release(lane, entry_id, by, reason, ground)
        except (JournalError, GroundNotGiven):
            lane.releasing = None
            raise

    async def _release(self, lane: LaneShell, entry_id: str, by: str, reason: str, ground: ReleaseGround | None) -> str:
        weighed = await self.journal.read(entry_id)
        document = {} if weighed is None else document_of(weighed)["content"]  # its journal may have been set aside
        who = document.get("identity", {"plate": None, "colour": "unknown"})
        given = document.get("judgement", {}).get("release_grounds")
        if ground is not None and given is not None and ground not in given:
            raise GroundNotGiven(f"{ground}: not for {entry_id}; known: {', '.join(given)}")
        content = {
            "weighing": entry_id, "by": by, "reason": reason, "ground": "operator", "release_ground": ground,
            "plate": who["plate"], "colour": who["colour"],
        }  # fmt: skip
        stored = await self._append("release", lane.id, content, priority=0)
        self._released(content)
        lane.observe(ReleaseStored(stored.id, weighing=entry_id))  # the core knows whom it holds by then
        return stored.id

    async def ask(self, plate: str, colour: str, entry_lane: str) -> Answer:
        """May this vehicle enter? Used once; unweighed means no; yes and no are both kept before they are said."""
        assert self.plaza is not None
        answer = self.plaza.ask(plate, colour, _epoch_ms(self.clock.now()))
        content = {
            "weighing": answer.entry_id, "by": f"lane {entry_lane}", "reason": answer.reason,
            "ground": answer.reason, "plate": plate, "colour": colour, "entry_lane": entry_lane,
        }  # fmt: skip
        if answer.admit:
            self.plaza.use(answer.entry_id)  # before the await: a second lane asking meanwhile gets "used"
        try:
            await self._append("release" if answer.admit else "refusal", None, content, priority=1)
        except JournalError:
            if answer.admit:
                self.plaza.use(answer.entry_id, used=False)  # nobody heard the yes
            raise
        return answer

    def _released(self, content: Mapping[str, Any]) -> None:
        for line in self.recent:
            if line["entry"] == content.get("weighing") and content.get("ground") == "operator":
                line["released"] = f"{content['by']}: {content['reason']}"
        if content.get("plate"):
            self.detentions.close(content["plate"], content["colour"])
        if self.plaza is not None and content.get("weighing"):
            self.plaza.use(content["weighing"])

    # what else is kept -----------------------------------------------------------------------------------------

    async def identified(
        self, lane_id: str, identity: Identity, pictures: Sequence[Evidence], delay_ms: int | None = None
    ) -> None:
        for picture in pictures:
            self.pictures[picture.sha256] = picture
            while sum(len(one.content) for one in self.pictures.values()) > PICTURE_BYTES_MAX:
                del self.pictures[next(iter(self.pictures))]
        self.lanes[lane_id].observe(VehicleIdentified(identity, delay_ms))

    async def evidence(self, lane_id: str, content: Mapping[str, Any], pictures: Sequence[Evidence]) -> None:
        """Pictures that came late, kept as an entry of their own."""
        await self._append("evidence", lane_id, content, priority=1, evidence=pictures)

    async def audit(self, event: str, detail: Mapping[str, Any]) -> None:
        await self._append("audit", None, {"event": event, **detail}, priority=1)

    async def _append(
        self,
        type_: str,
        lane: str | None,
        content: Mapping[str, Any],
        *,
        priority: int,
        evidence: Sequence[Evidence] = (),
    ) -> StoredEntry:
        draft = Draft(type_, lane, content, self.clock.now(), self.clock.quality(), priority, evidence)
        entry = await self.journal.append(draft)
        self.kick_relay()
        return entry

    def alarm(self, code: str, detail: str) -> None:
        """Something a person must look at: on the page and in the log."""
        self.alarms.appendleft((self.clock.now().isoformat(), code, detail))
        self._log.error("alarm_raised", code=code, detail=detail)
        self.alarm_raised(code)

    def lane_settings(self, lane_id: str) -> Lane:
        return next(one for one in self.settings.lanes if one.id == lane_id)


def _epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
