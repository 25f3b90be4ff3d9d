"""Every page of a small journal, damaged in turn: what can still be read still reaches central, under its own id.

The journal owes more than half of its entries; some have a body or evidence longer than a page.
"""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from journal_samples import ack, draft, evidence, opened, weighing

from gateway.contract.entry import StoredEntry
from gateway.journal import verify
from gateway.journal.database import FILE_NAME
from gateway.ports import Evidence

PAGE = 4096
ENTRIES = 24
DELIVERED = 9
HEADER_OFFSETS = (0, 16, 18, 19, 20, 21, 28, 36, 47, 52, 59, 100, 103, 105, 108, 120, 900, 1600, 2300, 3000, 3600, 4090)
OFFSETS = ((0, 3000, 4095), (3, 700, 4080), (9, 2000, 4090))  # taken in turn, page by page


@dataclass(frozen=True)
class Sample:
    folder: Path
    whole: bytes
    entries: list[StoredEntry]
    evidence: dict[int, Evidence]
    places: dict[bytes, set[int]] = field(default_factory=dict)

    def lies_on(self, content: bytes) -> set[int]:
        """The pages that hold any part of these bytes."""
        if content in self.places:
            return self.places[content]
        found = self.places[content] = set()
        for start in range(0, len(content), 40):
            at = self.whole.find(content[start : start + 40])
            while at >= 0:
                found |= {at // PAGE, (at + 39) // PAGE}
                at = self.whole.find(content[start : start + 40], at + 1)
        return found


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return asyncio.run(made(tmp_path_factory.mktemp("sound")))


async def made(folder: Path) -> Sample:
    pieces = {5: evidence(b"short frames"), 12: evidence(bytes(range(256)) * 40), 20: evidence(b"long" * 3_000)}
    entries = []
    async with await opened(folder, new_name=lambda: "j-old", inline=True) as journal:
        for number in range(1, ENTRIES + 1):
            raw = [pieces[number]] if number in pieces else []
            bulk = draft(number, content={"bulk": f"{number} is long. " * 350}, evidence=raw)
            entries.append(
                await journal.append(bulk if number % 6 == 0 else weighing(f"L{number}", number, evidence=raw))
            )
        await journal.acknowledge(ack("j-old", DELIVERED))
    return Sample(folder, (folder / FILE_NAME).read_bytes(), entries, pieces)


def flips(sample: Sample) -> Iterator[tuple[str, bytes, int]]:
    for page in range(len(sample.whole) // PAGE):
        for number, offset in enumerate(OFFSETS[page % 3] if page else HEADER_OFFSETS):
            mask = (0xFF, 0x80)[(page // 3 + number) % 2]
            damaged = bytearray(sample.whole)
            damaged[page * PAGE + offset] ^= mask
            yield f"page {page + 1} byte {offset} ^ {mask:#x}", bytes(damaged), page


def lay_out(folder: Path, damaged: bytes) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(damaged)


async def after(sample: Sample, folder: Path, damaged: bytes) -> tuple[set[int], set[str]]:
    """Open what is damaged; what of the old journal waits for central, and what evidence is there."""
    lay_out(folder, damaged)
    async with await opened(folder, new_name=lambda: "j-new", inline=True) as journal:
        owed = [one for one in await journal.claim(1_000, exclude=frozenset()) if one.journal != "j-new"]
        for one in owed:
            assert one == sample.entries[one.seq - 1], f"false entry {one.id}"
        assert len(await journal.list_outbox()) == (await journal.depth())["pending"]
        kept = {sha for piece in sample.evidence.values() for sha in [piece.sha256] if await journal.evidence(sha)}
        if journal.name == "j-new":
            first = (await journal.all_entries(0, 1))[0]
            assert b'"event":"journal_replaced"' in first.body
            if owed:
                assert b'"old_journal":"j-old"' in first.body
        else:
            assert journal.name == "j-old"
            assert (await journal.append(draft(1))).id == f"j-old/{ENTRIES + 1}"
    if journal.name == "j-new":
        assert (folder / f"{FILE_NAME}.damaged-1").read_bytes() == damaged
        report = verify(folder)
        assert report.ok, report.faults
    return {one.seq for one in owed}, kept


def unreadable(sample: Sample, pages: set[int]) -> set[int]:
    """Entries that have a byte on one of these pages."""
    return {one.seq for one in sample.entries if sample.lies_on(one.body + one.signature) & pages}


async def test_one_flipped_byte_costs_at_most_the_entry_it_is_in(sample: Sample, tmp_path: Path) -> None:
    owed = {one.seq for one in sample.entries if one.seq > DELIVERED}
    for what, damaged, page in flips(sample):
        try:
            got, kept = await after(sample, tmp_path / "one", damaged)
        except Exception as error:
            raise AssertionError(f"{what}: {error}") from error
        missing = owed - got
        assert len(missing) <= 1, f"{what}: {missing} lost"
        assert missing <= unreadable(sample, {page}), f"{what}: {missing} lost, and they are elsewhere"
        for number, piece in sample.evidence.items():
            if number in got and page not in sample.lies_on(piece.content):
                assert piece.sha256 in kept, f"{what}: evidence of {number} lost"


async def test_a_zeroed_page_costs_only_what_was_on_it(sample: Sample, tmp_path: Path) -> None:
    owed = {one.seq for one in sample.entries if one.seq > DELIVERED}
    for page in range(len(sample.whole) // PAGE):
        damaged = sample.whole[: page * PAGE] + bytes(PAGE) + sample.whole[(page + 1) * PAGE :]
        got, _ = await after(sample, tmp_path / "one", damaged)
        assert owed - got <= unreadable(sample, {page}), f"page {page + 1}: {owed - got} lost"


async def test_a_file_cut_at_any_page_gives_what_lies_before_the_cut(sample: Sample, tmp_path: Path) -> None:
    owed = {one.seq for one in sample.entries if one.seq > DELIVERED}
    pages = len(sample.whole) // PAGE
    for keep in range(pages):
        got, _ = await after(sample, tmp_path / "one", sample.whole[: keep * PAGE])
        lost = unreadable(sample, set(range(keep, pages)))
        assert owed - got <= lost, f"{keep} pages kept: {owed - got} lost, {lost} could not be read"


async def test_garbage_behind_the_log_changes_nothing(sample: Sample, tmp_path: Path) -> None:
    """A process that was killed leaves its log; a power cut may leave anything behind what it had synced."""
    live = tmp_path / "live"
    async with await opened(live, new_name=lambda: "j-old", inline=True) as journal:
        entries = [await journal.append(draft(number)) for number in range(5)]
        killed = tmp_path / "killed"
        killed.mkdir()
        for name in (FILE_NAME, f"{FILE_NAME}-wal"):
            shutil.copy(live / name, killed / name)
    with (killed / f"{FILE_NAME}-wal").open("ab") as log:
        log.write(b"\x00\xff garbage" * 1_000)
    async with await opened(killed, new_name=lambda: "j-new", inline=True) as journal:
        assert journal.name == "j-old"
        assert await journal.all_entries(0, 10) == entries
    assert verify(killed).ok


async def test_a_log_beside_a_broken_file_is_read_too(sample: Sample, tmp_path: Path) -> None:
    live = tmp_path / "live"
    async with await opened(live, new_name=lambda: "j-old", inline=True) as journal:
        await journal.append(draft(0))
    killed = tmp_path / "killed"
    killed.mkdir()
    async with await opened(live, inline=True) as journal:
        bulk = [await journal.append(draft(number, content={"bulk": f"{number} " * 3_000})) for number in range(5)]
        for name in (FILE_NAME, f"{FILE_NAME}-wal"):
            shutil.copy(live / name, killed / name)
    (killed / FILE_NAME).write_bytes(b"\x00" * PAGE)
    with (killed / f"{FILE_NAME}-wal").open("r+b") as log:
        log.write(b"\xff" * 32)  # its header: SQLite ignores the whole log
    async with await opened(killed, new_name=lambda: "j-new", inline=True) as journal:
        owed = [one for one in await journal.claim(1_000, exclude=frozenset()) if one.journal == "j-old"]
    assert set(bulk) <= set(owed)
