"""Nothing leaves the outbox before central has it; refused is parked and shown; a backlog delays nobody."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_samples import ack, draft, evidence, opened

from gateway.errors import OutboxError
from gateway.journal import SqliteJournal, outbox

NOBODY: frozenset[int] = frozenset()


async def seqs(journal: SqliteJournal, limit: int = 100, exclude: frozenset[int] = NOBODY) -> list[int]:
    return [entry.seq for entry in await journal.claim(limit, exclude=exclude)]


async def test_fresh_overloads_go_first_then_live_then_backlog(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        for number in range(1, 11):
            await journal.append(draft(number, priority=0 if number == 4 else 1))
        assert await seqs(journal, 6) == [4, 10, 9, 1, 2, 3]
        assert await seqs(journal, 1) == [4]
        assert await seqs(journal, 4, frozenset({4, 10, 1})) == [9, 8, 2, 3]
        assert sorted(await seqs(journal)) == list(range(1, 11))


async def test_only_central_s_answer_empties_the_outbox(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        for number in range(1, 8):
            await journal.append(draft(number))
        assert await journal.acknowledge(ack("j-somebody-else", 7)) == 0
        assert await journal.acknowledge(ack(journal.name, 2, also=[5, 99])) == 3
        assert await journal.acknowledge(ack(journal.name, 2, also=[5])) == 0
        assert sorted(await seqs(journal)) == [3, 4, 6, 7]
        assert await journal.depth() == {"pending": 4, "parked": 0, "evidence": 0}
    async with await opened(tmp_path) as journal:
        assert sorted(await seqs(journal)) == [3, 4, 6, 7]


async def test_refused_is_parked_with_its_reason_and_offered_again_on_request(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        for number in range(1, 5):
            await journal.append(draft(number))
        refusal = ack(journal.name, 4, refused={2: "site unknown"}, conflicts=[3])
        assert await journal.acknowledge(refusal) == 2
        parked = {one.entry_id: (one.state, one.reason) for one in await journal.list_outbox()}
        assert parked == {
            f"{journal.name}/2": ("parked", "site unknown"),
            f"{journal.name}/3": ("parked", "conflict"),
        }
        assert await seqs(journal) == []

        assert await journal.retry(f"{journal.name}/2") == 1
        # An answer from before the retry neither parks it again nor counts it as stored.
        assert await journal.acknowledge(refusal) == 0
        assert await journal.acknowledge(ack(journal.name, 4)) == 0
        assert await seqs(journal) == [2]
        assert await journal.acknowledge(ack(journal.name, 4, conflicts=[3])) == 1
        assert [one.entry_id for one in await journal.list_outbox()] == [f"{journal.name}/3"]
        assert await journal.retry() == 1
        with pytest.raises(OutboxError, match="nothing is parked under"):
            await journal.retry(f"{journal.name}/1")


async def test_a_centre_restored_from_backup_gets_everything_above_again(tmp_path: Path) -> None:
    picture = evidence(b"picture")
    async with await opened(tmp_path) as journal:
        for number in range(1, 6):
            await journal.append(draft(number, evidence=[picture] if number == 5 else []))
        await journal.acknowledge(ack(journal.name, 5))
        await journal.evidence_delivered(picture.sha256)
        assert await journal.depth() == {"pending": 0, "parked": 0, "evidence": 0}
        assert await journal.offer_again(3) == 2
        assert sorted(await seqs(journal)) == [4, 5]
        assert (await journal.depth())["evidence"] == 1


async def test_what_central_refused_and_then_lost_is_offered_again_too(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        for number in range(3):
            await journal.append(draft(number))
        await journal.acknowledge(ack(journal.name, 3, refused={2: "conflict"}))
        assert (await journal.depth())["parked"] == 1
        assert await journal.offer_again(1) == 2
        assert sorted(await seqs(journal)) == [2, 3]


async def test_what_a_restored_central_lists_above_its_gap_is_not_offered_again_unless_refused(tmp_path: Path) -> None:
    async with await opened(tmp_path) as journal:
        for number in range(5):
            await journal.append(draft(number))
        await journal.acknowledge(ack(journal.name, 5, refused={4: "hash"}))
        assert await journal.offer_again(1, but=[3, 4]) == 3
        assert sorted(await seqs(journal)) == [2, 4, 5]


async def test_evidence_goes_after_its_entry(tmp_path: Path) -> None:
    first, second = evidence(b"one"), evidence(b"two")
    async with await opened(tmp_path) as journal:
        await journal.append(draft(1, evidence=[first]))
        await journal.append(draft(2, evidence=[second]))
        assert await journal.pending_evidence(10) == []
        await journal.acknowledge(ack(journal.name, 1))
        assert await journal.pending_evidence(10) == [first]
        await journal.evidence_delivered(first.sha256)
        assert await journal.pending_evidence(10) == []


async def test_large_evidence_is_handed_out_a_few_at_a_time(tmp_path: Path) -> None:
    large = [evidence(bytes([number]) * (outbox.EVIDENCE_ROOM_BYTES // 2)) for number in range(3)]
    async with await opened(tmp_path) as journal:
        for number, one in enumerate(large):
            await journal.append(draft(number, evidence=[one]))
        await journal.acknowledge(ack(journal.name, 3))
        assert len(await journal.pending_evidence(10)) == 2
        await journal.evidence_delivered(large[0].sha256)
        assert len(await journal.pending_evidence(10, exclude=frozenset({large[1].sha256}))) == 1


COUNT = 5  # few, so that answers often meet the same entry, or none
numbers = st.lists(st.integers(1, COUNT + 2), max_size=4, unique=True)
Step = tuple[str, int, list[int], list[int], list[int]]
steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("ack"), st.integers(0, COUNT), numbers, numbers, numbers),
    st.tuples(st.just("claim"), st.integers(1, COUNT), numbers, st.just([]), st.just([])),
    st.tuples(st.just("retry"), st.just(0), st.just([]), st.just([]), st.just([])),
    st.tuples(st.just("again"), st.integers(0, COUNT), st.just([]), st.just([]), st.just([])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=12))
def test_any_interleaving_of_answers_loses_nothing_unacknowledged(
    plan: list[Step],
) -> None:
    """Goal: an entry that no answer named as stored is pending or parked. Method: keep the set of named ones apart."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_follow(Path(folder), plan))


async def _follow(folder: Path, plan: list[Step]) -> None:
    stored: set[int] = set()
    async with await opened(folder, inline=True) as journal:
        for number in range(COUNT):
            await journal.append(draft(number))
        for kind, through, also, refused, conflicts in plan:
            if kind == "ack":
                refusals = dict.fromkeys(refused, "no")
                await journal.acknowledge(ack(journal.name, through, also=also, refused=refusals, conflicts=conflicts))
                stored |= (set(range(1, through + 1)) | set(also)) - set(refused) - set(conflicts)
            elif kind == "claim":
                claimed = await seqs(journal, through, frozenset(also))
                assert len(claimed) == len(set(claimed)) <= through
                assert not set(claimed) & set(also)
            elif kind == "retry":
                await journal.retry()
            else:
                await journal.offer_again(through)
                stored = {seq for seq in stored if seq <= through}
            shown = {int(one.entry_id.rpartition("/")[2]) for one in await journal.list_outbox()}
            assert set(range(1, COUNT + 1)) - stored <= shown
        shown = {int(one.entry_id.rpartition("/")[2]) for one in await journal.list_outbox()}
        depth = await journal.depth()
        assert depth["pending"] + depth["parked"] == len(shown)
