"""How soon `weighgate sniff` names what a live line speaks, and how often it is right over all formats and settings.

Live: the command as it is, on a pseudo-terminal that carries 960 bytes a second, as 9600 baud do, ten frames a second
at most; the clock runs from its start to its answer, the start of the interpreter included. Formats that wait to be
asked are heard as on a wire where somebody else asks. What of it is listening, a virtual clock tells: the same walk on
the same stream, where only waiting takes time. The settings: weighgate/confusion.py, bit by bit.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from itertools import cycle
from pathlib import Path
from statistics import median

from figures import Bench, Figure, Found, Row, Show

from drivers.errors import LinkError
from drivers.link import MemoryLink, memory_pair
from drivers.sniff.line import Line
from drivers.sniff.walk import walk
from simulator.links import Pty
from weighgate.confusion import SENT, Format, formats, frames_of, trials
from weighgate.virtual.loop import VirtualLoop

BYTES_S, FRAME_S = 960, 0.1
AT_ONCE = 2
NAMED_S_MAX, RIGHT_PERCENT_MIN = 5.0, 99.0
ANSWER_S_MAX = 120.0
ROW = Row("sniff", "sniff on a live 9600-baud line, and over all formats and line settings")


async def _talk(port: Pty, one: Format) -> None:
    """A truck drives on, stands and drives off, over and over; whoever listens comes in the midst of it."""
    for frame in cycle(frames_of(one)):
        port.write(frame)
        await asyncio.sleep(max(FRAME_S, len(frame) / BYTES_S))


async def named(one: Format, folder: Path) -> tuple[float, list[str]]:
    """Seconds to the answer, and who was named: best first, then who cannot be told from it."""
    port = Pty(folder / one.name, lambda _: None)
    port.open()
    with closing(port):
        talking = asyncio.create_task(_talk(port, one))
        began_s = time.monotonic()
        sniff = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "weighgate", "sniff", str(folder / one.name), "--json",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                said = (await sniff.communicate())[0]
        finally:
            talking.cancel()
            if sniff.returncode is None:
                sniff.kill()
        took_s = time.monotonic() - began_s
    best = [json.loads(line) for line in said.splitlines()][:1]
    titles = [title for found in best for title in (found["protocol"], *found["ambiguous_with"])]
    return took_s, list(dict.fromkeys(title.partition(" ")[0] for title in titles))


async def _listens_s(one: Format) -> float:
    """Seconds on the loop's clock until the walk is sure, or has listened as long as it may."""
    port, indicator = memory_pair()

    async def talk() -> None:
        with suppress(LinkError):  # the listener has gone
            for frame in cycle(frames_of(one)):
                await indicator.write(frame)
                await asyncio.sleep(max(FRAME_S, len(frame) / BYTES_S))

    async def open_at(_: Line) -> MemoryLink:
        return port

    loop = asyncio.get_running_loop()
    talking, began_s = asyncio.create_task(talk()), loop.time()
    async for _ in walk(open_at, [Line(9600)], formats()):
        pass
    took_s = loop.time() - began_s
    talking.cancel()
    return took_s


async def _live(known: Sequence[Format], show: Show) -> list[tuple[Format, float, list[str]]]:
    turns = asyncio.Semaphore(AT_ONCE)
    with tempfile.TemporaryDirectory() as folder:

        async def one_after_another(one: Format) -> tuple[Format, float, list[str]]:
            async with turns:
                show(f"live: {one.name}")
                return (one, *await named(one, Path(folder)))

        return await asyncio.gather(*map(one_after_another, known))


def measure(quick: bool, show: Show) -> Found:
    known = formats()
    live = asyncio.run(_live(known[:2] if quick else known, show))
    took_s = [seconds for _, seconds, _ in live]
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        listening_s = [runner.run(_listens_s(one)) for one, _, _ in live]
    astray = [f"{one.name} live: named {names or 'nobody'}" for one, _, names in live if one.name not in names]
    figures = [
        Figure("live: named, median", median(took_s), "s", at_most=NAMED_S_MAX),
        Figure("live: named, slowest", max(took_s), "s"),
        Figure("of it listening, median", median(listening_s), "s"),
        Figure("of it listening, slowest", max(listening_s), "s"),
        Figure(f"live: not named rightly, of {len(live)}", len(astray), "", at_most=0),
    ]
    show("settings")
    tried = list(trials(known, SENT[:1] if quick else SENT))
    right, sure = sum(one.right for one in tried), sum(one.sure for one in tried)
    wrong = [f"{one.protocol} at {one.sent}: named {', '.join(one.named)}" for one in tried if one.wrong]
    figures += [
        Figure("formats × settings tried", len(tried), ""),
        Figure("right, ambiguous ones included", 100 * right / len(tried), "%", at_least=RIGHT_PERCENT_MIN),
        Figure("right and sure", 100 * sure / len(tried), "%"),
        Figure("wrong", len(wrong), "", at_most=0),
    ]
    return Found({ROW.key: figures}, [*astray, *wrong])


BENCH = Bench((ROW,), measure)
