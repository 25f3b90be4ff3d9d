"""A process under a service manager: what it tells it, how it shows that it lives, and how it ends.

Gateway and central both use it; it knows neither of them. The words are sd_notify(3)'s: READY=1, STOPPING=1 and, for
as long as the loop turns and nothing reports itself stuck, WATCHDOG=1.
"""

import asyncio
import faulthandler
import os
import signal
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog

STOP_S = 5.0
"""An end that takes longer is cut short: what hangs is told on stderr, and the exit code is 1."""

BEAT_S = 0.5
STUCK_S = 2.0
REMEMBERED_BEATS = 20
FEEDS_PER_WATCHDOG = 4
CANCEL_S, CANCELS_MAX = 0.05, 4
STDERR = 2

log = structlog.get_logger()


class ServiceManager:
    """Whoever started us, where it asked to be told (NOTIFY_SOCKET); silent where nobody did."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        mine = environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
        us = environ.get("WATCHDOG_USEC", "") if mine else ""
        self.watchdog_s = int(us) / 1_000_000 if us.isdecimal() and int(us) else None

    def tell(self, words: str) -> None:
        """One datagram. Nobody's work stops because it could not be sent: a watchdog will notice."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
                door.setblocking(False)
                door.sendto(words.encode(), self._address)
        except OSError as error:
            log.warning("service_manager_not_told", words=words, reason=str(error))


class Pulse:
    """The loop's heartbeat. `stuck` names what no longer moves; while it names something the watchdog starves."""

    def __init__(
        self,
        manager: ServiceManager,
        stuck: Callable[[], Sequence[str]] = tuple,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now_s: Callable[[], float] | None = None,
    ) -> None:
        self._manager, self._stuck, self._sleep = manager, stuck, sleep
        self._now_s = now_s
        self._lags: deque[float] = deque(maxlen=REMEMBERED_BEATS)
        self._told: tuple[str, ...] = ()

    @property
    def lag_s(self) -> float:
        """The longest that the loop stood still within the last ten seconds."""
        return max(self._lags, default=0.0)

    def faults(self) -> list[str]:
        """What is wrong with this process, one line each; nothing when it is alive."""
        stood = [f"loop: stood still for {self.lag_s:.1f} s"] if self.lag_s > STUCK_S else []
        return [*stood, *self._stuck()]

    async def run(self) -> None:
        """Until cancelled."""
        now_s = self._now_s or asyncio.get_running_loop().time
        fed_s = None
        every_s = None if self._manager.watchdog_s is None else self._manager.watchdog_s / FEEDS_PER_WATCHDOG
        beat_s = BEAT_S if every_s is None else min(BEAT_S, every_s)
        while True:
            stuck = tuple(self._stuck())
            if stuck != self._told:
                tell, event = (log.error, "stuck") if stuck else (log.info, "no_longer_stuck")
                tell(event, what=list(stuck))
                self._told = stuck
            if every_s is not None and not stuck and (fed_s is None or now_s() >= fed_s + every_s - beat_s / 2):
                self._manager.tell("WATCHDOG=1")
                fed_s = now_s()
            due_s = now_s() + beat_s
            await self._sleep(beat_s)
            self._lags.append(max(0.0, now_s() - due_s))


class Ending:
    """`asked` is set by the first SIGTERM or SIGINT; a second one ends the process at once, as the system does it."""

    def __init__(self, manager: ServiceManager) -> None:
        self.asked = asyncio.Event()
        self._manager = manager
        self._begun = False

    def begin(self) -> None:
        """From here on STOP_S are left."""
        if self._begun:
            return
        self._begun = True
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        faulthandler.dump_traceback_later(STOP_S, exit=True, file=STDERR)
        self._manager.tell("STOPPING=1")
        self.asked.set()


@contextmanager
def ending(manager: ServiceManager) -> Iterator[Ending]:
    """Signals are ours inside, and as they were before it afterwards."""
    one, loop = Ending(manager), asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        loop.add_signal_handler(number, one.begin)
    try:
        yield one
    finally:
        faulthandler.cancel_dump_traceback_later()
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


async def ended(tasks: Sequence["asyncio.Task[Any]"], within_s: float, *, cancel: bool) -> None:
    """Wait for these, or ask them to end at once (`cancel`). Whoever has not ended in time is cancelled again, a few
    times, because libraries can swallow a cancellation.
    """
    if not tasks:
        return
    if cancel:
        for task in tasks:
            task.cancel()
    await asyncio.wait(tasks, timeout=within_s)
    for _ in range(CANCELS_MAX):
        left = [task for task in tasks if not task.done()]
        if not left:
            return
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=CANCEL_S)
