"""How often sniff is right: every format at every line setting, heard as a receiver would hear it.

The stream is a truck that drives on, stands and drives off; the receiver walks the settings as on a real port, and what
it hears at each is worked out bit by bit (simulator/uart.py). Nothing here was verified on real hardware.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from drivers.overheard import load_formats
from drivers.overheard.format import OverheardFormat
from drivers.protocol import ScaleProtocol, load_protocols
from drivers.readings import WeightReading
from drivers.sniff.line import Line, settings_to_walk
from drivers.sniff.ranking import Candidate, rank
from simulator.uart import heard

Format = ScaleProtocol | OverheardFormat

LOADS = (0, 0, 20, 1_560, 9_840, 15_360, 18_220, 18_220, 18_240, 18_220, 7_460, 380, 20, 0)
SENT = (
    Line(9600), Line(4800), Line(1200), Line(19200), Line(115200),
    Line(9600, 7, "E"), Line(9600, 7, "O"), Line(9600, 7, "N", 2), Line(9600, 7), Line(9600, 8, "E"),
)  # fmt: skip
TORN_BYTES = 5  # a listener comes in the midst of a frame


@dataclass(frozen=True, slots=True)
class Trial:
    """What sniff made of one format at one setting. `named`: best first, then who cannot be told from it."""

    protocol: str
    sent: Line
    heard_at: Line | None
    named: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Named, alone or among those it cannot be told from, and at the line's own setting."""
        return self.protocol in self.named and self.heard_at == self.sent

    @property
    def sure(self) -> bool:
        return self.right and self.named == (self.protocol,)

    @property
    def wrong(self) -> bool:
        """Somebody else was named, or another setting. Nobody named is a miss, and honest."""
        return bool(self.named) and not self.right


def formats() -> list[Format]:
    """All that sniff knows: the scales' protocols, and what else may be overheard."""
    return [*load_protocols().values(), *load_formats().values()]


def trials(known: Sequence[Format], lines: Sequence[Line] = SENT) -> Iterator[Trial]:
    """Each of them at each line that can carry it; those with eighth bits need eight."""
    for one in known:
        for sent in lines_for(one, lines):
            yield trial(one, sent, known)


def lines_for(one: Format, lines: Sequence[Line] = SENT) -> list[Line]:
    return [line for line in lines if line.bytesize == 8 or is_text(one)]


def trial(one: Format, sent: Line, known: Sequence[Format]) -> Trial:
    """Who is named where the walk stops; where nothing stops it, who scored best."""
    data, best = stream_of(one), list[Candidate]()
    for at in settings_to_walk():
        candidates = rank(heard(data, sent, at, gap_s=0.01), at, known)
        if candidates and (not best or candidates[0].score > best[0].score):
            best = candidates
        if candidates and candidates[0].promising:
            best = candidates
            break
    return Trial(one.name, sent, best[0].account.line if best else None, _named(best))


def is_text(one: Format) -> bool:
    """Only what never needs the eighth bit can be sent on seven."""
    return max(stream_of(one)) < 0x80


def stream_of(one: Format) -> bytes:
    """A truck, as this wire can say it: torn at the front, as whoever plugs in hears it."""
    return b"".join(frames_of(one))[TORN_BYTES:]


def frames_of(one: Format) -> list[bytes]:
    """Frame by frame. Of a format without weights: its examples, again and again."""
    if isinstance(one, OverheardFormat):
        return [example.frame for example in one.examples] * max(1, len(LOADS) // len(one.examples))
    unit = one.span.units[0] if one.span.units else None
    top = 10**one.span.digits - 1
    return [one.encode(WeightReading(Decimal(min(load, top)), unit)) for load in LOADS]


def _named(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    if not candidates:
        return ()
    best = candidates[0]
    rivals = [one.account.protocol for one in candidates if one.account.title in best.ambiguous_with]
    return tuple(dict.fromkeys((best.account.protocol, *rivals)))
