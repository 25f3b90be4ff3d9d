"""What a scale protocol is, where the known ones are, and how a stream is read by one.

A protocol is one file in `drivers/scales` with a `PROTOCOL` in it. Nothing else registers it.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

import drivers.scales
from drivers.errors import FrameError
from drivers.framing import NEED_MORE, NO_FRAME, Splitter
from drivers.readings import WeightReading

NOISE_BYTES_MAX = 256  # a run of bytes that hold no frame is reported at least this often


@dataclass(frozen=True, slots=True)
class Rejected:
    """Bytes that are no frame: one broken candidate, or a run of noise. Counted and shown, never used."""

    reason: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ScaleProtocol:
    """One wire format, both ways.

    `decode` raises FrameError, and nothing else, for bytes that are not a frame. `encode` writes what the simulator
    sends; what the wire cannot say is an assertion. `reseal` gives a frame the checksum its body deserves (None: the
    format has none). `examples` come from manuals and captures; the first is also what `encode` must write.
    `options` are the settings a site may give, with their defaults; `build` makes the protocol for given ones.
    """

    name: str
    splitter: Callable[[], Splitter]
    decode: Callable[[bytes], WeightReading]
    encode: Callable[[WeightReading], bytes]
    reseal: Callable[[bytes], bytes] | None
    examples: tuple[tuple[bytes, WeightReading], ...]
    has_checksum: bool = True
    options: Mapping[str, bool] = field(default_factory=dict)
    build: Callable[..., "ScaleProtocol"] | None = None

    def configured(self, settings: Mapping[str, object]) -> "ScaleProtocol":
        """The same format with a site's settings. Raises ValueError that lists the known ones."""
        for name, value in settings.items():
            if name not in self.options:
                known = ", ".join(sorted(self.options)) or "none"
                raise ValueError(f"{self.name} has no option {name!r}; known: {known}")
            if not isinstance(value, bool):
                raise ValueError(f"{self.name}: {name} is true or false, not {value!r}")  # noqa: TRY004 - one error
        if not settings:
            return self
        assert self.build is not None, f"{self.name} has options and no build"
        return self.build(**{**self.options, **settings})


@cache
def load_protocols() -> Mapping[str, ScaleProtocol]:
    """Every protocol in `drivers.scales`, by name."""
    found: dict[str, ScaleProtocol] = {}
    for module_info in pkgutil.iter_modules(drivers.scales.__path__, "drivers.scales."):
        protocol = importlib.import_module(module_info.name).PROTOCOL
        assert isinstance(protocol, ScaleProtocol), f"{module_info.name}.PROTOCOL is no ScaleProtocol"
        assert protocol.name not in found, f"two protocols are named {protocol.name}"
        assert protocol.examples, f"{protocol.name} has no example"
        assert protocol.has_checksum == (protocol.reseal is not None), f"{protocol.name} has a checksum or it has not"
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

    def __init__(self, protocol: ScaleProtocol) -> None:
        self._protocol = protocol
        self._splitter = protocol.splitter()
        self._buffer = bytearray()
        self._noise = bytearray()
        self._reported_bytes = 0  # bytes at the front of the buffer that a Rejected has already shown

    def feed(self, data: bytes) -> list[WeightReading | Rejected]:
        """Readings and refusals that these bytes complete, in the order of the wire."""
        self._buffer += data
        return self._cut(final=False)

    def finish(self) -> list[WeightReading | Rejected]:
        """The recording has ended: judge what is left."""
        found = self._cut(final=True)
        assert not self._buffer
        return found + self._flush_noise()

    def _cut(self, *, final: bool) -> list[WeightReading | Rejected]:
        found: list[WeightReading | Rejected] = []
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

    def _judge(self, frame: bytes) -> list[WeightReading | Rejected]:
        before = self._flush_noise()
        try:
            reading = self._protocol.decode(frame)
        except FrameError as error:
            self._splitter.judged(len(frame), good=False)
            self._reported_bytes = max(self._reported_bytes, len(frame))
            return [*before, Rejected(str(error), frame), *self._drop_byte()]
        self._splitter.judged(len(frame), good=True)
        del self._buffer[: len(frame)]
        self._reported_bytes = 0
        return [*before, reading]

    def _drop_byte(self) -> list[WeightReading | Rejected]:
        if self._reported_bytes:
            self._reported_bytes -= 1
        else:
            self._noise.append(self._buffer[0])
        del self._buffer[0]
        return self._flush_noise() if len(self._noise) >= NOISE_BYTES_MAX else []

    def _flush_noise(self) -> list[WeightReading | Rejected]:
        if not self._noise:
            return []
        noise = bytes(self._noise)
        self._noise.clear()
        return [Rejected(f"{len(noise)} bytes hold no frame of {self._protocol.name}", noise)]
