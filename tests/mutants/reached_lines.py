"""Which lines of some files a piece of work runs through."""

import sys
import threading
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from types import FrameType
from typing import Any

Line = tuple[str, int]


@contextmanager
def reached(files: AbstractSet[str]) -> Iterator[set[Line]]:
    """Filled while inside: each line of these files (absolute paths) that was run, in any thread begun inside."""
    lines: set[Line] = set()
    if not files:
        yield lines
        return

    def in_function(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return in_function

    def at_call(frame: FrameType, _: str, __: Any) -> Any:
        return in_function if frame.f_code.co_filename in files else None

    threading.settrace(at_call)
    sys.settrace(at_call)
    try:
        yield lines
    finally:
        sys.settrace(None)
        threading.settrace(None)
