"""What the files of a run say afterwards: what was promised, what the journal holds, what central holds.

Promised ⊆ journal = central, each once, byte for byte; whatever the outbox calls delivered is at central at all times.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from stand import Stand

from gateway.errors import JournalError
from gateway.journal import verify
from gateway.journal.database import FILE_NAME
from gateway.journal.verify import open_read_only

SHOWN_MAX = 10


def promised(stand: Stand) -> dict[str, set[str]]:
    """By entry id, the plates it was promised with; a restarted gateway that tells it again knows no plate."""
    found: dict[str, set[str]] = {}
    for line in stand.promised_file.read_text().splitlines() if stand.promised_file.exists() else []:
        entry_id, plate = line.split()
        found.setdefault(entry_id, set()).update({plate} - {"?"})
    return found


def delivered_ids(stand: Stand) -> set[str]:
    """What the outbox will not offer again; empty while there is no journal yet."""
    query = "SELECT journal || '/' || seq FROM entries JOIN outbox USING (row) WHERE state = 'acked'"
    try:
        with closing(open_read_only(stand.store / FILE_NAME)) as journal:
            return {row[0] for row in journal.execute(query)}
    except (JournalError, sqlite3.Error):
        return set()


def depth(stand: Stand) -> dict[str, int]:
    """How many entries are stored, delivered and parked, and how many blobs central lacks; zeros before the start."""
    try:
        with closing(open_read_only(stand.store / FILE_NAME)) as journal:
            states = dict(journal.execute("SELECT state, count(*) FROM outbox GROUP BY state"))
            (blobs,) = journal.execute("SELECT count(*) FROM blobs WHERE delivered = 0").fetchone()
    except (JournalError, sqlite3.Error):
        return {"stored": 0, "delivered": 0, "parked": 0, "evidence": 0}
    stored = sum(states.values())
    return {
        "stored": stored,
        "delivered": states.get("acked", 0),
        "parked": states.get("parked", 0),
        "evidence": blobs,
    }


@contextmanager
def central_rows(stand: Stand, query: str) -> Iterator[list[tuple[Any, ...]]]:
    """Straight from central's database, whether central runs or not."""
    url = stand.database
    if url.startswith("sqlite:///"):
        url = f"sqlite:///file:{url.removeprefix('sqlite:///')}?mode=ro&uri=true"
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            yield [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def central_ids(stand: Stand) -> set[str] | None:
    """None while the database does not answer."""
    try:
        with central_rows(stand, "SELECT journal, seq FROM entries") as rows:
            return {f"{journal}/{seq}" for journal, seq in rows}
    except SQLAlchemyError:
        return None


def wrongly_delivered(stand: Stand) -> set[str] | None:
    """Delivered, says the outbox, and not at central; None while that does not answer. Asked in this order."""
    delivered = delivered_ids(stand)
    present = central_ids(stand)
    return None if present is None else delivered - present


@dataclass
class Findings:
    """Counts of what was, and of what should not be; every one of `faults` is one line."""

    promised: int = 0
    journal: int = 0
    central: int = 0
    lost: int = 0
    twice: int = 0
    altered: int = 0
    chain_whole: bool = False
    pending: int = 0
    parked: int = 0
    evidence_missing: int = 0
    faults: list[str] = field(default_factory=list)

    def as_document(self) -> dict[str, object]:
        return asdict(self)


def examine(stand: Stand) -> Findings:
    """Everything that can be said of a run that has ended; the database must still answer."""
    found = Findings()
    ours = _journal_entries(stand.store)
    with central_rows(stand, "SELECT journal, seq, hash, body, lane, type FROM entries") as rows:
        theirs = [(f"{row[0]}/{row[1]}", bytes(row[2]), bytes(row[3]), row[4], row[5]) for row in rows]
    compare(found, promised(stand), ours, theirs)
    _check_outbox(found, stand)
    _check_evidence(found, stand)
    report = verify(stand.store)
    found.chain_whole = report.ok
    _say(found, "the chain does not hold", report.faults)
    aside = [path.name for path in stand.store.iterdir() if path.name.startswith(f"{FILE_NAME}.")]
    _say(found, "a journal was set aside", aside)
    for table in ("quarantine", "alarms"):
        with central_rows(stand, f"SELECT journal, seq FROM {table}") as rows:
            _say(found, f"central has {table}", [f"{journal}/{seq}" for journal, seq in rows])
    return found


def _journal_entries(store: Path) -> dict[str, tuple[bytes, bytes]]:
    with closing(open_read_only(store / FILE_NAME)) as journal:
        rows = journal.execute("SELECT journal, seq, hash, body FROM entries").fetchall()
    return {f"{row[0]}/{row[1]}": (row[2], row[3]) for row in rows}


def compare(
    found: Findings,
    told: Mapping[str, set[str]],
    ours: dict[str, tuple[bytes, bytes]],
    theirs: Sequence[tuple[str, bytes, bytes, str | None, str]],
) -> None:
    present = Counter(row[0] for row in theirs)
    passages = Counter(
        (lane, json.loads(body)["content"]["passage"]) for _, _, body, lane, kind in theirs if kind == "weighing"
    )
    found.promised, found.journal, found.central = len(told), len(ours), len(theirs)
    lost = (set(told) | set(ours)) - set(present)
    twice = [f"entry {name}" for name, count in present.items() if count > 1]
    twice += [f"passage {passage}" for passage, count in passages.items() if count > 1]
    altered = [row[0] for row in theirs if ours.get(row[0]) != (row[1], row[2])]
    plates = {
        name: json.loads(body)["content"]["identity"]["plate"] for name, (_, body) in ours.items() if name in told
    }
    other = [name for name, plate in plates.items() if told[name] - {plate}]
    lost |= set(other)
    found.lost, found.twice, found.altered = len(lost), len(twice), len(altered)
    _say(found, "promised and not in the journal", sorted(set(told) - set(ours)))
    _say(found, "promised, and its id given to another", other)
    _say(found, "not at central", sorted(lost - set(other)))
    _say(found, "more than once at central", twice)
    _say(found, "at central and not as in the journal", altered)


def _check_outbox(found: Findings, stand: Stand) -> None:
    counts = depth(stand)
    found.pending, found.parked = counts["stored"] - counts["delivered"] - counts["parked"], counts["parked"]
    _say(found, "still pending", ["entries"] * found.pending)
    _say(found, "parked", ["entries"] * found.parked)


def _check_evidence(found: Findings, stand: Stand) -> None:
    with closing(open_read_only(stand.store / FILE_NAME)) as journal:
        names = [row[0] for row in journal.execute("SELECT sha256 FROM blobs")]
    missing = []
    for name in names:
        path = stand.folder / "evidence" / name[:2] / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != name:
            missing.append(name)
    found.evidence_missing = len(missing)
    _say(found, "evidence not at central", missing)


def _say(found: Findings, what: str, which: list[str] | tuple[str, ...]) -> None:
    if which:
        found.faults.append(f"{what}: {len(which)}, such as {', '.join(which[:SHOWN_MAX])}")
