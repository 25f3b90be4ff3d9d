"""The yearly summary as a file: what 20 December does not know, 31 December does; names are no formulas."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from boxes import ADMIN, NOW
from openpyxl import load_workbook
from places import KINDS, STATION, Place, central_of, deliver
from test_counted_and_traced import story

from central.statistics.summary import SHEETS, Sheet
from central.statistics.workbook import write_workbook
from weighgate.cli import app

DAY_MIN = 1_440
TO_21_DECEMBER = 234 * DAY_MIN  # from 1 May

FILE = """
[central]
bind = "127.0.0.1:0"
database = "sqlite:///central.db"
evidence_dir = "evidence"
key_file = "central.key"
admin_token_env = "REPORT_ADMIN"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("year")
    central = central_of(made)
    late = Place(STATION)
    late.journal = f"{STATION}-j2-j"
    deliver(central, story())
    station = Place(STATION)
    station.entries = [entry for entry in story() if entry.journal == f"{STATION}-j"]
    station.weighed(TO_21_DECEMBER, "豫A00009", 150_000)
    deliver(central, station.entries[-1:])
    central.close()
    (made / "central.toml").write_text(FILE, encoding="utf-8")
    return made


def test_the_command_writes_both_accounts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPORT_ADMIN", ADMIN)
    file = folder / "2026.xlsx"
    app(["report", "2026", str(folder / "central.toml"), "--out", str(file)], standalone_mode=False)
    assert "货运源头" in (bar := capfd.readouterr().err), "how far it has come"
    assert "100%" in bar
    book = load_workbook(file, read_only=True)
    assert len(book.sheetnames) == SHEETS
    figures = {row[0]: row[1:] for row in book["年度汇总"].iter_rows(values_only=True)}
    assert figures["指标"] == ("截至2026-12-20", "截至2026-12-31")
    assert figures["检测车次"] == (8, 9)
    [made_at] = figures["编制时间"]
    assert abs(datetime.fromisoformat(str(made_at)) - datetime.now(UTC)) < timedelta(hours=1)
    assert figures["百吨以上"] == (2, 3)
    assert figures["超限率"] == ("62.50 %", "66.66 %")
    plates = [row[2] for row in book["百吨王"].iter_rows(min_row=2, values_only=True)]
    assert plates == ["豫A0***9", "豫A0***2", "豫A0***2"]
    sources = list(book["货运源头"].iter_rows(min_row=2, values_only=True))
    assert sources == [("quarry-1", "quarry-1 站", 1, 0, 2)]
    assert {row[0] for row in book["按站点 12-31"].iter_rows(min_row=2, values_only=True)} == set(KINDS)


def test_what_is_there_is_not_overwritten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT_ADMIN", ADMIN)
    taken = folder / "taken.xlsx"
    taken.write_text("mine")
    with pytest.raises(Exception, match="not overwritten"):
        app(["report", "2026", str(folder / "central.toml"), "--out", str(taken)], standalone_mode=False)
    assert taken.read_text() == "mine"


def test_a_name_is_never_a_formula_and_none_stops_the_report(tmp_path: Path) -> None:
    file = tmp_path / "one.xlsx"
    sheet = Sheet("one", ("name",), iter([["\x07=HYPERLINK(1)"], [-5]]))
    assert write_workbook(file, [sheet], NOW.astimezone(UTC), lambda title: None) == 2
    rows = list(load_workbook(file)["one"].iter_rows(min_row=2, values_only=True))
    assert rows == [("'=HYPERLINK(1)",), (-5,)]
    assert load_workbook(file).properties.created == datetime(2026, 5, 1, 8, 0)  # noqa: DTZ001 - the format has no zone
