"""Power lost at each moment at which a bulletin becomes lasting: after it the old or the new is in force, whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from down_world import ROOT, Line, as_bytes, listed, signed

CHILD = Path(__file__).with_name("cut_child.py")
MOMENTS = (1, 2, 3)
"""The file's bytes flushed, the file moved to its place, the folder flushed."""


def lose_power(folder: Path, number: int, moment: int) -> int:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests", CHILD.parent)))}
    words = [sys.executable, str(CHILD), str(folder), str(number), str(moment)]
    done = subprocess.run(words, env=environ, timeout=60, check=False)
    return done.returncode


@pytest.mark.parametrize("moment", MOMENTS)
async def test_the_former_or_the_new_one_is_in_force_and_what_is_offered_again_is_taken(
    moment: int, tmp_path: Path
) -> None:
    line = Line(tmp_path)
    await line.edge.take(as_bytes(signed(1, content=listed("watched"))))
    assert lose_power(tmp_path, 2, moment) == 9
    line.start()
    number = line.number("lists")
    assert number == (1 if moment <= 2 else 2)
    assert line.weigh(40_000).list_status == {1: "watched", 2: "certificate-revoked"}[number]
    assert list((tmp_path / "edge" / "down").glob("*.part")) == []
    await line.edge.take(as_bytes(signed(2, content=listed("certificate-revoked"))))
    line.start()
    assert (line.number("lists"), line.alarms) == (2, [])


async def test_what_a_proof_left_lying_is_tidied_at_the_start(tmp_path: Path) -> None:
    line = Line(tmp_path)
    left = tmp_path / "edge" / "down" / "proof-abc" / "law"
    left.mkdir(parents=True)
    line.start()
    await line.publish("laws", {"files": {}})
    assert [file.suffix for file in (tmp_path / "edge" / "down").iterdir()] == [".json"]


async def test_a_torn_file_is_told_and_the_former_holds_until_central_offers_it_again(tmp_path: Path) -> None:
    line = Line(tmp_path)
    old, new = signed(1, content=listed("watched")), signed(2, content=listed("discredited"))
    await line.edge.take(as_bytes(old, new))
    file = tmp_path / "edge" / "down" / "lists-2.json"
    file.write_bytes(file.read_bytes()[:-40])
    line.start()
    assert (line.number("lists"), [code for code, _ in line.alarms]) == (1, ["bulletin-not-restored"])
    assert line.edge.seen() == {"lists": 1}
    await line.edge.take(as_bytes(new))
    line.start()
    assert line.number("lists") == 2


async def test_a_disk_that_takes_nothing_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(tmp_path)
    await line.edge.take(as_bytes(signed(1, content=listed("watched"))))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        await line.edge.take(as_bytes(signed(2, content=listed("discredited"))))
    assert (line.number("lists"), line.edge.seen(), [code for code, _ in line.alarms]) == (
        1, {"lists": 1}, ["bulletin-not-kept"],
    )  # fmt: skip
    await line.edge.take(as_bytes(signed(2, content=listed("discredited"))))
    assert line.number("lists") == 2
