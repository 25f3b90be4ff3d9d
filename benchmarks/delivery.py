"""Entries a second from the outbox to central's acknowledgement, beside the broker alone and PostgreSQL alone.

The chain: `weighgate run` with a full outbox, Mosquitto, `weighgate central` on PostgreSQL with its durability on, and
back. The clock runs from the first batch on the broker to the moment at which the gateway's own outbox holds none of
the entries that lay there at the start. Evidence is left out here; it has its own row.
"""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import aiomqtt
import psutil  # type: ignore[import-untyped,unused-ignore]
from drafts import fill
from figures import Bench, Figure, Found, Row, Show
from place import SITE, Place, Scales, build_place
from programs import private_folder
from programs_at_work import Program

from gateway.contract.entry import StoredEntry
from gateway.contract.wire import batch_of
from gateway.journal.database import FILE_NAME
from gateway.journal.tables import ENTRIES
from gateway.uplink.relay import BATCH

ROW = Row("delivery", "entries per second: outbox → Mosquitto → central commit in PostgreSQL → acknowledgement")
RATE_MIN = 2_000.0
ENTRIES_COUNT = 4_000
WAIT_S = 60.0
LOOK_S = 0.02
COPY = (
    "INSERT INTO copies (journal, seq, body, prev_hash, hash, signature, key_id, event) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
TABLE = (
    "CREATE TABLE copies (journal text, seq bigint, body bytea, prev_hash bytea, hash bytea UNIQUE, signature bytea, "
    "key_id text, event text, PRIMARY KEY (journal, seq))"
)


def stored(store: Path) -> list[StoredEntry]:
    names = [name for name in StoredEntry.__dataclass_fields__ if name in ENTRIES.c]
    with closing(sqlite3.connect(f"file:{store / FILE_NAME}?mode=ro", uri=True)) as journal:
        rows = journal.execute(f"SELECT {', '.join(names)} FROM entries ORDER BY seq").fetchall()
    return [StoredEntry(**dict(zip(names, row, strict=True))) for row in rows]


def waiting(store: Path) -> int:
    with closing(sqlite3.connect(f"file:{store / FILE_NAME}?mode=ro", uri=True)) as journal:
        found: int = journal.execute("SELECT count(*) FROM outbox WHERE state = 'pending'").fetchone()[0]
        return found


@dataclass(frozen=True, slots=True)
class Chain:
    """How long it took, and what processor time gateway and central spent, s."""

    took_s: float
    gateway_s: float
    central_s: float


def cpu_s(program: Program) -> float:
    assert program.process is not None
    times = psutil.Process(program.process.pid).cpu_times()
    return float(times.user + times.system)


async def _first_batch(port: int) -> None:
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe(f"weighgate/v1/{SITE}/entries")
        async for _ in client.messages:
            return


async def chain(place: Place, central: Program) -> Chain:
    """From the first batch on the broker until nothing waits in the outbox."""
    seen = asyncio.create_task(_first_batch(place.ports["broker"]))
    await asyncio.sleep(0.5)
    gateway = place.gateway()
    await asyncio.to_thread(place.start, gateway)
    await asyncio.wait_for(seen, WAIT_S)
    began_s, before = time.perf_counter(), [cpu_s(one) for one in (gateway, central)]
    while waiting(place.store):
        if time.perf_counter() - began_s > WAIT_S:
            raise TimeoutError(f"{waiting(place.store)} entries wait after {WAIT_S:g} s: {gateway.log_tail()}")
        await asyncio.sleep(LOOK_S)
    took_s = time.perf_counter() - began_s
    spent = [cpu_s(one) - was for one, was in zip((gateway, central), before, strict=True)]
    gateway.stop()
    return Chain(took_s, *spent)


async def broker_alone(port: int, batches: Sequence[bytes]) -> float:
    """Seconds for the same batches from one client through the broker to another, at QoS 1."""
    topic = "bench/entries"
    async with aiomqtt.Client("127.0.0.1", port) as taker, aiomqtt.Client("127.0.0.1", port) as giver:
        await taker.subscribe(topic, 1)

        async def take() -> None:
            count = 0
            async for _ in taker.messages:
                count += 1
                if count == len(batches):
                    return

        taking = asyncio.create_task(take())
        began_s = time.perf_counter()
        for batch in batches:
            await giver.publish(topic, batch, qos=1)
        await taking
        return time.perf_counter() - began_s


def database_alone(place: Place, entries: Sequence[StoredEntry], batches: Sequence[bytes]) -> float:
    """Seconds for the same entries as rows, as many a commit as the relay sends together."""
    with place.connect() as connection:
        connection.execute(TABLE)
        connection.autocommit = False
        began_s = time.perf_counter()
        for number, batch in enumerate(batches):
            event = batch.decode()
            size = len(event) // BATCH
            rows = [
                (one.journal, one.seq, one.body, one.prev_hash, one.hash, one.signature, one.key_id,
                 event[place_ * size : (place_ + 1) * size])
                for place_, one in enumerate(entries[number * BATCH : (number + 1) * BATCH])
            ]  # fmt: skip
            with connection.cursor() as cursor:
                cursor.executemany(COPY.encode(), rows)
            connection.commit()
        return time.perf_counter() - began_s


def measure(quick: bool, show: Show) -> Found:
    count = 200 if quick else ENTRIES_COUNT
    with private_folder() as folder, ExitStack() as stack:
        scales = Scales(lambda n: f"serial://{folder}/no-port-{n}", "yaohua-continuous-0", gear=False)
        place = build_place(folder, stack, scales, http=False)
        show(f"storing {count} weighings")
        asyncio.run(fill(folder / "site.toml", count, raw=False))
        entries = stored(place.store)
        batches = [batch_of(entries[start : start + BATCH], SITE) for start in range(0, len(entries), BATCH)]
        for program in (place.database(), place.broker()):
            place.start(program)
        show("broker alone")
        broker_s = asyncio.run(broker_alone(place.ports["broker"], batches))
        show("PostgreSQL alone")
        database_s = database_alone(place, entries, batches)
        central = place.start(place.central())
        show("the whole chain")
        found = asyncio.run(chain(place, central))
        with place.connect() as connection:
            kept = connection.execute("SELECT count(*) FROM entries").fetchone()
    remarks = [] if kept is not None and kept[0] >= count else [f"delivery: central keeps {kept} of {count} entries"]
    size = sum(map(len, batches)) / count
    remarks.append(f"delivery: {count} entries, {size:.0f} bytes each on the wire, {BATCH} a batch on every side")
    figures = [
        Figure("the whole chain", count / found.took_s, "entries/s", at_least=RATE_MIN),
        Figure("broker alone, QoS 1", count / broker_s, "entries/s"),
        Figure("PostgreSQL alone, batch inserts", count / database_s, "entries/s"),
        Figure("gateway, processor time", found.gateway_s / count * 1000, "ms/entry"),
        Figure("central, processor time", found.central_s / count * 1000, "ms/entry"),
        Figure("chain ÷ broker alone", broker_s / found.took_s, "×"),
        Figure("chain ÷ PostgreSQL alone", database_s / found.took_s, "×"),
    ]
    return Found({ROW.key: figures}, remarks)


BENCH = Bench((ROW,), measure)
