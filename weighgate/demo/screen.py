"""What a person sees while the demo plays: a table of the newest trucks, bars of progress, and the last word."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table

COLOURS = {"within": "green", "exceeded": "red", "undetermined": "yellow"}
ROWS_SHOWN = 14


class Screen:
    """Renders itself for rich's Live; headless it prints one line per new weighing."""

    def __init__(self, console: Console, *, headless: bool) -> None:
        self._console = console
        self._headless = headless
        self._states: dict[str, dict[str, Any]] = {}
        self._progress: dict[str, tuple[int, int]] = {}
        self._events: list[str] = []
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None

    def event(self, text: str) -> None:
        self._events.append(text)
        if self._headless:
            self._console.print(text, markup=False)

    def site(self, name: str, state: dict[str, Any] | None, *, truth: Path, trucks: int) -> None:
        gone = truth.read_text(encoding="utf-8").count('"event": "exit"') if truth.exists() else 0
        gone = gone or (truth.read_text(encoding="utf-8").count('"event":"exit"') if truth.exists() else 0)
        self._progress[name] = (gone, trucks)
        if state is None:
            return
        self._states[name] = state
        for line in reversed(state["recent"]):
            if line["entry"] not in self._seen:
                self._seen.add(line["entry"])
                if self._headless:
                    gross = "--" if line["gross_kg"] is None else line["gross_kg"]
                    self._console.print(
                        f"{line['at'][11:19]} {name} lane {line['lane']} {line['plate'] or '?'} {gross} kg "
                        f"{line['outcome']} → {line['action']}",
                        markup=False,
                    )

    def refresh(self) -> None:
        """Live draws by itself."""

    def __rich__(self) -> RenderableType:
        table = Table(
            "time", "site", "lane", "plate", "gross kg", "verdict", "barrier / lamp", "at central", expand=True
        )
        lines = [(name, line) for name, state in self._states.items() for line in state["recent"]]
        for name, line in sorted(lines, key=lambda one: one[1]["at"], reverse=True)[:ROWS_SHOWN]:
            colour = COLOURS[line["outcome"]]
            pending = self._states[name]["outbox"].get("pending", 0)
            table.add_row(
                line["at"][11:19], name, line["lane"], line["plate"] or "?", str(line["gross_kg"] or "--"),
                f"[{colour}]{line['outcome']}[/]", line["action"], "✓" if not pending else "…",
            )  # fmt: skip
        bars = Table.grid(padding=(0, 1))
        for name, (done, total) in self._progress.items():
            bars.add_row(name, ProgressBar(total=total, completed=done, width=40), f"{done}/{total} trucks gone")
        return Group(table, bars, *self._events[-3:])

    def summary(self, document: dict[str, Any]) -> None:
        table = Table("what", "count", title="truth beside journal beside central")
        for name, value in document.items():
            if isinstance(value, int):
                table.add_row(name, str(value))
        self._console.print(table)
        for fault in document["failures"]:
            self._console.print(fault, style="red", markup=False)
        if not document["failures"]:
            self._console.print("every promise held", style="green")
