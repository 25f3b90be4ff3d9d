"""Sixteen indicators on pseudo-terminals, twenty frames a second each: what hearing them costs, and how late they are.

    python serial_devices.py play FOLDER   the indicators: each frame carries its number, and its moment is noted
    python serial_devices.py hear FOLDER   links and scale devices as the gateway has them; no web, no lane

Each indicator speaks another protocol. A reading is late by the time from the write of its frame's last byte to the
call that hands it up, both of CLOCK_MONOTONIC, which the processes share. Both write what they noted at SIGTERM.
"""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from figures import Bench, Figure, Found, Row, Show, percentile

from drivers.device import ScaleDevice
from drivers.link import open_link
from drivers.protocol import ScaleProtocol, load_protocols
from drivers.readings import Reading, WeightReading
from simulator.links import Pty

DEVICES, FRAME_S = 16, 0.05
CPU_PERCENT_MAX, LATE_MS_MAX = 10.0, 5.0
READY_S_MAX = 60.0
ROW = Row("serial", "16 serial devices at 20 frames/s: processor and byte to reading")


def protocols() -> list[ScaleProtocol]:
    """Those that talk by themselves and can say a number of six digits, over and over if there are fewer than ports."""
    talking = [
        one
        for one in load_protocols().values()
        if one.polling is None and one.follower is None and one.span.digits >= 6 and not one.options
    ]
    return [talking[place % len(talking)] for place in range(DEVICES)]


def frame_of(protocol: ScaleProtocol, number: int) -> bytes:
    unit = protocol.span.units[0] if protocol.span.units else None
    return protocol.encode(WeightReading(Decimal(number), unit, protocol.span.stable, protocol.span.net))


async def play(folder: Path) -> dict[str, Any]:
    """Frames are numbered from 1; their moments in nanoseconds, by device."""
    wrote_ns: list[list[int]] = [[] for _ in range(DEVICES)]
    frames = [[frame_of(one, number) for number in range(1, 6000)] for one in protocols()]
    with contextlib.ExitStack() as stack:
        ports = [Pty(folder / f"scale-{place}", lambda _: None) for place in range(DEVICES)]
        for port in ports:
            port.open()
            stack.callback(port.close)
        stop = _until_told_to_stop()
        (folder / "playing").touch()
        due_s, turn = time.monotonic(), 0
        while not stop.is_set() and turn < DEVICES * len(frames[0]):
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            place = turn % DEVICES
            ports[place].write(frames[place][turn // DEVICES])
            wrote_ns[place].append(time.monotonic_ns())
            turn += 1
            due_s = max(due_s + FRAME_S / DEVICES, time.monotonic() - FRAME_S)  # behind by much: no flood afterwards
    return {"wrote_ns": wrote_ns}


async def hear(folder: Path) -> dict[str, Any]:
    """Number and moment of each reading, by device; seconds of processor between `from_ns` and `to_ns`."""
    heard: list[list[tuple[int, int]]] = [[] for _ in range(DEVICES)]

    def take(place: int, reading: Reading) -> None:
        if isinstance(reading, WeightReading) and reading.value is not None:
            heard[place].append((int(reading.value), time.monotonic_ns()))

    devices = [
        ScaleDevice(
            f"scale-{place}", partial(open_link, f"serial://{folder / f'scale-{place}'}?baudrate=115200"), one, "kg",
            2000, lambda: time.monotonic_ns() // 1_000_000, asyncio.sleep, interval_kg=1,
        )
        for place, one in enumerate(protocols())
    ]  # fmt: skip
    stop = _until_told_to_stop()
    async with asyncio.TaskGroup() as running:
        tasks = [
            running.create_task(one.run(partial(take, place), lambda *_: None)) for place, one in enumerate(devices)
        ]
        while not all(heard):  # noqa: ASYNC110 - each has been heard once: the lines are open, the code is warm
            await asyncio.sleep(0.05)
        from_ns, used_s = time.monotonic_ns(), time.process_time()
        (folder / "hearing").touch()
        await stop.wait()
        to_ns, used_s = time.monotonic_ns(), time.process_time() - used_s
        for task in tasks:
            task.cancel()
    return {"heard": heard, "used_s": used_s, "from_ns": from_ns, "to_ns": to_ns}


def _until_told_to_stop() -> asyncio.Event:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    return stop


@contextlib.contextmanager
def _program(word: str, folder: Path) -> Any:
    """Ended with SIGTERM, and what it noted read by the caller from FOLDER/WORD.json."""
    process = subprocess.Popen([sys.executable, __file__, word, str(folder)])
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(path: Path, *processes: "subprocess.Popen[bytes]") -> None:
    give_up_s = time.monotonic() + READY_S_MAX
    while not path.exists():
        if time.monotonic() > give_up_s or any(one.poll() is not None for one in processes):
            raise RuntimeError(f"{path.name}: it did not come to that")
        time.sleep(0.05)


def late_ms(noted: dict[str, Any], wrote: dict[str, Any]) -> tuple[list[float], int]:
    """How late each reading within the window was, and how many frames written in it were never read."""
    late, lost = [], 0
    from_ns, to_ns = noted["from_ns"], noted["to_ns"] - 1_000_000_000  # the last second's may be under way
    for heard, wrote_ns in zip(noted["heard"], wrote["wrote_ns"], strict=True):
        at = dict(heard)
        for number, written_ns in enumerate(wrote_ns, 1):
            if from_ns <= written_ns <= to_ns:
                if number in at:
                    late.append((at[number] - written_ns) / 1e6)
                else:
                    lost += 1
    return late, lost


def measure(quick: bool, show: Show) -> Found:
    seconds = 3 if quick else 40
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with _program("play", folder) as playing:
            _wait_for(folder / "playing", playing)
            with _program("hear", folder) as hearing:
                _wait_for(folder / "hearing", playing, hearing)
                show(f"{seconds} s")
                time.sleep(seconds)
        noted = json.loads((folder / "hear.json").read_text())
        wrote = json.loads((folder / "play.json").read_text())
    late, lost = late_ms(noted, wrote)
    cpu_percent = 100 * noted["used_s"] / ((noted["to_ns"] - noted["from_ns"]) / 1e9)
    figures = [
        Figure("readings", len(late), ""),
        Figure("frames a second, all devices", len(late) / max(seconds - 1, 1), "/s"),
        Figure("frames lost", lost, "", at_most=0),
        Figure("processor, of one core", cpu_percent, "%", at_most=CPU_PERCENT_MAX),
        Figure("byte to reading, p50", percentile(late, 50), "ms"),
        Figure("byte to reading, p99", percentile(late, 99), "ms", at_most=LATE_MS_MAX),
        Figure("byte to reading, slowest", max(late), "ms"),
    ]
    told = ", ".join(dict.fromkeys(one.name for one in protocols()))
    return Found({ROW.key: figures}, [f"serial: {DEVICES} devices speak {told}"])


BENCH = Bench((ROW,), measure)
WORDS: dict[str, Callable[[Path], Any]] = {"play": play, "hear": hear}

if __name__ == "__main__":
    word, folder = sys.argv[1], Path(sys.argv[2])
    noted = asyncio.run(WORDS[word](folder))
    (folder / f"{word}.json").write_text(json.dumps(noted))
