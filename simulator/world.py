"""The road: lanes with a truck on them, their loops, lamps and barriers. No bytes, no wires, nothing that ticks.

people ── enter, drive, leave ──▶ RoadLane ◀── load_kg(), inputs(), set_output() ── devices
"""

import random
from collections.abc import Callable, Mapping
from typing import Any, Literal

from simulator.plant import PLATFORM, Layout, Motion, Rolling, axle_layout
from simulator.truth import Clock
from simulator.vehicles import Truck

BARRIER_TRAVEL_S = 2.0
HIT_BELOW = 0.6  # an arm lower than this, of 1 for upright, touches a truck under it
MotionKind = Literal["eased", "steady"]


class Barrier:
    """Two relays start it up or down; it takes its time and reports both ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._from, self._to, self._since_s = 0.0, 0.0, clock.monotonic_s()

    def move(self, to: Literal["open", "closed"]) -> None:
        self._from, self._since_s = self.height, self._clock.monotonic_s()
        self._to = 1.0 if to == "open" else 0.0

    @property
    def height(self) -> float:
        """0 closed, 1 open."""
        way = (self._clock.monotonic_s() - self._since_s) / BARRIER_TRAVEL_S
        return min(self._to, self._from + way) if self._to >= self._from else max(self._to, self._from - way)

    @property
    def closing(self) -> bool:
        return self._to == 0.0 and self.height > 0.0

    def closed_within(self, seconds: float) -> bool:
        """On its way down, or down for no longer than this."""
        way_s = self._clock.monotonic_s() - self._since_s
        return self._to == 0.0 and way_s < self._from * BARRIER_TRAVEL_S + seconds


class RoadLane:
    """One lane. `inputs()` and `load_kg()` are what its devices would feel at this moment."""

    def __init__(
        self, lane: Mapping[str, Any], clock: Clock, violate: Callable[..., None] = lambda *_, **__: None
    ) -> None:
        self.id: str = lane["id"]
        self.kind: str = lane["kind"]
        scale = lane.get("scale", {})
        self.layout: Layout = (
            PLATFORM if self.kind == "platform" else axle_layout(scale["deck_mm"], scale["treadle_span_mm"])
        )
        self.barrier = Barrier(clock) if "barrier" in lane else None
        self.front = Barrier(clock) if "front_barrier" in lane else None
        self.emergency = False
        self.truck: Truck | None = None
        self.gross_kg = 0
        self.read_sign: Callable[[], tuple[str, ...]] = tuple  # the lines of the lane's sign; none where it has none
        self._rolling: Rolling | None = None
        self._clock = clock
        self._violate = violate
        self.watch_output: Callable[[str, bool], None] = lambda _role, _on: None
        self._outputs: dict[str, bool] = {}
        self._hit = False
        self._empty_since_s = clock.monotonic_s() - 3600

    # what devices see ------------------------------------------------------------------------------------------

    def load_kg(self) -> float:
        return 0.0 if self._rolling is None else self._rolling.load_kg(self.layout, self._clock.monotonic_s())

    def inputs(self) -> dict[str, bool]:
        """Every role a site may wire: loops, curtains and beams at both ends, treadles, barrier ends, emergency."""
        now_s, rolling = self._clock.monotonic_s(), self._rolling
        found = {
            "loop_entry": rolling is not None and rolling.covers(self.layout.loop_entry, now_s),
            "loop_exit": rolling is not None and rolling.covers(self.layout.loop_exit, now_s),
        }
        for end in ("entry", "exit"):
            found[f"curtain_{end}"] = found[f"beam_{end}"] = found[f"loop_{end}"]
        found["emergency"] = self.emergency
        if self.front is not None:
            found |= {"front_open": self.front.height >= 1, "front_closed": self.front.height <= 0}
        for name, place_mm in self.layout.treadles_mm.items():
            found[name] = rolling is not None and rolling.presses(place_mm, now_s)
        if self.barrier is not None:
            found |= {"barrier_open": self.barrier.height >= 1, "barrier_closed": self.barrier.height <= 0}
            self._look_under_barrier()
        return found

    def set_output(self, role: str, *, on: bool) -> None:
        """A relay: lamp_red, lamp_green, barrier_open, barrier_close. A barrier moves on the relay's rising edge."""
        rising = on and not self._outputs.get(role, False)
        self._outputs[role] = on
        if rising:
            self.watch_output(role, on)
        if self.front is not None and rising and role in ("front_open", "front_close"):
            self.front.move("open" if role == "front_open" else "closed")
        if self.barrier is not None and rising and role in ("barrier_open", "barrier_close"):
            self.barrier.move("open" if role == "barrier_open" else "closed")
            self._hit = False
            self._look_under_barrier()

    def _look_under_barrier(self) -> None:
        rolling = self._rolling
        if self.barrier is None or rolling is None or self._hit:
            return
        if not self.barrier.closing or self.barrier.height > HIT_BELOW:
            return
        front = rolling.front_mm(self._clock.monotonic_s())
        if front - rolling.length_mm < self.layout.barrier_mm < front:
            self._hit = True
            self._violate("barrier_hit", lane=self.id, truck=None if self.truck is None else self.truck.id)

    # what drivers see and do -----------------------------------------------------------------------------------

    @property
    def lamp(self) -> Literal["red", "green", "dark"]:
        """What a driver obeys: a yellow lamp or a closed front barrier stops him as a red lamp does."""
        if self._outputs.get("lamp_red") or self._outputs.get("lamp_yellow"):
            return "red"
        if self.front is not None and self.front.height < 1 and self._rolling is None:
            return "red"
        return "green" if self._outputs.get("lamp_green") else "dark"

    @property
    def way_is_open(self) -> bool:
        return self.barrier is None or self.barrier.height >= 1

    def empty_s(self) -> float:
        """How long nobody has been on the lane."""
        return 0.0 if self._rolling is not None else self._clock.monotonic_s() - self._empty_since_s

    def still_s(self) -> float:
        """How long nobody has rolled on the lane."""
        since_s = self._empty_since_s if self._rolling is None else self._rolling.motion.end_s
        return max(0.0, self._clock.monotonic_s() - since_s)

    def enter(self, truck: Truck, gross_kg: int, rng: random.Random) -> None:
        assert self._rolling is None, f"{truck.id} would enter lane {self.id} while {self.truck} is on it"
        loads = truck.axle_loads_kg(gross_kg)
        spread = 0.003 if self.layout.treadles_mm else 0.0
        errors = tuple(rng.uniform(-spread, spread) for _ in loads)
        start = Motion(self._clock.monotonic_s(), self.layout.wait_mm, self.layout.wait_mm, 1.0, eased=True)
        self.truck, self.gross_kg = truck, gross_kg
        self._rolling = Rolling(
            truck.axle_offsets_mm, truck.length_mm, loads, start, rng.uniform(0, 6.28), errors
        )  # fmt: skip

    def drive(self, to_mm: float, speed_mm_s: float, kind: MotionKind) -> float:
        """Start driving from where it stands; how many seconds it will take."""
        assert self._rolling is not None
        now_s = self._clock.monotonic_s()
        self._rolling.motion = Motion(now_s, self._rolling.front_mm(now_s), to_mm, speed_mm_s, kind == "eased")
        return self._rolling.motion.duration_s

    def leave(self) -> None:
        self._rolling, self.truck = None, None
        self._empty_since_s = self._clock.monotonic_s()
