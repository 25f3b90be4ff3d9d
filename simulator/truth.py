"""What really happened, one JSON object a line, flushed as it happens: the yardstick for what a gateway recorded."""

import json
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self


class Clock(Protocol):
    """Both clocks of the simulated world."""

    def now(self) -> datetime:
        """Aware UTC, to stamp."""

    def monotonic_s(self) -> float:
        """To measure. Never goes back."""


class Truth:
    """Appends events to one file, and keeps them for a test that asks."""

    KEPT_MAX = 100_000

    def __init__(self, path: Path | None) -> None:
        self.events: list[dict[str, Any]] = []
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = None if path is None else open(path, "a", encoding="utf-8")  # noqa: SIM115 - closed in __exit__

    def tell(self, event: str, **facts: Any) -> None:
        line = {"event": event, **facts}
        if len(self.events) < self.KEPT_MAX:
            self.events.append(line)
        if self._file is not None:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def iso(at: datetime) -> str:
    """UTC with milliseconds, ending in Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
