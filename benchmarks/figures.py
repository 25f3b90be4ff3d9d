"""What a bench measures and what it must reach. One `Row` is one line of the table in docs/benchmarks.md."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Show = Callable[[str], None]
"""What is being done now, for the progress bar."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. Without a bound it only informs; with one it is met or missed."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """None where nothing is to be reached."""
        if self.at_least is None and self.at_most is None:
            return None
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    @property
    def reach(self) -> str:
        parts = [] if self.at_least is None else [f"≥ {self.at_least:g}"]
        parts += [] if self.at_most is None else [f"≤ {self.at_most:g}"]
        return " and ".join(parts)

    def as_document(self) -> dict[str, object]:
        return {"name": self.name, "value": self.value, "unit": self.unit, "reach": self.reach, "met": self.met}


@dataclass(frozen=True, slots=True)
class Row:
    """`key` names it on the command line; `what` is its name in the table."""

    key: str
    what: str


@dataclass(frozen=True, slots=True)
class Found:
    """The figures by row key, and what must be said about them."""

    figures: Mapping[str, Sequence[Figure]]
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Bench:
    """One measurement, which gives one or more rows. `measure(quick, show)`: `quick` proves that it runs, no more."""

    rows: tuple[Row, ...]
    measure: Callable[[bool, Show], Found]


class MissingPeerError(Exception):
    """What a row is measured against cannot be had here; the message says why."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of them do not pass: never between two that were seen."""
    ordered = sorted(values)
    place = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(place) - 1)]
