"""From the start of the process `weighgate run` to its first reading: the gateway's own page says that scales are live.

The clock runs from the fork to the first answer that names a live scale, and to the one that names all
eight. The page opens after the scales, so that the figure is never too good. Files are in the page cache.
"""

import time
from contextlib import ExitStack
from statistics import median

import httpx
from backlog import devices
from figures import Bench, Figure, Found, Row, Show
from place import LANES, LOCAL_TOKEN, Place, Scales, build_place
from programs import private_folder

ROW = Row("start", "start to first reading")
START_S_MAX = 2.0
WAIT_S = 30.0
LOOK_S = 0.005


def _start(place: Place, client: httpx.Client) -> tuple[float, float]:
    """Seconds to the first live scale and to the last."""
    gateway = place.gateway()
    began_s = time.monotonic()
    gateway.start()
    place.stack.callback(lambda: gateway.running and gateway.stop())
    first_s = None
    while time.monotonic() - began_s < WAIT_S:
        live = _live(client, place.web)
        now_s = time.monotonic() - began_s
        if live and first_s is None:
            first_s = now_s
        if live == LANES and first_s is not None:
            gateway.stop()
            return first_s, now_s
        time.sleep(LOOK_S)
    raise TimeoutError(f"no reading within {WAIT_S:g} s: {gateway.log_tail()}")


def _live(client: httpx.Client, web: str) -> int:
    try:
        answer = client.get(f"{web}/api/v1/state", headers={"authorization": f"Bearer {LOCAL_TOKEN}"})
    except httpx.TransportError:
        return 0
    if not answer.is_success:
        return 0
    return sum(lane["scale"] == "live" for lane in answer.json()["lanes"].values())


def measure(quick: bool, show: Show) -> Found:
    rounds = 1 if quick else 7
    found = []
    with private_folder() as folder, ExitStack() as stack:
        scales = Scales(lambda n: f"serial://{folder}/ports/scale-{n}?baudrate=9600", "yaohua-continuous-0", gear=False)
        place = build_place(folder, stack, scales)
        place.start(devices(place, "frames"))
        client = stack.enter_context(httpx.Client(timeout=2.0, trust_env=False))
        for number in range(rounds):
            show(f"start {number + 1} of {rounds}")
            found.append(_start(place, client))
    figures = [
        Figure(f"to the first reading, median of {rounds}", median(first for first, _ in found), "s"),
        Figure("to the first reading, slowest", max(first for first, _ in found), "s", at_most=START_S_MAX),
        Figure("to a reading of all 8 scales, slowest", max(last for _, last in found), "s"),
    ]
    return Found({ROW.key: figures})


BENCH = Bench((ROW,), measure)
