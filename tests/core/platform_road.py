"""A platform for tests: trucks told as they come, ten looks a second, a journal that answers when told to."""

from decimal import Decimal

from gateway.core.effects import Effect, Record, SetLamp
from gateway.core.observations import InputSeen, LoadSeen, Observation, Tick, VehicleIdentified, WeighingStored
from gateway.core.passage import PassageSettings, Restored, new_passage
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Action, Judgement, Verdict

SETTINGS = PassageSettings(
    kind="platform",
    presence_kg=500,
    zero_band_kg=100,
    interval_kg=20,
    settle_window_ms=1000,
    settle_band_kg=20,
    equal_frames=3,
    settle_timeout_ms=15000,
    identify_timeout_ms=3000,
    clear_ms=500,
    whole_vehicle="loops",
    has_barrier=True,
    has_camera=True,
)

LIMIT_KG = 49_000

FRESH = Restored(0, "cleared")

VERDICTS = {"within", "exceeded", "undetermined", "weigh-again"}


def judge(identity: Identity, measurement: Measurement) -> Judgement:
    if not measurement.sound:
        road, action = Verdict("undetermined"), "hold"
    elif (measurement.gross_kg or 0) > LIMIT_KG:
        road, action = Verdict("exceeded", LIMIT_KG), "hold"
    else:
        road, action = Verdict("within", LIMIT_KG), "release"
    none = Verdict("undetermined")
    return Judgement("test", "0" * 64, road, none, none, (), action, "test")  # type: ignore[arg-type]


class Lane:
    """A lane with its time: `feed` goes on ten times a second, the journal answers when told to."""

    def __init__(self, restored: Restored = FRESH, settings: PassageSettings = SETTINGS, at_ms: int = 0) -> None:
        self.passage = new_passage(settings, judge, restored=restored)
        self.at_ms = at_ms
        self.effects: list[Effect] = []

    def see(self, *observations: Observation) -> "Lane":
        for observation in observations:
            self.effects.extend(self.passage.step(observation, self.at_ms))
        return self

    def load(self, mass_kg: int, seconds: float = 0.1, *, stable: bool | None = None) -> "Lane":
        for _ in range(max(1, round(seconds * 10))):
            self.at_ms += 100
            self.see(LoadSeen(Decimal(mass_kg), stable))
        return self

    def loops(self, *, entry: bool = False, leave: bool = False) -> "Lane":
        return self.see(InputSeen("loop_entry", entry), InputSeen("loop_exit", leave))

    def plate(self, plate: str = "豫A12345", delay_ms: int | None = None) -> "Lane":
        return self.see(VehicleIdentified(Identity(plate, "yellow", source="camera"), delay_ms))

    def store(self, action: Action | None = None) -> "Lane":
        return self.see(WeighingStored("j/1", action or self.records[-1].judgement.action))

    def drive_on(self, mass_kg: int) -> "Lane":
        self.loops(entry=True)
        for part in (1, 2, 3):
            self.load(mass_kg * part // 3, 0.8)
        return self.loops().load(mass_kg, 0.1)

    @property
    def records(self) -> list[Record]:
        return [effect for effect in self.effects if isinstance(effect, Record)]

    def said(self, kind: type) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def lamp(self) -> str:
        return [effect for effect in self.effects if isinstance(effect, SetLamp)][-1].colour


def ready(**more: object) -> Lane:
    lane = Lane(**more)  # type: ignore[arg-type]
    return lane.loops().load(0, 1)


def settled(mass_kg: int = 30_000) -> Lane:
    return ready().drive_on(mass_kg).plate().load(mass_kg, 2)


def settled_without_record() -> Lane:
    return ready().drive_on(30_000)


def silent(lane: Lane, seconds: float) -> Lane:
    """The scale says nothing, and its driver has not noticed yet."""
    for _ in range(round(seconds * 10)):
        lane.at_ms += 100
        lane.see(Tick())
    return lane
