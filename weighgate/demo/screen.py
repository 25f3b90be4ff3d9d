"""What a person sees while the demo plays: a table of the newest trucks, bars of progress, and the last word."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

COLOURS = {"within": "green", "exceeded": "red", "undetermined": "yellow"}
ROWS_SHOWN = 14
LEGEND = (
    "within: at most the limit · exceeded: above it under every law that may apply · "
    "undetermined: not known to be within, never released as such\n"
    "action: what the lane did, and on what ground · barrier: where its end switches say it stands, "
    "opened: it opened for this truck · at central: ✓ all of the site is there, … some is on its way"
)


class Screen:
    """Renders itself for rich's Live; headless it prints one line per new weighing."""

    def __init__(self, console: Console, *, headless: bool) -> None:
        self._console = console
        self._headless = headless
        self._states: dict[str, dict[str, Any]] = {}
        self._progress: dict[str, tuple[int, int]] = {}
        self._events: list[str] = []
        self._seen: set[str] = set()
        self._ends: dict[str, str] = {}

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
        self._progress[name] = (gone, trucks)
        if state is None:
            return
        self._states[name] = state
        self._watch_barriers(state)
        for line in reversed(state["recent"]):
            if line["entry"] not in self._seen:
                self._seen.add(line["entry"])
                if self._headless:
                    gross = "--" if line["gross_kg"] is None else line["gross_kg"]
                    self._console.print(
                        f"{line['at'][11:19]} {name} lane {line['lane']} {line['plate'] or '?'} {gross} kg "
                        f"{line['outcome']} → {_done(line)}",
                        markup=False,
                    )

    def _watch_barriers(self, state: dict[str, Any]) -> None:
        """Of each lane's newest weighing: where the barrier stands, and for good that it opened."""
        newest: dict[str, str] = {}
        for line in state["recent"]:
            newest.setdefault(line["lane"], line["entry"])
        for lane, entry in newest.items():
            if self._ends.get(entry) != "opened":
                self._ends[entry] = _end_position(state, lane)

    def __rich__(self) -> RenderableType:
        table = Table(
            "time", "site", "lane", "plate", "gross kg", "verdict", "action", "barrier", "at central", expand=True
        )
        lines = [(name, line) for name, state in self._states.items() for line in state["recent"]]
        for name, line in sorted(lines, key=lambda one: one[1]["at"], reverse=True)[:ROWS_SHOWN]:
            colour = COLOURS[line["outcome"]]
            pending = self._states[name]["outbox"].get("pending", 0)
            table.add_row(
                line["at"][11:19], name, line["lane"], line["plate"] or "?", str(line["gross_kg"] or "--"),
                f"[{colour}]{line['outcome']}[/]", escape(_done(line)),
                self._ends.get(line["entry"], ""), "✓" if not pending else "…",
            )  # fmt: skip
        bars = Table.grid(padding=(0, 1))
        for name, (done, total) in self._progress.items():
            bars.add_row(name, ProgressBar(total=total, completed=done, width=40), f"{done}/{total} trucks gone")
        return Group(table, Text(LEGEND, style="dim"), bars, *self._events[-3:])

    def summary(self, document: dict[str, Any]) -> None:
        table = Table("what", "count", title="truth beside journal beside central")
        for name, value in document.items():
            if isinstance(value, int) and not isinstance(value, bool):
                table.add_row(name, str(value))
        self._console.print(table)
        for fault in document["failures"]:
            self._console.print(fault, style="red", markup=False)
        if not document["failures"]:
            self._console.print("every promise held", style="green")


def _done(line: dict[str, Any]) -> str:
    """What the lane did, on what ground, and who let the vehicle go."""
    ground = f" ({line['ground']})" if line.get("ground") else ""
    released = f", released by {line['released']}" if line.get("released") else ""
    return f"{line['action']}{ground}{released}"


def _end_position(state: dict[str, Any], lane: str) -> str:
    """As the end switches say it: a wish for it to open is not yet an open barrier."""
    felt = state["devices"].get(f"board-{lane}", {}).get("inputs", {})
    if not {"barrier_open", "barrier_closed"} & set(felt):
        return "no barrier"
    if felt.get("barrier_open"):
        return "opened"
    return "closed" if felt.get("barrier_closed") else "moving"
