"""Sheets of rows as an xlsx file, row by row: a hundred thousand vehicles never stand in memory at once."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from central.statistics.summary import Sheet

FORMULA_MARKS = ("=", "+", "-", "@")


def write_workbook(path: Path, sheets: Iterable[Sheet], at: datetime, wrote: Callable[[str], None]) -> int:
    """Write a new file; `wrote` hears each sheet's title when it is done. Answers how many rows.

    Raises:
        OSError: the file cannot be written.
    """
    book = Workbook(write_only=True)
    book.properties.creator = "Weighgate"
    book.properties.created = book.properties.modified = at.replace(tzinfo=None)
    rows = 0
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        page.freeze_panes = "A2"
        page.append([_bold(page, text) for text in sheet.header])
        for row in sheet.rows:
            page.append([_plain(value) for value in row])
            rows += 1
        wrote(sheet.title)
    book.save(path)
    return rows


def _bold(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, value=text)
    cell.font = Font(bold=True)
    return cell


def _plain(value: Any) -> Any:
    """A name that a site chose is never a formula, and holds no sign that the format has none for."""
    if not isinstance(value, str):
        return value
    said = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{said}" if said.startswith(FORMULA_MARKS) else said
