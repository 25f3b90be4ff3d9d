"""Durable weighings a second: eight lanes through the real journal beside raw sqlite3, a commit each, the same disk.

The raw side writes rows with the same bytes (entry, outbox, evidence, marker) in WAL with synchronous=FULL, one
transaction a weighing. It makes no JSON, no hash and no signature, and reads nothing back. What the journal wins is one
commit for all lanes that wait together; a lane alone can win nothing, and that figure is shown too.
"""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from drafts import content_of, drafts, open_store
from figures import Bench, Figure, Found, Row, Show
from place import LANES, SITE, Scales, build_place
from programs import private_folder

from gateway.bootstrap import SWITCH_S
from gateway.contract.entry import canonical
from gateway.journal import verify
from gateway.keys import new_key
from gateway.ports import Draft
from gateway.settings import load_site

ROW = Row("durable", "durable weighings per second, 8 lanes")
RATIO_MIN = 1.0
RAW_BYTES = (10_000, 14_000)  # half a minute of frames
TABLES = """
CREATE TABLE entries (row INTEGER PRIMARY KEY, body BLOB, prev_hash BLOB, hash BLOB, signature BLOB, UNIQUE (hash));
CREATE TABLE outbox (row INTEGER PRIMARY KEY, state TEXT, priority INTEGER);
CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, content BLOB);
CREATE TABLE markers (lane TEXT PRIMARY KEY, passage INTEGER, state TEXT);
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """`rate`: weighings a second; `cpu_ms`: processor time of one, all threads together."""

    rate: float
    cpu_ms: float


async def _ours(store: Path, lanes: Sequence[Sequence[Draft]]) -> Pace:
    """Each lane waiting for its own commit before its next weighing."""

    async def weigh(mine: Sequence[Draft]) -> None:
        for draft in mine:
            await journal.append(draft)

    async with await open_store(store, SITE) as journal:
        began = time.perf_counter(), time.process_time()
        await asyncio.gather(*(weigh(mine) for mine in lanes))
        return _pace(sum(map(len, lanes)), began)


def _pace(count: int, began: tuple[float, float]) -> Pace:
    took_s, spent_s = time.perf_counter() - began[0], time.process_time() - began[1]
    return Pace(count / took_s, spent_s / count * 1000)


def _raw(file: Path, lanes: Sequence[Sequence[Draft]]) -> Pace:
    """The same weighings, one commit each."""
    ready = [(canonical(draft.content), draft) for draft in (one for turn in zip(*lanes, strict=True) for one in turn)]
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + TABLES)
        began = time.perf_counter(), time.process_time()
        for number, (body, draft) in enumerate(ready):
            digest = number.to_bytes(32, "big")
            connection.execute("BEGIN")
            connection.execute(
                "INSERT INTO entries (body, prev_hash, hash, signature) VALUES (?, ?, ?, ?)",
                (body, digest, digest, digest + digest),
            )
            connection.execute("INSERT INTO outbox (state, priority) VALUES ('pending', ?)", (draft.priority,))
            for piece in draft.evidence:
                connection.execute("INSERT INTO blobs VALUES (?, ?)", (piece.sha256, piece.content))
            connection.execute("REPLACE INTO markers VALUES (?, ?, 'recorded')", (draft.lane, number))
            connection.execute("COMMIT")
        return _pace(len(ready), began)


def _lanes(site_file: Path, count: int, lanes: int) -> list[list[Draft]]:
    content = content_of(load_site(site_file))
    share = count // lanes
    return [
        list(drafts(content, f"{lane}", share, first=lane * share + 1, raw_bytes=RAW_BYTES, marked=True))
        for lane in range(lanes)
    ]


def _round(folder: Path, name: str, lanes: Sequence[Sequence[Draft]]) -> dict[str, Pace]:
    store = folder / name
    store.mkdir()
    new_key(store / "box.key")
    return {"ours": asyncio.run(_ours(store, lanes)), "raw": _raw(folder / f"{name}.sqlite", lanes)}


def measure(quick: bool, show: Show) -> Found:
    count, rounds = (80, 1) if quick else (1_600, 3)
    with private_folder() as folder, ExitStack() as stack:
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(SWITCH_S)  # as the gateway does
        scales = Scales(lambda lane: f"serial://{folder}/no-port-{lane}", "yaohua-continuous-0", gear=False)
        place = build_place(folder, stack, scales)
        eight, one = _lanes(folder / "site.toml", count, LANES), _lanes(folder / "site.toml", count // 4, 1)
        found, alone = [], []
        for number in range(rounds):
            show(f"round {number + 1} of {rounds}")
            found.append(_round(place.folder, f"eight-{number}", eight))
            alone.append(_round(place.folder, f"one-{number}", one))
        proof = verify(place.folder / "eight-0")
    remarks = [] if proof.entries == count and proof.ok else [f"the journal does not prove: {proof}"]
    body, piece = len(canonical(eight[0][0].content)), len(eight[0][0].evidence[0].content)
    remarks.append(f"durable: an entry of {body} bytes and {piece} bytes of evidence each, on both sides")
    ratios = [round_["ours"].rate / round_["raw"].rate for round_ in found]
    figures = [
        Figure("ours, 8 lanes", median(one["ours"].rate for one in found), "weighings/s"),
        Figure("raw sqlite3, single commits", median(one["raw"].rate for one in found), "weighings/s"),
        Figure("ours ÷ raw sqlite3", median(ratios), "×", at_least=RATIO_MIN),
        Figure("ours, processor time", median(one["ours"].cpu_ms for one in found), "ms/weighing"),
        Figure("raw sqlite3, processor time", median(one["raw"].cpu_ms for one in found), "ms/weighing"),
        Figure("ours, one lane alone", median(one["ours"].rate for one in alone), "weighings/s"),
        Figure("one lane alone ÷ raw sqlite3", median(one["ours"].rate / one["raw"].rate for one in alone), "×"),
    ]
    return Found({ROW.key: figures}, remarks)


BENCH = Bench((ROW,), measure)
