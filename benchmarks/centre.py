"""Central with ten million stored records on PostgreSQL: what one new case costs, and how long a supervisor waits.

Records of three years, 200 sites and one truck for every 33 records are made in it, with the derived rows that follow
from them; then, at one million and at ten, new overloads are stored and derived one at a time, and the lists that
pages show are asked for through the application itself. The durability of PostgreSQL is on while it is measured.
"""

import asyncio
import os
import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
from centre_rows import EPOCH_MS, SITES, YEARS_MS, make_entries, plate_of, weighing_body
from figures import Bench, Figure, Found, Row, Show, percentile
from place import Scales, build_place
from programs import private_folder
from sqlalchemy import insert, text
from sqlmodel import Session

from central.bootstrap import Central, create_app
from central.settings import CentralSettings, SiteSettings
from central.store.case_tables import TallyRow
from central.store.due import Due
from central.store.tables import ENTRIES
from gateway.keys import new_key

ROW = Row("centre", "central with 10 million stored records: one new case traced and counted; a supervisor's lists")
SMALL, LARGE = 1_000_000, 10_000_000
CASES = 400
ASKED = 20
DERIVED_MS_MAX, LISTED_MS_MAX, GROWTH_MAX = 10.0, 100.0, 2.0
ADMIN = "bench-admin-token"
DERIVED = Path(__file__).with_name("centre_derived.sql")

LISTS = (
    "/records",
    "/records?site=site-007",
    "/records?plate={plate}",
    "/records?outcome=exceeded",
    "/records?outcome=exceeded&site=site-007",
    "/records?type=evasion",
    "/records?type=release&from={day}&until={day}",
    "/records?from={day}&until={day}&outcome=exceeded",
    "/statistics",
    "/sites",
    "/statistics/series?unit=month",
    "/statistics/series?unit=day&from={month}-01&until={month}-28",
    "/statistics/sites?unit=month&from={month}-01&until={month}-28",
    "/statistics/kinds?unit=year",
    "/statistics/repeat-offenders?period={month}",
    "/statistics/repeat-offenders?period={year}",
    "/statistics/top-sources?period={month}",
    "/statistics/hundred-tonnes",
    "/statistics/hundred-tonnes?site=site-007",
    "/traces",
    "/traces?result=record-false",
    "/traces?origin_site=site-001&from={day}",
    "/traces?plate={plate}",
    "/leads",
    "/cases",
    "/cases?state=closed",
    "/credit/kept-clean?period={year}",
    "/credit/listings",
    "/referrals",
    "/source-items?overdue=true",
)
"""What pages show, a page of a hundred rows each."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds that passed, and those of them in which a processor worked for it, ours or PostgreSQL's."""

    passed: float
    worked: float


@dataclass(frozen=True, slots=True)
class Costs:
    """One for each time."""

    traced: Sequence[Spent]
    counted: Sequence[Spent]


class Stopwatch:
    """Reads the clock, our own processor time, and that of the backends of this PostgreSQL database."""

    def __init__(self, backends: Sequence[int]) -> None:
        self._files = [Path(f"/proc/{pid}/schedstat") for pid in backends]

    def now(self) -> tuple[float, float]:
        theirs_ns = sum(int(file.read_text().split()[0]) for file in self._files)
        return time.perf_counter() * 1000, time.process_time() * 1000 + theirs_ns / 1e6

    def since(self, begun: tuple[float, float]) -> Spent:
        passed, worked = self.now()
        return Spent(passed - begun[0], worked - begun[1])


def measure(quick: bool, show: Show) -> Found:
    small, large = (2_000, 8_000) if quick else (SMALL, LARGE)
    with private_folder() as folder, ExitStack() as stack:
        scales = Scales(lambda n: f"serial://{folder}/no-port-{n}", "yaohua-continuous-0", gear=False)
        place = build_place(folder, stack, scales, http=False)
        place.start(place.database())
        with place.connect() as connection:
            connection.execute("CREATE DATABASE centre")
            connection.execute("ALTER SYSTEM SET shared_buffers = '512MB'")
            connection.execute("ALTER SYSTEM SET maintenance_work_mem = '512MB'")
            connection.execute("ALTER SYSTEM SET max_wal_size = '8GB'")
            connection.execute("SELECT pg_reload_conf()")
        return _measured(folder, place.ports["database"], small, large, quick=quick, show=show)


def _measured(folder: Path, port: int, small: int, large: int, *, quick: bool, show: Show) -> Found:
    url = f"postgresql+psycopg://weighgate@127.0.0.1:{port}/centre"
    app = create_app(_settings(folder, url), clock=_now, new_incarnation=lambda: "bench", inline=True)
    central: Central = app.state.central
    with psycopg.connect(host="127.0.0.1", port=port, user="weighgate", dbname="centre", autocommit=True) as connection:
        _fill(connection, 0, small, show)
        first = _costs(central, small, CASES // 20 if quick else CASES, show)
        _fill(connection, small, large, show)
        second = _costs(central, large, CASES // 20 if quick else CASES, show)
        lists = asyncio.run(_lists(app, large, 2 if quick else ASKED, show))
        size = connection.execute("SELECT pg_database_size('centre')").fetchone()
    central.close()
    passed = {path: [one.passed for one in spent] for path, spent in lists.items()}
    worked = {path: percentile([one.worked for one in spent], 95) for path, spent in lists.items()}
    every = [value for values in passed.values() for value in values]
    worst = max(passed, key=lambda path: percentile(passed[path], 95))
    traced = _p99(second.traced), _p99(first.traced)
    counted = _p99(second.counted), _p99(first.counted)
    figures = [
        Figure(f"one overload traced, p99, at {large:,}", traced[0], "ms", at_most=DERIVED_MS_MAX),
        Figure(f"÷ the same at {small:,}", traced[0] / traced[1], "×", at_most=GROWTH_MAX),
        Figure("one decided case counted for three parties, p99", counted[0], "ms", at_most=DERIVED_MS_MAX),
        Figure(f"÷ the same at {small:,}", counted[0] / counted[1], "×", at_most=GROWTH_MAX),
        Figure("processor time of it: traced, p99", percentile([one.worked for one in second.traced], 99), "ms"),
        Figure("processor time of it: counted, p99", percentile([one.worked for one in second.counted], 99), "ms"),
        Figure("processor time of the dearest list, p95", max(worked.values()), "ms"),
        Figure("list queries, p95 of all", percentile(every, 95), "ms", at_most=LISTED_MS_MAX),
        Figure("the slowest list, p95", percentile(passed[worst], 95), "ms", at_most=LISTED_MS_MAX),
    ]
    remarks = [f"centre: the slowest list is {worst}; the database has {(size or [0])[0] / 2**30:.1f} GiB"]
    slow = [f"{path} {percentile(values, 95):.0f} ms" for path, values in passed.items() if percentile(values, 95) > 50]
    remarks += [f"centre: lists above 50 ms at p95: {'; '.join(slow)}"] if slow else []
    dear = sorted(worked, key=worked.__getitem__, reverse=True)[:5]
    remarks.append("centre: dearest by processor time: " + "; ".join(f"{path} {worked[path]:.0f} ms" for path in dear))
    return Found({ROW.key: figures}, remarks)


def _p99(spent: Sequence[Spent]) -> float:
    return percentile([one.passed for one in spent], 99)


def _settings(folder: Path, url: str) -> CentralSettings:
    new_key(folder / "centre.key")
    sites = tuple(SiteSettings(site, "", ()) for site in SITES)
    return CentralSettings("127.0.0.1", 0, url, folder / "evidence", folder / "centre.key", ADMIN, None, sites)


def _now() -> datetime:
    return datetime.fromtimestamp((EPOCH_MS + YEARS_MS) / 1000, tz=UTC)


def _fill(connection: psycopg.Connection, begin: int, end: int, show: Show) -> None:
    """Entries with the indexes away, then the derived rows, as their derivations would leave them."""
    _durability(connection, on=False)
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'entries' AND indexname <> 'entries_pkey'"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    connection.execute("DELETE FROM due")
    make_entries(connection, begin, end, lambda done: show(f"{done:,} of {end:,} records"))
    for name, definition in indexes:
        show(f"index {name}")
        connection.execute(str(definition).encode())
    for statement in DERIVED.read_text(encoding="utf-8").split("\n\n"):
        show(f"derived: {statement.splitlines()[0][:40]}")
        connection.execute(statement.encode())
    show("analysing")
    connection.execute("VACUUM ANALYZE")
    _durability(connection, on=True)
    connection.execute("CHECKPOINT")
    show("what was filled in reaches the disk")
    os.sync()  # it was written without: the system would go on writing gigabytes while we measure


def _durability(connection: psycopg.Connection, *, on: bool) -> None:
    connection.execute(f"ALTER SYSTEM SET fsync = {'on' if on else 'off'}".encode())
    connection.execute("SELECT pg_reload_conf()")


def _costs(central: Central, stored: int, count: int, show: Show) -> Costs:
    """New overloads and new decided cases of vehicles that are known, one at a time, as the deriver does them."""
    dice = random.Random(stored)
    derivations = central.deriver._derivations  # noqa: SLF001 - what is measured is one step of it
    traced, counted = [], []
    watch = _watch(central)
    trace, party = derivations["vehicle"][2], derivations["party"]
    for number in range(stored, stored + count):
        show(f"new cases at {stored:,}: {number - stored} of {count}")
        plate, at_ms = plate_of(dice.randrange(stored)), EPOCH_MS + dice.randrange(YEARS_MS)
        traced.append(central.database.run_here(partial(_trace_one, watch, trace, plate, at_ms, number)))
        counted.append(central.database.run_here(partial(_count_one, watch, party, plate, at_ms, number)))
    return Costs(traced, counted)


def _watch(central: Central) -> Stopwatch:
    query = text("SELECT pid FROM pg_stat_activity WHERE datname = 'centre' AND backend_type = 'client backend'")
    pids = central.database.run_here(lambda session: list(session.connection().execute(query).scalars()))
    return Stopwatch([int(pid) for pid in pids])


def _derived(session: Session, derivations: Sequence[Any], dues: Sequence[Due]) -> None:
    for due in dues:
        for derive in derivations:
            list(derive(session, due))
    session.flush()


def _trace_one(watch: Stopwatch, trace: Any, plate: str, at_ms: int, number: int, session: Session) -> Spent:
    body = weighing_body("new", number, "site-002", plate, 60_000, "exceeded")
    row = {
        "journal": "new", "seq": number, "site": "site-002", "type": "weighing", "at_ms": at_ms, "received_ms": at_ms,
        "body": body, "prev_hash": b"", "hash": b"", "signature": b"", "key_id": "", "alg": "", "lane": "1",
        "plate": plate, "colour": "yellow", "gross_kg": 60_000, "outcome": "exceeded", "excess_kg": 11_000,
        "action": "hold", "parent": None,
    }  # fmt: skip
    session.connection().execute(insert(ENTRIES), row)
    begun = watch.now()
    _derived(session, [trace], [Due("vehicle", plate, at_ms, at_ms)])
    return watch.since(begun)


def _count_one(watch: Stopwatch, party: Sequence[Any], plate: str, at_ms: int, number: int, session: Session) -> Spent:
    """Against vehicle, driver and enterprise; what is timed is all three."""
    keys = {"vehicle": f"{plate}|yellow", "driver": f"d-{plate}", "enterprise": f"e-{number % 5000}"}
    for name, key in keys.items():
        case = f"new-{number}"
        session.add(
            TallyRow(
                party=name, party_key=key, case=case, act_key=case, happened_ms=at_ms, decided_ms=at_ms,
                vehicle=keys["vehicle"], origin="transport",
            )
        )  # fmt: skip
    session.flush()
    begun = watch.now()
    _derived(session, party, [Due("party", f"{name}|{key}", at_ms, at_ms) for name, key in keys.items()])
    return watch.since(begun)


async def _lists(app: Any, stored: int, times: int, show: Show) -> dict[str, list[Spent]]:
    """Each list so many times, in turn: the answer whole, with its access noted."""
    found: dict[str, list[Spent]] = {path: [] for path in LISTS}
    dice, watch = random.Random(stored), _watch(app.state.central)
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central") as client:
        for turn in range(times):
            show(f"lists at {stored:,}: {turn} of {times}")
            for path in LISTS:
                day = datetime.fromtimestamp((EPOCH_MS + dice.randrange(YEARS_MS)) / 1000, tz=UTC)
                words = {"plate": plate_of(dice.randrange(stored)), "day": f"{day:%Y-%m-%d}", "month": f"{day:%Y-%m}"}
                asked = f"/api/v1{path.format(**words, year=day.year)}"
                begun = watch.now()
                answer = await client.get(asked, headers=headers)
                found[path].append(watch.since(begun))
                if answer.status_code != 200:
                    raise ValueError(f"{asked}: {answer.status_code} {answer.text[:300]}")
    return found


BENCH = Bench((ROW,), measure)
