"""What a service manager hears, and that a loop that stands still or a stuck lane starves the watchdog."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from site_at_work import stand_at

from gateway.service import Pulse, ServiceManager


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(0.05)
        self.heard: list[str] = []

    def listen(self) -> list[str]:
        try:
            while True:
                self.heard.append(self.socket.recv(4096).decode())
        except TimeoutError:
            return self.heard

    def until(self, word: str, within_s: float = 30) -> None:
        until_s = time.monotonic() + within_s
        while word not in self.listen():
            assert time.monotonic() < until_s, (word, self.heard)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    one = Manager(str(tmp_path / "notify"))
    with closing(one.socket):
        yield one


def environ(manager: Manager, watchdog_s: float) -> dict[str, str]:
    return {"NOTIFY_SOCKET": manager.socket.getsockname(), "WATCHDOG_USEC": str(round(watchdog_s * 1e6))}


class Time:
    """Sleeps pass at once; what the loop should have slept can be made longer."""

    def __init__(self) -> None:
        self.now_s, self.late_s = 0.0, 0.0

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds + self.late_s
        await asyncio.sleep(0)


async def beats(pulse: Pulse, count: int) -> None:
    task = asyncio.ensure_future(pulse.run())
    for _ in range(count):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})


async def test_it_is_fed_four_times_a_watchdog_while_nothing_is_stuck(manager: Manager) -> None:
    clock = Time()
    pulse = Pulse(ServiceManager(environ(manager, 8)), sleep=clock.sleep, now_s=clock)
    await beats(pulse, 40)
    fed = manager.listen().count("WATCHDOG=1")
    assert clock.now_s / 2 - 1 <= fed <= clock.now_s / 2 + 1
    assert pulse.faults() == []


async def test_a_stuck_lane_starves_it_and_a_lane_that_moves_again_feeds_it(manager: Manager) -> None:
    clock, stuck = Time(), ["lane 1: no step for 61 s"]
    pulse = Pulse(ServiceManager(environ(manager, 8)), lambda: stuck, sleep=clock.sleep, now_s=clock)
    await beats(pulse, 40)
    assert manager.listen() == []
    assert pulse.faults() == stuck
    stuck.clear()
    await beats(pulse, 10)
    assert "WATCHDOG=1" in manager.listen()


async def test_a_loop_that_stood_still_is_told_for_ten_seconds() -> None:
    clock = Time()
    pulse = Pulse(ServiceManager({}), sleep=clock.sleep, now_s=clock)
    await beats(pulse, 3)
    clock.late_s = 3.2
    await beats(pulse, 2)
    assert pulse.faults() == ["loop: stood still for 3.2 s"]
    clock.late_s = 0
    await beats(pulse, 25)
    assert pulse.faults() == []


async def test_a_name_in_the_abstract_and_a_watchdog_for_another_process() -> None:
    address = f"weighgate-test-{os.getpid()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as other:
        other.bind("\0" + address)
        other.settimeout(5)
        manager = ServiceManager({"NOTIFY_SOCKET": "@" + address, "WATCHDOG_USEC": "8", "WATCHDOG_PID": "1"})
        manager.tell("READY=1")
        assert other.recv(100) == b"READY=1"
        assert manager.watchdog_s is None


async def test_a_service_manager_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")
    ServiceManager({}).tell("READY=1")


@pytest.mark.parametrize("name", ["gateway", "central"])
def test_a_real_process_is_ready_feeds_and_says_that_it_stops(name: str, tmp_path: Path, manager: Manager) -> None:
    with stand_at(tmp_path / "stand") as stand:
        child = {"gateway": stand.gateway, "central": stand.central}[name]
        child.environ |= environ(manager, 1)
        child.start()
        manager.until("READY=1")
        assert child.ask("/healthz")[0] == 200, "READY before its door was open"
        manager.until("WATCHDOG=1")
        fed = manager.listen().count("WATCHDOG=1")
        time.sleep(1.5)
        assert manager.listen().count("WATCHDOG=1") > fed
        code, _ = child.stop()
        assert code == 0
        assert "STOPPING=1" in manager.listen()


STUCK = """
import asyncio, os, sys, time
from gateway.service import Pulse, ServiceManager
async def main():
    pulse = asyncio.create_task(Pulse(ServiceManager(os.environ)).run())
    await asyncio.sleep(0.5)
    print("stuck", flush=True)
    time.sleep(30)
asyncio.run(main())
"""


def test_a_loop_that_stands_still_feeds_nobody(manager: Manager) -> None:
    words = [sys.executable, "-c", STUCK]
    with subprocess.Popen(words, env={**os.environ, **environ(manager, 0.4)}, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert "WATCHDOG=1" in manager.listen()
        fed = len(manager.heard)
        time.sleep(1.0)
        assert len(manager.listen()) == fed
        process.kill()
