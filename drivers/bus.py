"""One Modbus line and its one owner: an RS-485 port (RTU) or a TCP endpoint. Never two requests on it at once.

    commands ─┐  bounded    ┌ one at a time ┐
    polls ────┴─ queue ─────┤ ask, await    ├── answer, or DeviceTimeout / DeviceError / LinkError
                            └───────────────┘
    A unit that stays silent is suspended, each time longer, up to a bound; the others keep their cycle.
    Its first answer ends that. Commands overtake polls and are tried even on a suspended unit.

An RS-485 adapter that echoes what it sends makes every coil write look confirmed: switch its echo off.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count as counter
from types import TracebackType
from typing import Any, Literal, Self

from drivers.errors import DeviceError, DeviceTimeout, DriverError, FrameError, LinkError
from drivers.link import Link, open_link, parse_link_url
from drivers.modbus import Answer, Codec, Request, RtuCodec, TcpCodec
from drivers.serial_link import SerialPort

QUEUE_MAX = 64
RECEIVED_BYTES_MAX = 4096
COMMAND, POLL = 0, 1
RECONNECT_MIN_S, RECONNECT_MAX_S = 0.2, 5.0
SILENT_REQUESTS_MAX = 4  # on TCP: so many in a row unanswered by anyone, and the connection is opened anew


@dataclass(slots=True)
class _Unit:
    answers: int = 0
    timeouts: int = 0
    refusals: int = 0
    silent_in_row: int = 0
    resume_ms: int = 0


@dataclass(frozen=True, slots=True, order=True)
class _Job:
    priority: int
    order: int
    request: Request
    done: asyncio.Future[Answer]


class Bus:
    """The owner of one line. `run` in a task of its own (or `async with`); cancel it to stop.

    `url` is `serial:///dev/…?baudrate=…` or `tcp://host:port`; ValueError for anything else. Times in ms;
    `clock_ms` never goes back. A suspended unit is asked again after at most `suspend_max_ms`.
    """

    def __init__(
        self,
        url: str,
        timeout_ms: int,
        clock_ms: Callable[[], int],
        *,
        open_link: Callable[[str], Awaitable[Link]] = open_link,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        suspend_max_ms: int = 1000,
    ) -> None:
        assert timeout_ms > 0
        address = parse_link_url(url)
        serial = address if isinstance(address, SerialPort) else None
        self.url = url
        self._timeout_ms, self._suspend_max_ms = timeout_ms, suspend_max_ms
        self._clock_ms, self._sleep, self._open_link = clock_ms, sleep, open_link
        self._serial = serial is not None
        self._codec: Codec = RtuCodec() if serial else TcpCodec()
        self._gap_s = max(0.00175, 3.5 * 11 / serial.baudrate) if serial else 0.0  # V1.02 2.5.1.1: 3.5 characters
        self._queue: list[_Job] = []
        self._order = counter()
        self._wake = asyncio.Event()
        self._units: dict[int, _Unit] = {}
        self._state: Literal["connecting", "up", "down", "closed"] = "connecting"
        self._reason = ""
        self._received = b""
        self._transaction = 0
        self._silent_in_row = 0
        self._reconnect_s = RECONNECT_MIN_S
        self._counts = {"requests": 0, "answers": 0, "timeouts": 0, "refusals": 0, "connects": 0, "links_lost": 0}
        self._task: asyncio.Task[None] | None = None

    async def read_inputs(self, unit: int, address: int, count: int, fc: int = 2) -> tuple[bool, ...]:
        """`count` discrete inputs (FC02) or coils (FC01) from zero-based `address`."""
        assert fc in (1, 2)
        return tuple(bool(one) for one in await self._ask(Request(unit, fc, address, count), POLL))

    async def read_registers(self, unit: int, address: int, count: int, fc: int = 3) -> tuple[int, ...]:
        """`count` 16-bit words, holding (FC03) or input registers (FC04), from zero-based `address`."""
        assert fc in (3, 4)
        return tuple(int(one) for one in await self._ask(Request(unit, fc, address, count), POLL))

    async def write_coil(self, unit: int, coil: int, on: bool, command: bool = True) -> None:
        """FC05; returns when the unit has echoed it. A command overtakes polls. DeviceError on a wrong echo."""
        await self._ask(Request(unit, 5, coil, on=on), COMMAND if command else POLL)

    async def write_registers(self, unit: int, address: int, words: tuple[int, ...]) -> None:
        """FC16, from zero-based `address`; returns when the unit has confirmed it. It overtakes polls."""
        await self._ask(Request(unit, 16, address, len(words), words=words), COMMAND)

    def health(self) -> Mapping[str, Any]:
        """State, reason and counters since the start; `units` by number."""
        now_ms = self._clock_ms()
        units = {
            number: {
                "answers": unit.answers,
                "timeouts": unit.timeouts,
                "refusals": unit.refusals,
                "suspended": unit.silent_in_row > 0 and unit.resume_ms > now_ms,
            }
            for number, unit in sorted(self._units.items())
        }
        return {
            "state": self._state,
            "reason": self._reason,
            **self._counts,
            "waiting": len(self._queue),
            "units": units,
        }

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.run(), name=f"bus {self.url}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()

    async def run(self) -> None:
        """Connect, serve, connect again, for ever."""
        try:
            while True:
                self._state = "connecting"
                try:
                    await self._connected()
                except LinkError as error:
                    self._counts["links_lost"] += 1
                    self._fall("down", f"{self.url}: {error}")
                await self._sleep(self._reconnect_s)
                self._reconnect_s = min(2 * self._reconnect_s, RECONNECT_MAX_S)
        finally:
            self._fall("closed", f"{self.url}: the bus is stopped")

    async def _connected(self) -> None:
        link = await self._open_link(self.url)
        try:
            self._state, self._reason, self._received, self._silent_in_row = "up", "", b"", 0
            self._counts["connects"] += 1
            while True:
                await self._serve(link, await self._next())
        finally:
            await link.close()

    async def _next(self) -> _Job:
        while not self._queue:
            self._wake.clear()
            await self._wake.wait()
        return heapq.heappop(self._queue)

    async def _ask(self, request: Request, priority: int) -> Answer:
        if self._state in ("down", "closed"):
            raise LinkError(self._reason)
        unit = self._units.setdefault(request.unit, _Unit())
        if priority == POLL:
            self._refuse_suspended(request.unit, unit)
        if len(self._queue) >= QUEUE_MAX:
            raise LinkError(f"{self.url}: {QUEUE_MAX} requests wait already; poll less often or share less")
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, _Job(priority, next(self._order), request, done))
        self._wake.set()
        return await done

    def _refuse_suspended(self, number: int, unit: _Unit) -> None:
        left_ms = unit.resume_ms - self._clock_ms()
        if unit.silent_in_row and left_ms > 0:
            raise DeviceTimeout(
                f"unit {number} on {self.url} is silent; asked again in {left_ms} ms: "
                "check its power, wiring, unit number and baud rate"
            )

    async def _serve(self, link: Link, job: _Job) -> None:
        if job.done.done():
            return  # whoever asked has gone
        try:
            answer = await self._attempt(link, job)
        except DriverError as error:
            _fail(job, error)
            if isinstance(error, LinkError):
                raise
            if not self._serial and self._silent_in_row >= SILENT_REQUESTS_MAX:
                raise LinkError(
                    f"{self._silent_in_row} requests in a row unanswered; the connection is opened anew"
                ) from error
        else:
            if not job.done.done():
                job.done.set_result(answer)
        finally:
            _fail(job, LinkError(f"{self.url}: the bus is stopped"))  # only if it has no answer yet

    async def _attempt(self, link: Link, job: _Job) -> Answer:
        number, unit = job.request.unit, self._units[job.request.unit]
        if job.priority == POLL:
            self._refuse_suspended(number, unit)  # it may have fallen silent while this one waited
        try:
            answer = await self._transact(link, job.request)
        except TimeoutError as error:
            self._missed(unit)
            raise DeviceTimeout(
                f"unit {number} on {self.url} did not answer in {self._timeout_ms} ms: "
                "check its power, wiring, unit number and baud rate"
            ) from error
        except (DeviceError, FrameError) as error:
            self._counts["refusals"] += 1
            unit.refusals += 1
            self._heard(unit)
            if isinstance(error, FrameError) and not self._serial:
                raise LinkError(str(error)) from error  # a stream out of step is only mended by a new one
            raise DeviceError(f"{self.url}: {error}") from error
        self._counts["answers"] += 1
        unit.answers += 1
        self._heard(unit)
        return answer

    def _heard(self, unit: _Unit) -> None:
        unit.silent_in_row = self._silent_in_row = 0
        self._reconnect_s = RECONNECT_MIN_S

    def _missed(self, unit: _Unit) -> None:
        self._counts["timeouts"] += 1
        unit.timeouts += 1
        unit.silent_in_row += 1
        self._silent_in_row += 1
        pause_ms = min(self._timeout_ms << min(unit.silent_in_row, 16), self._suspend_max_ms)
        unit.resume_ms = self._clock_ms() + pause_ms

    async def _transact(self, link: Link, request: Request) -> Answer:
        self._transaction = self._transaction % 0xFFFF + 1
        if self._serial:
            await self._listen_for_quiet(link)
        self._counts["requests"] += 1
        async with asyncio.timeout(self._timeout_ms / 1000):
            await link.write(self._codec.encode(request, self._transaction))
            while True:
                self._received += await link.read()
                answer = self._codec.decode(self._received, request, self._transaction)
                if answer is not None:
                    self._received = b""
                    return answer
                if len(self._received) > RECEIVED_BYTES_MAX:
                    raise LinkError("bytes without end and no answer among them: is another master on this line?")

    async def _listen_for_quiet(self, link: Link) -> None:
        """The silence that must stand before each RTU frame; a late answer that comes in it is thrown away."""
        self._received = b""
        heard = 0
        while heard <= RECEIVED_BYTES_MAX:
            try:
                async with asyncio.timeout(self._gap_s):
                    heard += len(await link.read())
            except TimeoutError:
                return
        raise LinkError("the line is never quiet: is another master on it, or another baud rate?")

    def _fall(self, state: Literal["down", "closed"], reason: str) -> None:
        self._state, self._reason = state, reason
        for job in self._queue:
            _fail(job, LinkError(reason))
        self._queue.clear()


def _fail(job: _Job, error: Exception) -> None:
    if not job.done.done():
        job.done.set_exception(error)
