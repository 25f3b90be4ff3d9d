"""From deck occupations and treadle pulses to the axles of one vehicle.

    ── treadle_in ──[ deck ]── treadle_out ──▶ forward

The ledger, per occupation: in … out adds an axle; in … in is undone; out … in takes the last axle back; out … out
changes nothing. The pulses between two occupations belong to both: leaving the one, entering the other. A close pair of
axles gives the same order of pulses forward and backward; then the vehicle is taken to go on as it entered. Missing
pulses are no evidence of reversing, so a lane without treadles counts every occupation as a forward axle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from gateway.core.deck import Occupation

Side = Literal["in", "out"]

SPEED_MIN_MM_S = 250  # slower than this, over the treadles, is standing
SPEED_RATIO = 2  # neighbours whose speeds differ by more did not roll evenly: the distance between is not known
VEHICLE_GAP_MM = 12_000  # no truck has axles this far apart


@dataclass(frozen=True, slots=True)
class Pulse:
    """A treadle was pressed."""

    at_ms: int
    side: Side


@dataclass(frozen=True, slots=True)
class Axles:
    """Loads front to rear. `spacings_mm` is None where any is unknown; flags as in Measurement."""

    loads_kg: tuple[int, ...]
    spacings_mm: tuple[int, ...] | None
    speed_mm_s: int | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Axle:
    occupation: Occupation
    in_ms: int | None
    out_ms: int | None

    def speed_mm_s(self, deck_mm: int, span_mm: int) -> int | None:
        if self.in_ms is not None and self.out_ms is not None:
            distance_mm, taken_ms = span_mm, self.out_ms - self.in_ms
        else:
            distance_mm, taken_ms = deck_mm, self.occupation.half_fall_ms - self.occupation.half_rise_ms
        return distance_mm * 1000 // taken_ms if taken_ms > 0 else None


def assemble(occupations: Sequence[Occupation], pulses: Sequence[Pulse], *, deck_mm: int, span_mm: int) -> Axles:
    """The vehicle that made these occupations. Pure; the sequences are in the order of time."""
    axles, flags = _ledger(occupations, pulses)
    speeds = [axle.speed_mm_s(deck_mm, span_mm) for axle in axles]
    known = [speed for speed in speeds if speed is not None]
    spacings_mm, doubts = _spacings(axles, speeds)
    if any(not axle.occupation.sound for axle in axles):
        doubts.append("unsettled")
    return Axles(
        loads_kg=tuple(axle.occupation.load_kg for axle in axles),
        spacings_mm=spacings_mm,
        speed_mm_s=sum(known) // len(known) if known else None,
        flags=tuple(dict.fromkeys([*flags, *doubts])),
    )


def _ledger(occupations: Sequence[Occupation], pulses: Sequence[Pulse]) -> tuple[list[_Axle], list[str]]:
    axles: list[_Axle] = []
    flags: list[str] = []
    gaps = _gaps(occupations, pulses)
    entered: Side = "out" if gaps[0] and gaps[0][-1].side == "out" else "in"
    for place, occupation in enumerate(occupations):
        left, entered_next = _sides(gaps[place + 1], entered, last=place == len(occupations) - 1)
        if (entered, left) == ("in", "out"):
            came = next((pulse.at_ms for pulse in reversed(gaps[place]) if pulse.side == "in"), None)
            went = next((pulse.at_ms for pulse in gaps[place + 1] if pulse.side == "out"), None)
            axles.append(_Axle(occupation, came, went))
        else:
            flags.append("reversed")
        if (entered, left) == ("out", "in"):
            if axles:
                axles.pop()
            else:
                flags.append("incomplete")  # it took back an axle that was never seen
        entered = entered_next
    return axles, flags


def _gaps(occupations: Sequence[Occupation], pulses: Sequence[Pulse]) -> list[list[Pulse]]:
    """The pulses before, between and after the occupations, cut in the middle of each occupation."""
    gaps: list[list[Pulse]] = [[] for _ in range(len(occupations) + 1)]
    for pulse in pulses:
        gaps[sum(occupation.middle_ms < pulse.at_ms for occupation in occupations)].append(pulse)
    return gaps


def _sides(gap: Sequence[Pulse], entered: Side, *, last: bool) -> tuple[Side, Side]:
    """On which side the axle left, and on which the next came."""
    sides = [pulse.side for pulse in gap]
    if last:
        return ("in" if sides and sides[-1] == "in" else "out"), "in"
    if sides == ["out", "out"]:
        return "out", "out"
    if sides == ["in", "in"]:
        return "in", "in"
    if sorted(sides) == ["in", "out"] and entered == "out":
        return "in", "out"
    return "out", "in"


def _spacings(axles: Sequence[_Axle], speeds: Sequence[int | None]) -> tuple[tuple[int, ...] | None, list[str]]:
    spacings_mm: list[int] = []
    doubts: list[str] = []
    for (one, one_speed), (other, other_speed) in pairwise(zip(axles, speeds, strict=True)):
        if one_speed is None or other_speed is None:
            return None, doubts
        slow, fast = sorted((one_speed, other_speed))
        spacing_mm = (one_speed + other_speed) * (other.occupation.middle_ms - one.occupation.middle_ms) // 2000
        if slow < SPEED_MIN_MM_S or fast > SPEED_RATIO * slow:
            doubts.append("stopped")
        elif spacing_mm > VEHICLE_GAP_MM:
            doubts.append("second-vehicle")
        spacings_mm.append(spacing_mm)
    return (None if doubts else tuple(spacings_mm)), doubts
