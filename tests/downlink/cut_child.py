"""Takes one bulletin and loses its power at the n-th time that it touches the disk to make it lasting."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from down_world import Line, as_bytes, listed, signed

folder, number, cut_at = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
line = Line(folder)
touches = 0
flush, replace = os.fsync, Path.replace


def touch() -> None:
    global touches  # noqa: PLW0603 - one child, one count
    touches += 1
    if touches == cut_at:
        os._exit(9)


def fsync(descriptor: int) -> None:
    touch()
    flush(descriptor)


def moved(self: Path, target: Any) -> Path:
    touch()
    return replace(self, target)


os.fsync, Path.replace = fsync, moved  # type: ignore[assignment,method-assign]
asyncio.run(line.edge.take(as_bytes(signed(number, content=listed("certificate-revoked")))))
sys.exit(0)
