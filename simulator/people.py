"""Truck drivers: they wait until they are called, stand still, leave when they may, and turn back when they may not.

queue ──called, empty──▶ on the scale ──red, then green (and the barrier up)──▶ away, or to the plaza
  ▲ ▲                        │ red │ "weigh again" on the sign
  │ └── the same lane ───────┼─────┘
  └── unload if over limit ──┘ back out (platform) or into the yard (axle scale)

The lamp calls with green. Behind an axle scale it speaks to who has passed, and the sign calls beside a red one.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from simulator.lane_queue import LaneQueue
from simulator.truth import Clock, Truth, iso
from simulator.vehicles import STEP_KG, Truck
from simulator.world import RoadLane

LOOK_S = 0.1
READY_S_MAX = 90.0  # at the head of the queue before a red lamp
EMPTY_S = 2.5
HOLD_PLATFORM_S = 13.0  # standing before a red lamp: seven seconds to be weighed and six to understand
HOLD_AXLE_S = 8.0  # past an axle scale: two seconds to be weighed, six to understand; then the lamp is the next one's
PATIENCE_S = 26.0
UNATTENDED_S = 25.0
REACTION_S = 0.5
READ_S = 1.0  # a sign's words
CALL_WORDS = ("上秤", "rive on")
AGAIN_WORDS = ("重新称重", "eigh again")
TRIES_MAX = 2  # of a driver who is held without being over the limit
REGISTERED_TRIES_MAX = 4  # one whose papers are in order insists
UNANSWERED_MAX = 6
UNLOADINGS_MAX = 3
LEAVES_FOR_GOOD = 0.25
PLATFORM_SPEED, BACK_SPEED, AXLE_SPEED, APPROACH_SPEED = 5_500.0, 4_000.0, (1_400.0, 1_500.0), 3_000.0  # mm/s

Outcome = Literal["released", "held", "again", "unattended", "never-ready"]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What lane software was told: yes, no or unweighed."""

    admit: bool
    answer: str
    reason: str = ""
    entry: str | None = None


class Plaza(Protocol):
    """The toll lanes behind the scale."""

    def pick_lane(self) -> str: ...

    async def ask(self, plate: str, colour: str, lane: str) -> Answer | None:
        """None: no answer could be had."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a driver finds at a site. `push(lane, truck)` is the camera that sees it come."""

    site: str
    lanes: LaneQueue
    push: Callable[[RoadLane, Truck], None]
    plaza: Plaza | None
    truth: Truth
    clock: Clock
    sleep: Sleep


class TruckDriver:
    """One truck from its arrival to its exit."""

    def __init__(self, truck: Truck, around: Surroundings, rng: random.Random) -> None:
        self._truck, self._around, self._rng = truck, around, rng
        self._gross_kg = truck.gross_kg
        self._crossings = self._held = self._unanswered = self._unloadings = 0
        self._waited_s = 0.0
        self._seen_red = self._sign_changed = False
        self._kept: RoadLane | None = None

    async def live(self) -> None:
        """Weigh, as often as it takes, and go. Exits are `left`, `entered` and `turned-back`."""
        try:
            await self._live()
        finally:
            if self._kept is not None:
                self._around.lanes.put_nowait(self._kept)

    async def _live(self) -> None:
        while True:
            outcome = await self._weigh()
            if outcome == "released":
                if self._around.plaza is None:
                    return self._exit("left")
                if (done := await self._at_plaza(self._around.plaza)) is not None:
                    return self._exit(done)
            elif outcome == "never-ready" or not await self._try_again(outcome):
                return self._exit("turned-back")

    async def _weigh(self) -> Outcome:
        """Who was called back comes round to the lane that called; nobody else is let on before."""
        lane = self._kept or await self._around.lanes.get(first=self._held + self._unanswered > 0)
        self._kept = lane
        if not await self._until_ready(lane):
            outcome: Outcome = "never-ready"
        else:
            outcome = await (self._over_platform(lane) if lane.kind == "platform" else self._over_axle_scale(lane))
        if outcome != "again":
            self._kept = None
            self._around.lanes.put_nowait(lane)
        return outcome

    async def _try_again(self, outcome: Outcome) -> bool:
        if outcome == "unattended":
            self._unanswered += 1
            await self._around.sleep(2.0)
            return self._unanswered < UNANSWERED_MAX
        if self._is_over and outcome != "again":
            return await self._unload()
        self._held += 1
        if self._held >= (REGISTERED_TRIES_MAX if self._truck.registered else TRIES_MAX):
            return False
        await self._around.sleep(self._rng.uniform(2.0, 4.0))
        return True

    async def _unload(self) -> bool:
        self._unloadings += 1
        if self._unloadings > UNLOADINGS_MAX:
            return False
        await self._around.sleep(self._rng.uniform(3.0, 5.0))
        allowed_kg = self._truck.limit_kg * self._rng.randint(80, 90) // 100
        self._gross_kg = max(self._truck.tare_kg, allowed_kg // STEP_KG * STEP_KG)
        return True

    @property
    def _is_over(self) -> bool:
        return self._gross_kg > self._truck.limit_kg

    # on the lane -----------------------------------------------------------------------------------------------

    async def _until_ready(self, lane: RoadLane) -> bool:
        """Called, empty for a moment, and the arm down again; False when it never comes."""
        waited_s = 0.0
        while not (_calls(lane) and lane.empty_s() >= EMPTY_S and self._arm_is_down(lane)):
            await self._around.sleep(LOOK_S)
            waited_s += LOOK_S
            if waited_s > READY_S_MAX:
                return False
        return True

    def _arm_is_down(self, lane: RoadLane) -> bool:
        return lane.barrier is None or lane.barrier.height <= 0

    async def _over_platform(self, lane: RoadLane) -> Outcome:
        truck, middle_mm = self._truck, lane.layout.receptor.end_mm / 2
        started = self._start(lane)
        await self._drive(lane, middle_mm + truck.length_mm / 2, PLATFORM_SPEED)
        weighed_from = iso(self._around.clock.now())
        outcome = await self._until_signal(lane)
        if outcome == "released":
            await self._drive(lane, lane.layout.loop_exit.end_mm + truck.length_mm + 500, PLATFORM_SPEED)
        else:
            await self._drive(lane, lane.layout.wait_mm, BACK_SPEED)
        lane.leave()
        self._crossed(lane, started, weighed_from, "left-forward" if outcome == "released" else "reversed")
        return outcome

    async def _over_axle_scale(self, lane: RoadLane) -> Outcome:
        """Fast up to the deck, at walking pace over it, and on to the lamp behind it."""
        truck, layout = self._truck, lane.layout
        started = self._start(lane)
        await self._drive(lane, layout.receptor.start_mm, APPROACH_SPEED)
        weighed_from = iso(self._around.clock.now())
        last_off_mm = layout.treadles_mm["treadle_out"] + 400 + truck.axle_offsets_mm[-1]
        await self._drive(lane, last_off_mm, self._rng.uniform(*AXLE_SPEED), steady=True)
        await self._drive(lane, layout.loop_exit.end_mm + 1_000 + truck.length_mm, APPROACH_SPEED)
        self._crossed(lane, started, weighed_from, "passed")
        outcome = await self._until_signal(lane)
        lane.leave()
        return outcome

    def _start(self, lane: RoadLane) -> str:
        self._crossings += 1
        self._seen_red = self._sign_changed = False
        lane.enter(self._truck, self._gross_kg, self._rng)
        self._around.push(lane, self._truck)
        return iso(self._around.clock.now())

    async def _drive(self, lane: RoadLane, to_mm: float, speed_mm_s: float, *, steady: bool = False) -> None:
        left_s = lane.drive(to_mm, speed_mm_s, "steady" if steady else "eased")
        while left_s > 0:
            step_s = min(LOOK_S, left_s)
            await self._around.sleep(step_s)
            left_s -= step_s
            self._look(lane)
            lane.inputs()  # the arm may be coming down

    async def _until_signal(self, lane: RoadLane) -> Outcome:
        """Green counts only after red: a lamp that stayed green all along has not seen this truck. So do words."""
        begun_s, green_s, again_s = self._around.clock.monotonic_s(), 0.0, 0.0
        # behind an axle scale a later green calls the next truck: nobody lingers there before a red one
        patience_s = PATIENCE_S
        if lane.kind == "axle":
            patience_s = HOLD_AXLE_S
        elif self._is_over:
            patience_s = HOLD_PLATFORM_S
        try:
            while True:
                await self._around.sleep(LOOK_S)
                stood_s = self._around.clock.monotonic_s() - begun_s
                self._look(lane)
                free = lane.lamp == "green" and self._seen_red and lane.way_is_open
                green_s = green_s + LOOK_S if free else 0.0
                if green_s >= REACTION_S:
                    return "released"
                told = self._sign_changed and _says(lane, AGAIN_WORDS)
                again_s = again_s + LOOK_S if told else 0.0
                if again_s >= READ_S:
                    return "again"
                if lane.lamp == "red" and stood_s >= patience_s:
                    return "held"
                if stood_s >= UNATTENDED_S and lane.lamp != "red" and not free:
                    return "unattended"
        finally:
            self._waited_s += self._around.clock.monotonic_s() - begun_s

    def _look(self, lane: RoadLane) -> None:
        self._seen_red = self._seen_red or lane.lamp == "red"
        self._sign_changed = self._sign_changed or not _says(lane, AGAIN_WORDS)

    # at the plaza ----------------------------------------------------------------------------------------------

    async def _at_plaza(self, plaza: Plaza) -> Literal["entered", "turned-back"] | None:
        """None: back over the platform."""
        await self._around.sleep(self._rng.uniform(2.0, 4.0))
        lane = plaza.pick_lane()
        answer = await plaza.ask(self._truck.plate, self._truck.colour, lane)
        if answer is None:
            answer = Answer(admit=False, answer="unreachable")
        self._tell("asked", lane=lane, answer=answer.answer, admit=answer.admit, reason=answer.reason,
                   plate=self._truck.plate, colour=self._truck.colour, entry=answer.entry, gross_kg=self._gross_kg,
                   at=iso(self._around.clock.now()))  # fmt: skip
        if answer.admit:
            return "entered"
        await self._around.sleep(self._rng.uniform(2.0, 4.0))
        if answer.answer == "no" and self._is_over and self._rng.random() < LEAVES_FOR_GOOD:
            return "turned-back"
        again = await self._try_again("held" if answer.answer == "no" else "unattended")
        return None if again else "turned-back"

    # what really happened --------------------------------------------------------------------------------------

    def _crossed(self, lane: RoadLane, started: str, weighed_from: str, how: str) -> None:
        self._tell("crossing", crossing=self._crossings, lane=lane.id, plate=self._truck.plate,
                   gross_kg=self._gross_kg, axle_loads_kg=list(self._truck.axle_loads_kg(self._gross_kg)),
                   over=self._is_over, started_at=started, weighed_from=weighed_from,
                   ended_at=iso(self._around.clock.now()), how=how)  # fmt: skip

    def _exit(self, how: str) -> None:
        self._tell("exit", how=how, waited_s=round(self._waited_s, 1), at=iso(self._around.clock.now()))

    def _tell(self, event: str, **facts: object) -> None:
        self._around.truth.tell(event, truck=self._truck.id, site=self._around.site, **facts)


def _says(lane: RoadLane, words: tuple[str, ...]) -> bool:
    return any(word in line for line in lane.read_sign() for word in words)


def _calls(lane: RoadLane) -> bool:
    return lane.lamp == "green" or (lane.kind == "axle" and _says(lane, CALL_WORDS))
