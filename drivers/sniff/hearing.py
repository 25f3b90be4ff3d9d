"""One wire format's account of what was heard: how much of it were frames, and what they said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from drivers.framing import Splitter
from drivers.options import Option, Setting
from drivers.protocol import Found, Reader, Rejected, Said, ScaleProtocol, WireFormat
from drivers.readings import WeightReading
from drivers.sniff.line import Line

FRAMES_FOR_TORN_ENDS = 3  # from so many on, what was cut at the two ends of a recording is not held against it
VARIANTS_MAX = 16
SURE_FRAMES = 3  # different ones whose checksum holds: by chance once in 2 ** 24


@dataclass(frozen=True, slots=True)
class Account:
    """`covered` is the share of the bytes that were good frames; `sealed` how many different ones had a checksum.

    A single byte that stands for a frame, such as ACK, has none.
    """

    protocol: str
    options: Mapping[str, Setting]
    line: Line
    readings: tuple[Found, ...]
    frames: int
    weights: int
    different: int
    rejected: int
    covered: Decimal
    sealed: int

    @property
    def title(self) -> str:
        chosen = ", ".join(f"{name} = {value}" for name, value in self.options.items())
        return f"{self.protocol} ({chosen})" if chosen else self.protocol

    @property
    def sure(self) -> bool:
        return self.sealed >= SURE_FRAMES


class _Watched:
    """A splitter that notes how long each good frame was."""

    def __init__(self, splitter: Splitter) -> None:
        self.splitter, self.size_max = splitter, splitter.size_max
        self.good: list[int] = []

    def size(self, buffer: bytes | bytearray, *, final: bool) -> int:
        return self.splitter.size(buffer, final=final)

    def judged(self, size: int, *, good: bool) -> None:
        if good:
            self.good.append(size)
        self.splitter.judged(size, good=good)


@dataclass(frozen=True, slots=True)
class _Watching:
    """The format, read through a splitter of ours."""

    name: str
    splitter: Callable[[], Splitter]
    decode: Callable[[bytes], Said]
    has_checksum: bool


def hear(protocol: WireFormat, options: Mapping[str, Setting], line: Line, sent: bytes) -> Account:
    """Read all of it by one format."""
    watched = _Watched(protocol.splitter())
    reader = Reader(_Watching(protocol.name, lambda: watched, protocol.decode, protocol.has_checksum))
    found = (*reader.feed(sent), *reader.finish())
    good = [one for one in found if not isinstance(one, Rejected)]
    weights = [one for one in good if isinstance(one, WeightReading)]
    checked = {one for one, size in zip(good, watched.good, strict=True) if size > 1}
    return Account(
        protocol=protocol.name,
        options=options,
        line=line,
        readings=found,
        frames=len(good),
        weights=len(weights),
        different=len(set(good)),
        rejected=len(found) - len(good),
        covered=_covered(watched, found, len(sent)),
        sealed=len(checked) if protocol.has_checksum else 0,
    )


def _covered(watched: _Watched, found: tuple[Found, ...], total: int) -> Decimal:
    covered = sum(watched.good)
    if len(watched.good) >= FRAMES_FOR_TORN_ENDS:
        for end in (found[0], found[-1]):
            if isinstance(end, Rejected):
                total -= min(len(end.data), watched.size_max - 1)
    return Decimal(covered) / max(covered, total, 1)


def variants(protocol: WireFormat) -> list[tuple[Mapping[str, Setting], WireFormat]]:
    """The format in every shape that its listed options give, its defaults first and named by nothing."""
    if not isinstance(protocol, ScaleProtocol):
        return [({}, protocol)]
    choices = {name: _choices(option) for name, option in protocol.options.items()}
    shapes: list[tuple[Mapping[str, Setting], WireFormat]] = [({}, protocol)]
    for values in product(*choices.values()):
        chosen = dict(zip(choices, values, strict=True))
        options = {name: value for name, value in chosen.items() if value != protocol.options[name].default}
        if options and len(shapes) < VARIANTS_MAX:
            shapes.append((options, protocol.configured(options)))
    return shapes


def _choices(option: Option) -> tuple[Setting, ...]:
    """An address or a pattern cannot be guessed: its default stands."""
    if isinstance(option.default, bool):
        return (option.default, not option.default)
    return option.known or (option.default,)
