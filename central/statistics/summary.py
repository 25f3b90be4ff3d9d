"""The yearly summary: the same figures as of 20 December, when the year's account is drawn up, and of 31 December.

Sheets of plain rows; who writes them down is another's business. Chinese first, English by a switch.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from central.asking import CHINA
from central.masking import masked_plate
from central.statistics.bands import BANDS
from central.statistics.periods import period_text, span_of
from central.statistics.reading import Over, by_kind, by_site, hundred_tonners, repeat_offenders, series, top_sources
from central.store.database import moment_text

CUT_OFFS: tuple[tuple[int, int], ...] = ((12, 20), (12, 31))
PAGE = 500
ROWS_MAX = 100_000
"""Of one sheet; the API has the rest."""

WORDS: Mapping[str, tuple[str, str]] = {
    "summary": ("年度汇总", "Year"),
    "months": ("按月", "Months"),
    "kinds": ("按场所类型", "Kinds"),
    "sites": ("按站点", "Sites"),
    "hundred-tonnes": ("百吨王", "Hundred tonnes"),
    "offenders": ("屡次超限车辆", "Repeat offenders"),
    "sources": ("货运源头", "Sources"),
    "figure": ("指标", "figure"),
    "as-of": ("截至", "as of "),
    "made-at": ("编制时间", "made at"),
    "period": ("时间", "period"),
    "kind": ("场所类型", "kind"),
    "site": ("站点", "site"),
    "name": ("名称", "name"),
    "checked": ("检测车次", "checked"),
    "exceeded": ("超限车次", "over limit"),
    "rate": ("超限率", "rate"),
    "held": ("拦停", "held"),
    "refused": ("劝返", "refused"),
    "released": ("放行登记", "releases"),
    "evaded": ("逃避检测", "evasions"),
    "hundred_tonne": ("百吨以上", "100 t and more"),
    "excess_kg": ("超限总质量 kg", "excess kg"),
    "at": ("时间", "at"),
    "plate": ("车牌", "plate"),
    "colour": ("车牌颜色", "colour"),
    "gross_kg": ("车货总质量 kg", "gross kg"),
    "worst_excess_kg": ("最大超限 kg", "worst excess kg"),
    "same_load": ("出场即超限", "left so"),
    "record_false": ("记录不实（疑似）", "record doubted"),
    "loaded_after": ("出场后加装", "loaded after"),
    "source-exit": ("货运源头", "source exit"),
    "checkpoint": ("治超站", "checkpoint"),
    "toll-entrance": ("高速入口", "toll entrance"),
    "": ("未说明", "not stated"),
}
_FIGURES = ("checked", "exceeded", "rate", "held", "refused", "released", "evaded", "hundred_tonne", "excess_kg")
_COLUMNS = ("checked", "exceeded", "rate", *(f"band_{place}" for place in range(len(BANDS))), "hundred_tonne")


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    header: tuple[str, ...]
    rows: Iterator[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`made_at`: when it is drawn up; who does so before a cut-off sees it there. `plates`: whole, or masked for a
    summary that leaves the house.
    """

    year: int
    made_at: datetime
    english: bool = False
    plates: bool = False

    def word(self, name: str) -> str:
        if name.startswith("band_"):
            return f"{BANDS[int(name[5:])].replace('over-', '>')} %"
        return WORDS[name][self.english] if name in WORDS else name


def sheets_of(session: Session, wanted: Wanted) -> Iterator[Sheet]:
    """One after the other, each to be read to its end before the next."""
    yield _summary(session, wanted)
    yield _months(session, wanted)
    for month, day in CUT_OFFS:
        yield _grouped(wanted, "kinds", month, day, lambda over: by_kind(session, over, None, PAGE))
        yield _grouped(wanted, "sites", month, day, lambda over: _all_sites(session, over))
    yield _heaviest(session, wanted)
    yield _offenders(session, wanted)
    yield _sources(session, wanted)


SHEETS = 3 + 2 * len(CUT_OFFS) + 2
"""How many there will be, for the progress bar."""


def until(wanted: Wanted, month: int, day: int) -> Over:
    """From the first of January to that day, both ends in."""
    return Over("day", wanted.year * 10_000 + 101, wanted.year * 10_000 + month * 100 + day)


def _value(row: Mapping[str, Any], name: str) -> int | str | None:
    if name != "rate":
        return int(row[name])
    checked, exceeded = int(row["checked"]), int(row["exceeded"])
    return f"{exceeded * 10_000 // checked / 100:.2f} %" if checked else None


def _summary(session: Session, wanted: Wanted) -> Sheet:
    cut = [_total(by_kind(session, until(wanted, *day), None, PAGE)) for day in CUT_OFFS]
    header = (wanted.word("figure"), *(f"{wanted.word('as-of')}{wanted.year}-{m:02d}-{d:02d}" for m, d in CUT_OFFS))
    names = [*_FIGURES, *(f"band_{place}" for place in range(len(BANDS)))]
    rows = [[wanted.word(name), *(_value(one, name) for one in cut)] for name in names]
    made = [wanted.word("made-at"), wanted.made_at.astimezone(CHINA).isoformat(" ", "minutes")]
    return Sheet(wanted.word("summary"), header, iter([*rows, made]))


def _total(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    names = {*_FIGURES, *_COLUMNS} - {"rate"}
    total = dict.fromkeys(names, 0)
    for row in rows:
        for name in names:
            total[name] += int(row[name])
    return total


def _months(session: Session, wanted: Wanted) -> Sheet:
    over = Over("month", wanted.year * 100 + 1, wanted.year * 100 + 12)
    rows = ([period_text(row["period"]), *_cells(row)] for row in series(session, over, None, PAGE))
    return Sheet(wanted.word("months"), _header(wanted, "period"), rows)


def _grouped(
    wanted: Wanted,
    title: str,
    month: int,
    day: int,
    found: Callable[[Over], Iterable[Mapping[str, Any]]],
) -> Sheet:
    first = "kind" if title == "kinds" else "site"
    also = () if title == "kinds" else ("name",)
    rows = (
        [wanted.word(row[first] or ""), *(row[name] for name in also), *_cells(row)]
        for row in found(until(wanted, month, day))
    )
    return Sheet(f"{wanted.word(title)} {month:02d}-{day:02d}", _header(wanted, first, *also), rows)


def _header(wanted: Wanted, *first: str) -> tuple[str, ...]:
    return tuple(wanted.word(name) for name in (*first, *_COLUMNS))


def _cells(row: Mapping[str, Any]) -> list[Any]:
    return [_value(row, name) for name in _COLUMNS]


def _all_sites(session: Session, over: Over) -> Iterator[Mapping[str, Any]]:
    return _every(lambda after: by_site(session, over, after, PAGE), lambda row: row["site"])


def _every(
    page: Callable[[Any], Sequence[Mapping[str, Any]]], place: Callable[[Mapping[str, Any]], Any]
) -> Iterator[Mapping[str, Any]]:
    """Page after page, up to ROWS_MAX."""
    after, left = None, ROWS_MAX
    while left > 0:
        rows = page(after)
        yield from rows[:left]
        if len(rows) < PAGE:
            return
        after, left = place(rows[-1]), left - len(rows)


def _heaviest(session: Session, wanted: Wanted) -> Sheet:
    from_ms, until_ms = span_of(wanted.year, "year")
    found = _every(
        lambda after: hundred_tonners(session, from_ms, until_ms, None, after, PAGE),
        lambda row: (row["at_ms"], row["journal"], row["seq"]),
    )
    rows = (
        [moment_text(row["at_ms"]), row["site"], _plate(wanted, row["plate"]), row["gross_kg"], row["excess_kg"]]
        for row in found
    )
    return Sheet(
        wanted.word("hundred-tonnes"),
        tuple(wanted.word(name) for name in ("at", "site", "plate", "gross_kg", "excess_kg")),
        rows,
    )


def _offenders(session: Session, wanted: Wanted) -> Sheet:
    names = ("plate", "colour", "checked", "exceeded", "hundred_tonne", "worst_excess_kg")
    found = _every(
        lambda after: repeat_offenders(session, "year", wanted.year, 2, after, PAGE),
        lambda row: (row["exceeded"], row["plate"], row["colour"]),
    )
    rows = ([_plate(wanted, row["plate"]), *(row[name] for name in names[1:])] for row in found)
    return Sheet(wanted.word("offenders"), tuple(wanted.word(name) for name in names), rows)


def _sources(session: Session, wanted: Wanted) -> Sheet:
    names = ("site", "name", "same_load", "record_false", "loaded_after")
    found = _every(
        lambda after: top_sources(session, "year", wanted.year, after, PAGE), lambda row: (row["blamed"], row["site"])
    )
    return Sheet(
        wanted.word("sources"),
        tuple(wanted.word(name) for name in names),
        ([row[name] for name in names] for row in found),
    )


def _plate(wanted: Wanted, plate: str | None) -> str | None:
    return plate if plate is None or wanted.plates else masked_plate(plate)
