"""What a scale protocol is, where the known ones are, and how a stream is read by one.

A protocol is one file in `drivers/scales` with a `PROTOCOL` in it, or `PROTOCOLS` where one wire format has several
shapes that only a setting of the indicator tells apart. Nothing else registers it.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Protocol

import drivers.scales
from drivers.description import UNVERIFIED, Description, Proof
from drivers.errors import FrameError
from drivers.framing import NEED_MORE, NO_FRAME, Splitter
from drivers.options import Option, Setting, check_settings
from drivers.polling import Polling
from drivers.readings import Unit, WeightReading

NOISE_BYTES_MAX = 256  # a run of bytes that hold no frame is reported at least this often
PROOFS: tuple[Proof, ...] = ("captured", "manual", "test-suite", "field", "constructed")


@dataclass(frozen=True, slots=True)
class Rejected:
    """Bytes that are no frame: one broken candidate, or a run of noise. Counted and shown, never used."""

    reason: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Remark:
    """A good frame that says no load: a request overheard, a tare, a name, an answer to a command. Never a weight."""

    about: str
    text: str = ""


Said = WeightReading | Remark
Found = WeightReading | Remark | Rejected


class WireFormat(Protocol):
    """As much of a format as it takes to read a stream by it. `decode` raises FrameError and nothing else."""

    @property
    def name(self) -> str: ...

    @property
    def splitter(self) -> Callable[[], Splitter]: ...

    @property
    def decode(self) -> Callable[[bytes], Said]: ...

    @property
    def has_checksum(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Example:
    """A frame, what it says, and how it was come by."""

    frame: bytes
    said: Said
    proof: Proof
    source: str


@dataclass(frozen=True, slots=True)
class Span:
    """What the wire can say, as far as `encode` is asked to write it. `net`, `stable`: what it always says, or None."""

    digits: int = 6
    decimals: int = 4
    negative: bool = True
    units: tuple[Unit, ...] = ()
    statuses: tuple[str, ...] = ()
    net: bool | None = None
    stable: bool | None = None


@dataclass(frozen=True, slots=True)
class ScaleProtocol:
    """One wire format, both ways.

    `decode` raises FrameError, and nothing else, for bytes that are not a frame. `encode` writes what the simulator
    sends; what the wire cannot say is an assertion. `reseal` gives a frame the checksum its body deserves (None: the
    format has none). `examples` come from manuals and captures; the first that is a weight is also what `encode` must
    write. `options` are the settings a site may give; `build` makes the protocol for given ones. `polling`: nothing
    comes unless asked for. `follower` makes a load of what a console counts up; one for each open line.

    `title`, `models`, `sources`, `settings` (to make on the indicator) and `line` are for the page on devices.
    """

    name: str
    title: str
    models: tuple[str, ...]
    splitter: Callable[[], Splitter]
    decode: Callable[[bytes], Said]
    encode: Callable[[WeightReading], bytes]
    examples: tuple[Example, ...]
    settings: str
    reseal: Callable[[bytes], bytes] | None = None
    span: Span = field(default_factory=Span)
    options: Mapping[str, Option] = field(default_factory=dict)
    build: Callable[..., "ScaleProtocol"] | None = None
    polling: Polling | None = None
    follower: Callable[[], Callable[[WeightReading], WeightReading]] | None = None
    line: str = "baudrate=9600"
    sources: tuple[str, ...] = ()
    unverified: str = UNVERIFIED

    @property
    def has_checksum(self) -> bool:
        return self.reseal is not None

    def configured(self, settings: Mapping[str, object]) -> "ScaleProtocol":
        """The same format with a site's settings. Raises ValueError that lists the known ones."""
        check_settings(self.name, self.options, settings)
        if not settings:
            return self
        assert self.build is not None, f"{self.name} has options and no build"
        return self.build(**{**self.defaults(), **settings})

    def defaults(self) -> dict[str, Setting]:
        return {name: option.default for name, option in self.options.items()}

    def description(self) -> Description:
        """For the page on devices."""
        proofs = {example.proof for example in self.examples}
        sources = (*dict.fromkeys(example.source for example in self.examples if example.source), *self.sources)
        return Description(
            kind="scale",
            title=self.title,
            models=self.models,
            sources=sources,
            proof=tuple(proof for proof in PROOFS if proof in proofs),
            settings=self.settings,
            sample=self.site_lines(),
            unverified=self.unverified,
        )

    def site_lines(self, *, url: str = "", options: Mapping[str, Setting] | None = None) -> str:
        """The scale's part of a site file, to paste; options that are not given stand at their default."""
        unit = self.span.units[0] if self.span.units else "kg"
        rows = [
            *(['# for a lane of kind = "axle"'] if self.follower is not None else []),
            "[lanes.scale]",
            f'url = "{url or f"serial:///dev/ttyUSB0?{self.line}"}"',
            f'protocol = "{self.name}"',
            f'unit = "{unit}"' + ("" if self.span.units else "  # this wire does not say"),
        ]
        if self.options:
            texts = (f"{name} = {_toml(value)}" for name, value in {**self.defaults(), **(options or {})}.items())
            rows.append(f"options = {{ {', '.join(texts)} }}")
        return "\n".join(rows) + "\n"


def _toml(value: Setting) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)


@cache
def load_protocols() -> Mapping[str, ScaleProtocol]:
    """Every protocol in `drivers.scales`, by name."""
    found: dict[str, ScaleProtocol] = {}
    for module_info in pkgutil.iter_modules(drivers.scales.__path__, "drivers.scales."):
        module = importlib.import_module(module_info.name)
        protocols = module.PROTOCOLS if hasattr(module, "PROTOCOLS") else (module.PROTOCOL,)
        for protocol in protocols:
            assert isinstance(protocol, ScaleProtocol), f"{module_info.name} has something that is no ScaleProtocol"
            assert protocol.name not in found, f"two protocols are named {protocol.name}"
            assert protocol.examples, f"{protocol.name} has no example"
            found[protocol.name] = protocol
    return MappingProxyType(dict(sorted(found.items())))


def protocol_named(name: str, settings: Mapping[str, object] | None = None) -> ScaleProtocol:
    """The protocol a site file names, with its options. Raises ValueError that lists what is known."""
    known = load_protocols()
    if name not in known:
        raise ValueError(f"unknown protocol {name!r}; known: {', '.join(known)}")
    return known[name].configured(settings or {})


class Reader:
    """Turns a stream into readings. The same bytes give the same readings however they are cut into chunks."""

    def __init__(self, protocol: WireFormat) -> None:
        self._protocol = protocol
        self._splitter = protocol.splitter()
        self._buffer = bytearray()
        self._noise = bytearray()
        self._reported_bytes = 0  # bytes at the front of the buffer that a Rejected has already shown

    @property
    def held_bytes(self) -> int:
        """Bytes that wait for the rest of a frame; always fewer than the splitter's `size_max`."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Found]:
        """Readings and refusals that these bytes complete, in the order of the wire."""
        self._buffer += data
        return self._cut(final=False)

    def finish(self) -> list[Found]:
        """The recording has ended: judge what is left."""
        found = self._cut(final=True)
        assert not self._buffer
        return found + self._flush_noise()

    def _cut(self, *, final: bool) -> list[Found]:
        found: list[Found] = []
        while self._buffer:
            size = self._splitter.size(self._buffer, final=final)
            if size == NEED_MORE and not final and len(self._buffer) < self._splitter.size_max:
                break
            if size in (NEED_MORE, NO_FRAME):
                found += self._drop_byte()
            else:
                found += self._judge(bytes(self._buffer[:size]))
        assert final or len(self._buffer) < self._splitter.size_max
        return found

    def _judge(self, frame: bytes) -> list[Found]:
        before = self._flush_noise()
        try:
            reading = self._protocol.decode(frame)
        except FrameError as error:
            self._splitter.judged(len(frame), good=False)
            if self._reported_bytes:  # it begins in what a refusal has shown already: one refusal for a bad stretch
                return before + self._drop_byte()
            self._reported_bytes = len(frame)
            return [*before, Rejected(str(error), frame), *self._drop_byte()]
        self._splitter.judged(len(frame), good=True)
        del self._buffer[: len(frame)]
        self._reported_bytes = max(0, self._reported_bytes - len(frame))
        return [*before, reading]

    def _drop_byte(self) -> list[Found]:
        if self._reported_bytes:
            self._reported_bytes -= 1
        else:
            self._noise.append(self._buffer[0])
        del self._buffer[0]
        return self._flush_noise() if len(self._noise) >= NOISE_BYTES_MAX else []

    def _flush_noise(self) -> list[Found]:
        if not self._noise:
            return []
        noise = bytes(self._noise)
        self._noise.clear()
        return [Rejected(f"{len(noise)} bytes hold no frame of {self._protocol.name}", noise)]
