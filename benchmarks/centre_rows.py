"""Records for the centre bench, made from their number: three years, 200 sites, a truck for every 33 records."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg

SITES = [f"site-{number:03d}" for number in range(200)]
EPOCH_MS = 1_672_502_400_000  # 2023-01-01 in China
YEARS_MS = 3 * 365 * 86_400_000
STEP = 250_000
ROWS = Path(__file__).with_suffix(".sql")


def plate_of(number: int) -> str:
    """The truck of one record: those of a truck are spread over the whole time."""
    truck = number * 7_919 % (number // 1_000_000 * 30_303 + 30_303)
    return f"豫{'ABCDEFGH'[truck % 8]}{truck:06d}"


def weighing_body(journal: str, seq: int, site: str, plate: str, gross_kg: int, outcome: str) -> bytes:
    """A weighing's document, shorter than a real one, with what derivations read."""
    kind = "source-exit" if int(site[5:]) % 4 == 1 else "checkpoint"
    content = {
        "check": "first", "parent": None,
        "place": {"kind": kind, "enforcement_mode": "transport", "name": site, "region": "410000"},
        "identity": {"plate": plate, "colour": "yellow", "vehicle": {"layout": "1+2+3", "kerb_kg": 15_000}},
        "measurement": {"gross_kg": gross_kg, "flags": [], "axle_loads_kg": [gross_kg // 6] * 6},
        "judgement": {
            "rule_set": "cn-annex124-2016", "action": "hold" if outcome == "exceeded" else "release", "suspicions": [],
            "road_limit": {"outcome": outcome, "limit_kg": 49_000, "excess_kg": max(0, gross_kg - 49_000)},
        },
    }  # fmt: skip
    return json.dumps(
        {"v": 1, "id": f"{journal}/{seq}", "type": "weighing", "site": site, "content": content}, separators=(",", ":")
    ).encode()


def make_entries(connection: psycopg.Connection, begin: int, end: int, done: Callable[[int], None]) -> None:
    """Rows `begin` to `end` over the three years, as `plate_of` and `weighing_body` say."""
    years = {"first": begin, "last": end, "epoch_ms": EPOCH_MS, "years_ms": YEARS_MS}
    for start in range(begin, end, STEP):
        done(start)
        span = {"begin": start, "end": min(start + STEP, end)}
        connection.execute(ROWS.read_text(encoding="utf-8").encode(), years | span)
