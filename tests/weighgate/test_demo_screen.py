"""What the demo shows and fails by: end positions, grounds, releases, a legend, and children that die by themselves."""

import io
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from weighgate.demo.processes import Child, deaths, supervise
from weighgate.demo.report import site_rows
from weighgate.demo.screen import Screen

HELD = {
    "entry": "j/1", "at": "2026-11-23T08:00:00.000Z", "lane": "1", "plate": "豫X12345", "gross_kg": 36000,
    "outcome": "exceeded", "action": "hold", "ground": "over-limit",
}  # fmt: skip


def state(*recent: dict[str, Any], opened: bool | None, closed: bool | None) -> dict[str, Any]:
    felt = {"barrier_open": opened, "barrier_closed": closed}
    inputs = {role: on for role, on in felt.items() if on is not None}
    return {"recent": list(recent), "outbox": {"pending": 0}, "devices": {"board-1": {"inputs": inputs}}}


def shown(*states: dict[str, Any]) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    screen = Screen(console, headless=False)
    for one in states:
        screen.site("quarry-1", one, truth=Path("nowhere"), trucks=3)
    console.print(screen)
    return console.export_text()


def test_the_row_says_where_the_barrier_ended_and_on_what_ground() -> None:
    row = next(line for line in shown(state(HELD, opened=False, closed=True)).splitlines() if "豫X12345" in line)
    assert "hold" in row
    assert "over-limit" in row
    assert "closed" in row


def test_a_release_is_shown_beside_the_barrier_that_opened_for_it() -> None:
    released = HELD | {"released": "Li: papers shown"}
    text = shown(
        state(HELD, opened=False, closed=True),
        state(released, opened=False, closed=False),
        state(released, opened=True, closed=False),
        state(released, opened=False, closed=True),  # behind the truck
    )
    row = next(line for line in text.splitlines() if "豫X12345" in line)
    assert "released by Li: papers shown" in row
    assert "opened" in row


def test_a_lane_without_a_barrier_shows_none() -> None:
    row = next(line for line in shown(state(HELD, opened=None, closed=None)).splitlines() if "豫X12345" in line)
    assert "no barrier" in row


def test_there_is_a_legend() -> None:
    text = shown(state(HELD, opened=False, closed=True))
    assert "undetermined: not known to be within, never released as such" in " ".join(text.split())
    assert "at central" in text


def child(folder: Path, name: str, code: str) -> Child:
    made = Child(name, [sys.executable, "-c", code], {}, folder / f"{name}.log")
    made.start()
    assert made.process is not None
    made.process.wait()
    return made


def test_who_dies_unbidden_fails_the_run(tmp_path: Path) -> None:
    fallen = child(tmp_path, "gateway quarry-1", "raise SystemExit(3)")
    wrong = child(tmp_path, "simulator quarry-1", "raise SystemExit(1)")
    done = child(tmp_path, "simulator toll-1", "")
    killed = child(tmp_path, "central", "")
    killed.kill()
    killed.start()  # as the plan of kills does
    supervise([fallen])
    told = deaths([fallen, wrong, done, killed])
    assert fallen.process is not None
    fallen.process.wait()
    assert killed.process is not None
    killed.process.wait()
    assert told == [
        f"gateway quarry-1 died unbidden, 1 times; its log: {tmp_path}/gateway quarry-1.log",
        f"simulator quarry-1 ended with exit code 1; its log: {tmp_path}/simulator quarry-1.log",
    ]


def test_the_report_keeps_grounds_and_releases() -> None:
    truck = {"event": "truck", "id": "t1", "limit_kg": 31000, "legality": "over", "registered": True}
    crossing = {"event": "crossing", "truck": "t1", "crossing": 1, "lane": "1", "gross_kg": 40000, "how": "reversed",
                "started_at": "2026-11-23T08:00:00Z", "ended_at": "2026-11-23T08:01:00Z"}  # fmt: skip
    judgement = {"road_limit": {"outcome": "exceeded", "limit_kg": 31000}, "action": "hold", "ground": "over-limit"}
    content = {
        "identity": {"plate": "豫X1"},
        "measurement": {"gross_kg": 40000},
        "judgement": judgement,
        "parent": None,
    }
    weighing = {"id": "j/1", "type": "weighing", "lane": "1", "at": "2026-11-23T08:00:30Z", "content": content}
    said = {"weighing": "j/1", "by": "Li", "reason": "papers shown"}
    release = {"id": "j/2", "type": "release", "lane": "1", "at": "2026-11-23T08:00:50Z", "content": said}
    (row,) = site_rows("quarry-1", [truck, crossing], [weighing, release], {"j/1": 1})
    assert row["passes"][0]["journal"][0]["ground"] == "over-limit"
    assert row["passes"][0]["releases"] == [{"by": "Li", "reason": "papers shown", "at": "2026-11-23T08:00:50Z"}]
