"""Where did this load come from? One overload found on the road against the last exit of that plate from a source site,
or against its last expressway entrance. Pure: weighings and positions in, a finding out.

    no weighed exit in the window              no-origin
    about as heavy as at the exit, or lighter  same-load            it left like this
    heavier                                    loaded-after-exit    something was added on the way
    heavier than can have been added           record-false         what the exit recorded is not believed

"Than can have been added": by more than a set share, or in less time than loading takes, or by a vehicle whose
positions cover the whole way without a stop. A stop in the positions, an exit that was empty, or another one later
that it passed without being weighed, speaks for loading.
No official value of the shares was found: they are settings, and a finding is a pointer for people, never proof.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from central.supervision_rules import TraceRules

Origin = Literal["source-exit", "toll-entrance"]
ORIGINS: tuple[Origin, ...] = ("source-exit", "toll-entrance")
Result = Literal["same-load", "loaded-after-exit", "record-false", "no-origin"]
Left = Literal["released", "refused", "not-released"]
"""How the truck left the origin: let go; turned back at an entrance; held, and nobody said that it may go."""

LET_GO = frozenset({"release", "admit", "admit-within-tolerance"})
STANDS_KMH_MAX = 3


@dataclass(frozen=True, slots=True)
class Weighed:
    """One weighing as tracing sees it. `left` says how the truck went on."""

    entry: str
    site: str
    site_kind: str
    at_ms: int
    colour: str
    gross_kg: int
    outcome: str
    left: Left = "released"
    kerb_kg: int | None = None

    @property
    def order(self) -> tuple[int, str, int]:
        journal, _, seq = self.entry.partition("/")
        return self.at_ms, journal, int(seq)


@dataclass(frozen=True, slots=True)
class Unweighed:
    """A passage of such a place of which no mass is known."""

    site_kind: str
    at_ms: int
    colour: str


@dataclass(frozen=True, slots=True)
class Position:
    """One report of a vehicle's own recorder. Degrees in millionths."""

    at_ms: int
    speed_kmh: int
    longitude_e6: int
    latitude_e6: int


@dataclass(frozen=True, slots=True)
class Stop:
    from_ms: int
    until_ms: int
    longitude_e6: int
    latitude_e6: int


@dataclass(frozen=True, slots=True)
class Finding:
    """`origin` is None with `no-origin`. `notes` say on what it stands; `stops` are where a load may have come on."""

    found: Weighed
    kind: Origin
    result: Result
    origin: Weighed | None = None
    difference_kg: int = 0
    notes: tuple[str, ...] = ()
    stops: tuple[Stop, ...] = ()


def trace(
    found: Weighed,
    kind: Origin,
    before: Iterable[Weighed],
    positions: Sequence[Position],
    rules: TraceRules,
    unweighed: Iterable[Unweighed] = (),
) -> Finding:
    """`before`, `unweighed` and `positions` are of the same plate, in any order; those out of the window are left out
    here.
    """

    def passed(one: Weighed | Unweighed) -> bool:
        same = one.colour == found.colour or "unknown" in (one.colour, found.colour)
        return same and one.site_kind == kind and found.at_ms - rules.window_ms <= one.at_ms < found.at_ms

    there = [one for one in before if passed(one)]
    last_unweighed_ms = max((one.at_ms for one in unweighed if passed(one)), default=None)
    if not there:
        return Finding(found, kind, "no-origin", notes=() if last_unweighed_ms is None else ("left-unweighed",))
    origin = max(there, key=lambda one: one.order)
    difference_kg = found.gross_kg - origin.gross_kg
    notes: list[str] = [] if origin.left == "released" else [origin.left]
    if difference_kg * 100 <= origin.gross_kg * rules.same_percent:
        if -difference_kg * 100 > origin.gross_kg * rules.same_percent:
            notes.append("lighter-than-at-exit")
        if origin.outcome == "within":
            notes.append("within-at-exit")
        return Finding(found, kind, "same-load", origin, difference_kg, tuple(notes))
    if last_unweighed_ms is not None and last_unweighed_ms > origin.at_ms:
        return Finding(found, kind, "loaded-after-exit", origin, difference_kg, (*notes, "passed-unweighed"))
    result, reasons, stops = _heavier(found, origin, positions, rules)
    return Finding(found, kind, result, origin, difference_kg, (*notes, *reasons), stops)


def _heavier(
    found: Weighed, origin: Weighed, positions: Sequence[Position], rules: TraceRules
) -> tuple[Result, tuple[str, ...], tuple[Stop, ...]]:
    loading_ms = rules.loading_min * 60_000
    if origin.kerb_kg is not None and origin.gross_kg * 100 <= origin.kerb_kg * rules.empty_percent:
        return "loaded-after-exit", ("left-empty",), ()
    if found.at_ms - origin.at_ms < loading_ms:
        return "record-false", ("no-time-to-load",), ()
    way = sorted({one for one in positions if origin.at_ms <= one.at_ms <= found.at_ms}, key=_position_order)
    stops = tuple(stop for stop in stops_of(way) if stop.until_ms - stop.from_ms >= loading_ms)
    if stops:
        return "loaded-after-exit", ("stopped-on-the-way",), stops
    if covers(way, origin.at_ms, found.at_ms, rules.gap_min * 60_000):
        return "record-false", ("no-stop-on-the-way",), ()
    if (found.gross_kg - origin.gross_kg) * 100 > origin.gross_kg * rules.false_percent:
        return "record-false", ("difference-above-share",), ()
    return "loaded-after-exit", (), ()


def stops_of(way: Sequence[Position]) -> list[Stop]:
    """Stretches in which every report stands still; `way` is in order of time."""
    stops: list[Stop] = []
    still: list[Position] = []
    for one in way:
        if one.speed_kmh <= STANDS_KMH_MAX:
            still.append(one)
            continue
        if still:
            stops.append(_stop(still))
        still = []
    return [*stops, _stop(still)] if still else stops


def covers(way: Sequence[Position], from_ms: int, until_ms: int, gap_ms: int) -> bool:
    """Whether no stretch between the two moments is longer than `gap_ms` without a report."""
    moments = [from_ms, *(one.at_ms for one in way), until_ms]
    return bool(way) and all(later - earlier <= gap_ms for earlier, later in pairwise(moments))


def _stop(still: Sequence[Position]) -> Stop:
    return Stop(still[0].at_ms, still[-1].at_ms, still[0].longitude_e6, still[0].latitude_e6)


def _position_order(one: Position) -> tuple[int, int, int, int]:
    return one.at_ms, one.speed_kmh, one.longitude_e6, one.latitude_e6
