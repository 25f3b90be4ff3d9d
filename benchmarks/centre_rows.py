"""Records for the centre bench, made from their number: three years, 200 sites, a truck for every 33 records."""

import json
from collections.abc import Callable

import psycopg

SITES = [f"site-{number:03d}" for number in range(200)]
EPOCH_MS = 1_672_502_400_000  # 2023-01-01 in China
YEARS_MS = 3 * 365 * 86_400_000
STEP = 50_000
_COLUMNS = (
    "journal, seq, site, type, lane, at_ms, received_ms, body, prev_hash, hash, signature, key_id, alg, plate, colour,"
    " gross_kg, outcome, excess_kg, action, parent"
)


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


def copy_entries(connection: psycopg.Connection, begin: int, end: int, done: Callable[[int], None]) -> None:
    """Rows `begin` to `end` by COPY. One in twenty weighings is over; one entry in fifty is a release, few are rare."""
    for start in range(begin, end, STEP):
        done(start)
        with connection.cursor() as cursor, cursor.copy(f"COPY entries ({_COLUMNS}) FROM STDIN".encode()) as copy:
            for number in range(start, min(start + STEP, end)):
                copy.write_row(_row(number))


def _row(number: int) -> tuple[object, ...]:
    site = SITES[number * 31 % 200]
    journal, seq = f"{site}-j", number + 1
    at_ms = EPOCH_MS + number * 48_271 % 1_000_003 * (YEARS_MS // 1_000_003) + number % 997
    plate = plate_of(number)
    kind = "evasion" if number % 50_000 == 7 else "release" if number % 50 == 3 else "weighing"
    over = number % 20 == 0
    gross_kg = (101_000 if number % 5_000 == 0 else 50_000 + number % 20_000) if over else 20_000 + number % 29_000
    outcome = "exceeded" if over else "within"
    if kind != "weighing":
        body = b'{"content":{"ground":"operator"}}'
        gross, said, excess, action, parent = None, None, None, None, f"{journal}/{max(1, seq - 200)}"
    else:
        body = weighing_body(journal, seq, site, plate, gross_kg, outcome)
        gross, said, excess, parent = gross_kg, outcome, max(0, gross_kg - 49_000), None
        action = "hold" if over else "release"
    digest = number.to_bytes(32, "big")
    return (
        journal, seq, site, kind, "1", at_ms, at_ms, body, digest, digest, digest * 2, "bench", "ed25519-sha256",
        plate, "yellow", gross, said, excess, action, parent,
    )  # fmt: skip
