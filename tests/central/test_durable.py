"""What is said to be on the disk: the content first, then its name, then the folder that knows the name."""

import os
from pathlib import Path

import pytest

from central.durable import write_durably


def test_the_content_is_on_the_disk_before_its_name_and_the_name_before_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, bool]] = []
    file = tmp_path / "new" / "command-c-1.json"
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        done.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, file.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    write_durably(file, b"{}")
    assert done == [("command-c-1.part", False), ("new", True)]
    assert file.read_bytes() == b"{}"


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "lists-1.json"
    write_durably(file, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_durably(file, b"new")
    assert file.read_bytes() == b"old"
