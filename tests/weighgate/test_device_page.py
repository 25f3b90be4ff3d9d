"""The page on devices says what the code says, and its sniff table leaves out nothing and claims nothing false.

The table takes a minute to make; here its rows are held against the formats there are and a fresh trial of each at the
setting that is met most. tests/drivers/test_sniff_lines.py tries two others of each.
"""

from pathlib import Path

import pytest

from drivers.sniff.line import Line
from weighgate.confusion import Format, Trial, formats, lines_for, trial
from weighgate.device_page import page, rows_of, sniff_row, sum_row

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
ROWS = rows_of(TEXT)
FORMATS = formats()


def test_the_page_is_what_the_code_says() -> None:
    assert page(ROOT / "config" / "registers", ROWS) == TEXT, "make devices writes it"


def test_the_sniff_table_has_every_format_at_every_setting_and_their_sum() -> None:
    *rows, total = ROWS
    told = {row.split("`")[1]: int(row.split("|")[2]) for row in rows}
    assert told == {one.name: len(lines_for(one)) for one in FORMATS}, "make devices ARGS=--sniff writes it"
    assert total == sum_row(rows)


def test_by_the_table_sniff_is_right_in_99_of_100_and_never_wrong() -> None:
    _, _, tried, sure, ambiguous, _, wrong, _ = (cell.strip() for cell in ROWS[-1].split("|"))
    assert int(sure) + int(ambiguous) >= 0.99 * int(tried)
    assert wrong == "0"


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
def test_a_fresh_trial_says_what_the_table_says(one: Format) -> None:
    (row,) = [row for row in ROWS if row.startswith(f"| `{one.name}` |")]
    made = trial(one, lines_for(one)[0], FORMATS)
    assert made.right
    assert sniff_row([made]).split("|")[4].partition(":")[2] == row.split("|")[4].partition(":")[2]


def test_a_row_names_what_was_missed_and_what_was_taken_for_another() -> None:
    at = Line(9600), Line(4800), Line(1200), Line(19200)
    tried = [
        Trial("cas-10", at[0], at[0], ("cas-10",)),
        Trial("cas-10", at[1], at[1], ("rinstrum-5200", "cas-10")),
        Trial("cas-10", at[2], None, ()),
        Trial("cas-10", at[3], at[3], ("sma",)),
    ]
    row = sniff_row(tried)
    assert row == "| `cas-10` | 4 | 1 | 1: `rinstrum-5200` | 1200 8N1 | 19200 8N1: sma |"
    assert sum_row([row, row]) == "| **all** | 8 | 2 | 2 | 2 | 2 |"
    assert Trial("cas-10", at[0], at[1], ("cas-10",)).wrong, "the right name at another setting"
