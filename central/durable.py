"""What central keeps in files is on the disk when it says so: the content, and the folder that knows its name."""

import os
from pathlib import Path


def write_durably(file: Path, content: bytes) -> None:
    """Whole or not at all, in place of what was there; folders are made. OSError where the disk does not take it."""
    part = file.with_suffix(".part")
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(part, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Without this a lost power may forget a new name. OSError as above."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
