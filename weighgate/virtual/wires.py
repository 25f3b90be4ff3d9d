"""Every wire of the virtual world, by its URL: the simulator plays one end, whoever opens the URL has the other.

A gateway that crashed holds nothing any more: `cut` drops all that one box had open.
"""

import asyncio
from collections.abc import Callable, Mapping

from drivers.errors import LinkError
from simulator.faults import FaultyWire
from simulator.modbus_server import REQUEST_MAX, Unit, answer

IDLE_ANSWER_S = 0.35  # a device that has nothing new to tell may take so long; a gateway waits longer
READS = (1, 2, 3, 4)  # Modbus functions
UNREAD_MAX = 4096  # as a receiver's buffer: what nobody reads is lost, the oldest first


class VirtualLink:
    """A gateway's end of a wire."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._unread = bytearray()
        self._arrived = asyncio.Event()
        self._fault = ""

    def deliver(self, chunk: bytes) -> None:
        self._unread += chunk
        del self._unread[:-UNREAD_MAX]
        self._arrived.set()

    def hang_up(self, why: str) -> None:
        self._fault = why
        self._arrived.set()

    async def read(self) -> bytes:
        while not self._unread:
            if self._fault:
                raise LinkError(self._fault)
            self._arrived.clear()
            await self._arrived.wait()
        data = bytes(self._unread)
        self._unread.clear()
        return data

    async def write(self, data: bytes) -> None:
        if self._fault:
            raise LinkError(self._fault)
        self._send(data)

    async def close(self) -> None:
        self.hang_up("closed")


class VirtualWire:
    """One URL. Unplugged it refuses who opens it; mute it says nothing; frozen it says its last word for ever."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.unplugged = self.mute = self.frozen = False
        self._last = b""
        self.faults: FaultyWire | None = None
        self.idle: Callable[[], bool] = lambda: False
        self._exchanged: VirtualWire | None = None
        self._listeners: list[VirtualLink] = []
        self.receive: Callable[[bytes, Callable[[bytes], None]], None] = lambda _chunk, _reply: None

    def open(self) -> VirtualLink:
        if self.unplugged:
            raise LinkError(f"{self.url}: not there")
        link = VirtualLink(lambda chunk: self.receive(chunk, self._reply_to(link)))
        self._listeners.append(link)
        del self._listeners[:-8]  # nobody has more than a few open; the rest were closed
        return link

    def _reply_to(self, link: VirtualLink) -> Callable[[bytes], None]:
        def reply(chunk: bytes) -> None:
            if not self.mute:
                self._carry(chunk, link)

        return reply

    def _carry(self, chunk: bytes, link: VirtualLink) -> None:
        """To one listener, with what goes wrong on the way. Who hung up meanwhile hears nothing."""
        if self.faults is None:
            link.deliver(chunk)
            return
        loop, wait_s = asyncio.get_running_loop(), 0.0
        for piece in self.faults.carry(chunk, loop.time()):
            wait_s += piece.pause_s
            if piece.kind == "disconnect":
                link.hang_up(f"{self.url}: hung up")
            elif wait_s:
                loop.call_later(wait_s, link.deliver, piece.chunk)
            else:
                link.deliver(piece.chunk)

    def write(self, chunk: bytes) -> None:
        """To everybody who listens: here, or where the plugs were exchanged."""
        (self._exchanged or self)._say(chunk)

    def _say(self, chunk: bytes) -> None:
        chunk = self._last if self.frozen and self._last else chunk
        self._last = chunk
        if not self.mute and not self.unplugged:
            for link in list(self._listeners):
                self._carry(chunk, link)

    def break_off(self) -> None:
        """Half of a frame is the last that is heard."""
        for link in self._listeners:
            link.deliver(self._last[: len(self._last) // 2])

    def exchange(self, other: "VirtualWire") -> None:
        """Somebody plugs each into the other's place; a second time mends it."""
        swapped = self._exchanged is None
        self._exchanged, other._exchanged = (other, self) if swapped else (None, None)

    def mend(self) -> None:
        self.unplugged = self.mute = self.frozen = False
        self._exchanged = None

    def disconnect(self) -> None:
        for link in self._listeners:
            link.hang_up(f"{self.url}: hung up")
        self._listeners.clear()

    def unplug(self) -> None:
        self.unplugged = True
        self.disconnect()

    def plug_in(self) -> None:
        self.unplugged = False


class VirtualPorts:
    """The simulator's Ports, and the gateway's `open_link`. A wire exists from the first mention of its URL."""

    def __init__(self) -> None:
        self.wires: dict[str, VirtualWire] = {}

    def wire(self, url: str) -> VirtualWire:
        return self.wires.setdefault(url, VirtualWire(url))

    async def open_link(self, url: str) -> VirtualLink:
        return self.wire(url).open()

    async def serial(self, url: str, receive: Callable[[bytes], None]) -> VirtualWire:
        wire = self.wire(url)
        wire.receive = lambda chunk, _reply: receive(chunk)
        return wire

    async def feed(self, url: str, receive: Callable[[bytes], None]) -> VirtualWire:
        return await self.serial(url, receive)

    async def modbus_tcp(self, url: str, units: Mapping[int, Unit]) -> None:
        wire = self.wire(url)

        def receive(chunk: bytes, reply: Callable[[bytes], None]) -> None:
            said = _answer_tcp(units, chunk)
            if said and chunk[7] in READS and wire.idle():
                asyncio.get_running_loop().call_later(IDLE_ANSWER_S, reply, said)
            elif said:
                reply(said)

        wire.receive = receive

    def cut(self) -> None:
        """The power of the box is gone: nothing it had open is open any more."""
        for wire in self.wires.values():
            wire.disconnect()


def _answer_tcp(units: Mapping[int, Unit], chunk: bytes) -> bytes:
    """To one Modbus TCP request a chunk, as the gateway's bus writes them; empty where nobody answers."""
    size = int.from_bytes(chunk[4:6], "big")
    if len(chunk) < 8 or chunk[2:4] != b"\0\0" or not 2 <= size <= REQUEST_MAX or len(chunk) != 6 + size:
        return b""
    unit = units.get(chunk[6])
    if unit is None:
        return b""
    said = chunk[6:7] + answer(unit, chunk[7:])
    return chunk[:4] + len(said).to_bytes(2, "big") + said
