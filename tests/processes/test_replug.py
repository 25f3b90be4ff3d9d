"""A hundred times out and in again; `python tests/processes/replug.py` does a thousand."""

from pathlib import Path

from replug import Holdings, replug


async def test_a_replugged_adapter_leaves_nothing_behind(tmp_path: Path) -> None:
    early, late = await replug(tmp_path, 100, warm=20)
    assert early.grown_to(late) == []


def test_growth_is_told() -> None:
    early, late = Holdings(10, 3, 50_000_000), Holdings(11, 4, 60_000_000)
    assert len(early.grown_to(late)) == 3
    assert early.grown_to(Holdings(10, 3, 51_000_000)) == []
