"""Frames a second: the gateway's reader beside a hand loop that does the least anyone could over the same bytes.

The hand loop knows the wire: one regular expression over the whole recording, the checksum, a Decimal and one object
a frame. It keeps no noise, gives no reasons, and would lose a frame that stands inside a broken one.
"""

import random
import re
import time
from collections.abc import Callable
from decimal import Decimal
from functools import reduce
from operator import xor
from statistics import median

from figures import Bench, Figure, Found, Row, Show

from drivers.link import READ_BYTES_MAX
from drivers.protocol import Reader, ScaleProtocol, load_protocols
from drivers.readings import WeightReading

CLEAN, NOISY = "clean", "noise"
HIT_SHARE = 0.1  # of the frames: a byte altered, a byte lost, or random bytes thrown in
BURST_BYTES_MAX = 8
SPEED_MIN, NOISE_COST_MAX = 0.5, 2.0
ROW = Row("frames", "frames decoded per second, clean and with 10 % noise")

YAOHUA = re.compile(rb"\x02([+-]\d{6})([0-4])([0-9A-F]{2})\x03")
TOLEDO = re.compile(rb"(\x02([\x20-\x3f])([\x20-\x7f])([\x20-\x7f])( *\d+)(?<=.{10})( *\d*)(?<=.{16})\r)(.)", re.DOTALL)


def yaohua_by_hand(recording: bytes) -> list[WeightReading]:
    found = []
    for match in YAOHUA.finditer(recording):
        digits, decimals, checksum = match.groups()
        if b"%02X" % reduce(xor, match.group()[1:9]) == checksum:
            found.append(WeightReading(Decimal(digits.decode()).scaleb(-int(decimals))))
    return found


def toledo_by_hand(recording: bytes) -> list[WeightReading]:
    found = []
    for match in TOLEDO.finditer(recording):
        covered, swa, swb, _, digits, _, checksum = match.groups()
        if -sum(covered) & 0x7F != checksum[0]:
            continue
        sign = -1 if swb[0] & 2 else 1
        number = Decimal(sign * int(digits)).scaleb(2 - (swa[0] & 7))
        found.append(WeightReading(number, "kg", stable=not swb[0] & 8, net=bool(swb[0] & 1)))
    return found


BY_HAND: dict[str, Callable[[bytes], list[WeightReading]]] = {
    "yaohua-continuous-0": yaohua_by_hand,
    "toledo-continuous": toledo_by_hand,
}


def by_reader(protocol: ScaleProtocol, recording: bytes) -> list[WeightReading]:
    """In the pieces in which a link reads."""
    reader = Reader(protocol)
    found = []
    for start in range(0, len(recording), READ_BYTES_MAX):
        found += reader.feed(recording[start : start + READ_BYTES_MAX])
    found += reader.finish()
    return [one for one in found if isinstance(one, WeightReading)]


def record(protocol: ScaleProtocol, count: int, seed: int, hit_share: float) -> tuple[bytes, int]:
    """A recording of `count` frames and how many of them were left whole."""
    rng = random.Random(seed)
    pieces, whole = [], 0
    for _ in range(count):
        kilograms = WeightReading(Decimal(rng.randrange(0, 60_000, 20)), unit="kg", stable=True, net=False)
        frame = protocol.encode(kilograms)
        if rng.random() < hit_share:
            frame = _hit(frame, rng)
        else:
            whole += 1
        pieces.append(frame)
    return b"".join(pieces), whole


def _hit(frame: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(frame))
    burst = rng.randbytes(rng.randint(1, BURST_BYTES_MAX))
    return rng.choice(
        (
            frame[:place] + bytes([frame[place] ^ 1 << rng.randrange(7)]) + frame[place + 1 :],
            frame[:place] + frame[place + 1 :],
            frame[:place] + burst + frame[place:],
        )
    )


def _timed(work: Callable[[], list[WeightReading]]) -> tuple[float, int]:
    began_s = time.perf_counter()
    found = len(work())
    return time.perf_counter() - began_s, found


def _rounds(protocol: ScaleProtocol, count: int, rounds: int) -> tuple[dict[str, list[float]], list[str]]:
    """Seconds of each round, by who and what; and what was read wrongly."""
    hand = BY_HAND[protocol.name]
    clean, _ = record(protocol, count, 1, 0.0)
    noisy, whole = record(protocol, count, 2, HIT_SHARE)
    seconds: dict[str, list[float]] = {"ours": [], "hand": [], "noise": []}
    remarks = []
    for _ in range(rounds):  # in turn, so that a machine that slows down slows all of them
        for name, work in (
            ("ours", lambda: by_reader(protocol, clean)),
            ("hand", lambda: hand(clean)),
            ("noise", lambda: by_reader(protocol, noisy)),
        ):
            took_s, found = _timed(work)
            seconds[name].append(took_s)
            if found < (whole if name == "noise" else count):
                remarks.append(f"{protocol.name}: {name} read {found} frames of {count}, {whole} whole in noise")
    return seconds, sorted(set(remarks))


def measure(quick: bool, show: Show) -> Found:
    count, rounds = (500, 2) if quick else (20_000, 9)
    figures, remarks = [], []
    for name in BY_HAND:
        show(f"{name}, {rounds} rounds")
        seconds, wrong = _rounds(load_protocols()[name], count, rounds)
        remarks += wrong
        speed = median(hand / ours for hand, ours in zip(seconds["hand"], seconds["ours"], strict=True))
        cost = median(noise / ours for noise, ours in zip(seconds["noise"], seconds["ours"], strict=True))
        figures += [
            Figure(f"{name}: ours, clean", count / median(seconds["ours"]), "frames/s"),
            Figure(f"{name}: hand loop, clean", count / median(seconds["hand"]), "frames/s"),
            Figure(f"{name}: ours, 10 % noise", count / median(seconds["noise"]), "frames/s"),
            Figure(f"{name}: ours ÷ hand loop, clean", speed, "×", at_least=SPEED_MIN),
            Figure(f"{name}: cost of noise", cost, "×", at_most=NOISE_COST_MAX),
        ]
    return Found({ROW.key: figures}, remarks)


BENCH = Bench((ROW,), measure)
