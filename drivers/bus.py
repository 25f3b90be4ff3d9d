"""One Modbus line and its one owner: an RS-485 port (RTU) or a TCP endpoint. Never two requests on it at once.

    commands ─┐  bounded    ┌ one at a time ┐
    polls ────┴─ queue ─────┤ ask, await    ├── answer, or DeviceTimeout / DeviceError / LinkError
                            └───────────────┘
    Commands overtake polls, and polls the questions to silent units, which get what the others leave of the line
    (drivers/bus_units.py). A silent unit's first answer ends that. Commands go out at once, to silent units too.

An RS-485 adapter that echoes what it sends makes every coil write look confirmed: switch its echo off.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count as counter
from types import TracebackType
from typing import Any, Literal, Self

from drivers.bus_units import UnitRoll
from drivers.errors import DeviceError, DeviceTimeout, DriverError, FrameError, LinkError
from drivers.link import Link, open_link, parse_link_url
from drivers.modbus import Answer, Codec, Request, RtuCodec, TcpCodec
from drivers.serial_link import SerialPort

QUEUE_MAX = 64
RECEIVED_BYTES_MAX = 4096
COMMAND, POLL, PROBE = 0, 1, 2
RECONNECT_MIN_S, RECONNECT_MAX_S = 0.2, 5.0
SILENT_REQUESTS_MAX = 4  # on TCP: so many in a row unanswered by anyone, and the connection is opened anew


@dataclass(frozen=True, slots=True, order=True)
class _Job:
    priority: int
    order: int
    asked_ms: int
    request: Request
    done: asyncio.Future[Answer]


class Bus:
    """The owner of one line. `run` in a task of its own (or `async with`); cancel it to stop.

    `url` is `serial:///dev/…?baudrate=…` or `tcp://host:port`; ValueError for anything else. Times in ms;
    `clock_ms` never goes back.
    """

    def __init__(
        self,
        url: str,
        timeout_ms: int,
        clock_ms: Callable[[], int],
        *,
        open_link: Callable[[str], Awaitable[Link]] = open_link,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        assert timeout_ms > 0
        address = parse_link_url(url)
        serial = address if isinstance(address, SerialPort) else None
        self.url = url
        self._timeout_ms = timeout_ms
        self._clock_ms, self._sleep, self._open_link = clock_ms, sleep, open_link
        self._serial = serial is not None
        self._codec: Codec = RtuCodec() if serial else TcpCodec()
        self._gap_s = max(0.00175, 3.5 * 11 / serial.baudrate) if serial else 0.0  # V1.02 2.5.1.1: 3.5 characters
        self._queue: list[_Job] = []
        self._order = counter()
        self._wake = asyncio.Event()
        self._roll = UnitRoll(timeout_ms)
        self._state: Literal["connecting", "up", "down", "closed"] = "connecting"
        self._reason = ""
        self._received = b""
        self._transaction = 0
        self._sent_ms = 0
        self._begins_ms: int | None = None
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
        return {
            "state": self._state,
            "reason": self._reason,
            **self._counts,
            "waiting": len(self._queue),
            "units": self._roll.health(),
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
        return self._overdue() or heapq.heappop(self._queue)

    def _overdue(self) -> _Job | None:
        """A silent unit's question that has stood behind others for so long that it is its turn."""
        now_ms = self._clock_ms()
        for job in self._queue if self._queue[0].priority != PROBE else ():
            if job.priority == PROBE and now_ms - job.asked_ms >= self._roll.patience_ms(job.request.unit):
                self._queue.remove(job)
                heapq.heapify(self._queue)
                return job
        return None

    async def _ask(self, request: Request, priority: int) -> Answer:
        if self._state in ("down", "closed"):
            raise LinkError(self._reason)
        if priority == POLL:
            self._refuse_costly(request.unit)
            priority = PROBE if self._roll.silent(request.unit) else POLL
        if len(self._queue) >= QUEUE_MAX:
            raise LinkError(f"{self.url}: {QUEUE_MAX} requests wait already; poll less often or share less")
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, _Job(priority, next(self._order), self._clock_ms(), request, done))
        self._wake.set()
        return await done

    def _refuse_costly(self, number: int) -> None:
        left_ms = self._roll.wait_ms(number, self._clock_ms())
        if left_ms > 0:
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
        number = job.request.unit
        if job.priority != COMMAND:
            self._refuse_costly(number)  # it may have fallen silent while this one waited
        try:
            window_ms = self._timeout_ms if job.priority == COMMAND else self._roll.window_ms(number)
            answer = await self._transact(link, job.request, window_ms)
        except TimeoutError as error:
            self._missed(number)
            raise DeviceTimeout(
                f"unit {number} on {self.url} did not answer in {self._timeout_ms} ms: "
                "check its power, wiring, unit number and baud rate"
            ) from error
        except (DeviceError, FrameError) as error:
            self._counts["refusals"] += 1
            self._heard(number, refused=True)
            if isinstance(error, FrameError) and not self._serial:
                raise LinkError(str(error)) from error  # a stream out of step is only mended by a new one
            raise DeviceError(f"{self.url}: {error}") from error
        self._counts["answers"] += 1
        self._heard(number, refused=False)
        return answer

    def _heard(self, number: int, *, refused: bool) -> None:
        self._roll.heard(number, self._begins_ms, refused=refused)
        self._silent_in_row = 0
        self._reconnect_s = RECONNECT_MIN_S

    def _missed(self, number: int) -> None:
        now_ms = self._clock_ms()
        waited_ms = [now_ms - max(job.asked_ms, self._sent_ms) for job in self._queue if job.priority != PROBE]
        self._counts["timeouts"] += 1
        self._silent_in_row += 1
        self._roll.missed(number, max(waited_ms, default=0), now_ms)

    async def _transact(self, link: Link, request: Request, window_ms: int) -> Answer:
        self._transaction = self._transaction % 0xFFFF + 1
        if self._serial:
            await self._listen_for_quiet(link)
        self._counts["requests"] += 1
        self._sent_ms, self._begins_ms = self._clock_ms(), None
        until_s = asyncio.get_running_loop().time() + self._timeout_ms / 1000
        async with asyncio.timeout(min(window_ms, self._timeout_ms) / 1000) as limit:
            await link.write(self._codec.encode(request, self._transaction))
            self._received += await link.read()
            self._begins_ms = self._clock_ms() - self._sent_ms
            while True:
                answer = self._codec.decode(self._received, request, self._transaction)
                if answer is not None:
                    self._received = b""
                    return answer
                if len(self._received) > RECEIVED_BYTES_MAX:
                    raise LinkError("bytes without end and no answer among them: is another master on this line?")
                limit.reschedule(until_s)
                self._received += await link.read()

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
