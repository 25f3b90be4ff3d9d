"""A stretch of road for an axle lane's tests: trucks told by position and time, devices looked at every 50 ms."""

from collections.abc import Callable
from decimal import Decimal
from itertools import accumulate

from gateway.core.effects import Effect, Record, SetLamp, ShowText
from gateway.core.observations import InputSeen, LoadSeen, Observation, Tick, VehicleIdentified
from gateway.core.passage import PassageSettings, Restored, new_passage
from gateway.core.vehicle import Identity, Measurement, Vehicle
from gateway.core.verdict import Judgement, Verdict

SETTINGS = PassageSettings(
    kind="axle",
    presence_kg=300,
    zero_band_kg=100,
    interval_kg=50,
    settle_window_ms=None,
    settle_band_kg=None,
    equal_frames=None,
    settle_timeout_ms=None,
    identify_timeout_ms=3000,
    clear_ms=1500,
    whole_vehicle="loops",
    has_barrier=False,
    has_camera=True,
    deck_mm=800,
    treadle_span_mm=1600,
    group_spacing_mm=2100,
    speed_max_mm_s=2800,
    vehicle_timeout_ms=120_000,
)
FRESH = Restored(0, "cleared")
LOADS = (6_000, 9_000, 9_000, 8_000, 8_000, 8_000)
SPACINGS = (3_300, 1_350, 6_500, 1_310, 1_310)


def judge(identity: Identity, measurement: Measurement) -> Judgement:
    sound = measurement.sound and (measurement.gross_kg or 0) <= 49_000
    road = Verdict("within" if sound else "undetermined", 49_000)
    action = "release" if sound else "hold"
    return Judgement("test", "0" * 64, road, road, road, (), action, "test")  # type: ignore[arg-type]


class Lane:
    """treadle_in at 0, deck 400 to 1200, treadle_out at 1600, loops 2 m before and behind; looked at every 50 ms."""

    def __init__(self, restored: Restored = FRESH) -> None:
        self.passage = new_passage(SETTINGS, judge, restored=restored)
        self.at_ms = 0
        self.effects: list[Effect] = []
        self.see(InputSeen("loop_entry", on=False), InputSeen("loop_exit", on=False), LoadSeen(Decimal(0)))

    def see(self, *observations: Observation) -> "Lane":
        for observation in observations:
            self.effects.extend(self.passage.step(observation, self.at_ms))
        return self

    def roll(
        self,
        front_mm: Callable[[float], float],
        seconds: float,
        *,
        loads: tuple[int, ...] = LOADS,
        spacings: tuple[int, ...] = SPACINGS,
    ) -> "Lane":
        offsets = list(accumulate(spacings, initial=0))
        for look in range(round(seconds * 20)):
            self.at_ms += 50
            front = front_mm(look / 20)
            axles = [front - offset for offset in offsets]
            body = (axles[-1] - 800, front + 1200)
            covers = lambda start, end, body=body: body[0] < end and body[1] > start  # noqa: E731
            self.see(
                InputSeen("loop_entry", on=covers(-2200, -200)),
                InputSeen("loop_exit", on=covers(1800, 3800)),
                InputSeen("treadle_in", on=any(abs(axle) < 125 for axle in axles)),
                InputSeen("treadle_out", on=any(abs(axle - 1600) < 125 for axle in axles)),
            )
            load = sum(kg for axle, kg in zip(axles, loads, strict=True) if 400 <= axle <= 1200)
            self.see(LoadSeen(Decimal(load)))
        return self

    def drive(self, speed: int = 2000, **vehicle: tuple[int, ...]) -> "Lane":
        length = sum(vehicle.get("spacings", SPACINGS)) + 10_000
        return self.roll(lambda now: -4_000 + speed * now, length / speed + 4, **vehicle)

    def plate(self, plate: str = "豫A12345", vehicle: Vehicle | None = None) -> "Lane":
        identity = Identity(plate, "yellow", source="camera", vehicle=vehicle or Vehicle())
        return self.see(VehicleIdentified(identity, delay_ms=0))

    @property
    def records(self) -> list[Record]:
        return [effect for effect in self.effects if isinstance(effect, Record)]

    @property
    def lamp(self) -> str:
        """What shines now: red, green or dark."""
        colours = [effect.colour for effect in self.effects if isinstance(effect, SetLamp)]
        return colours[-1] if colours else "dark"

    @property
    def sign(self) -> ShowText | None:
        texts = [effect for effect in self.effects if isinstance(effect, ShowText)]
        return texts[-1] if texts else None

    def idle(self, seconds: float, *observations: Observation) -> "Lane":
        """Nobody comes; the devices say this ten times a second, or only the time passes."""
        for _ in range(round(seconds * 10)):
            self.at_ms += 100
            self.see(*(observations or (Tick(),)))
        return self
