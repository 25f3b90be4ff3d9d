"""分级分类: four grades beside the list, so that who kept clean is visible too (守信激励). Pure.

No national table was found for trucks; these bounds are ours, kept in one place, and people may think otherwise.
"""

from dataclasses import dataclass
from typing import Literal

Grade = Literal["A", "B", "C", "D"]
WHAT_FOLLOWS: dict[Grade, str] = {
    "A": "守信激励：减少抽查，优先通行",
    "B": "常规检查",
    "C": "重点关注：增加抽查",
    "D": "失信惩戒：逢车必检",
}
CLEAN_CHECKS_MIN = 20
"""So many checks in the year without one finding earn an A; fewer say little."""
DECIDED_MAX = 3
"""More decided acts than this in a year are criterion 1 or 2."""


@dataclass(frozen=True, slots=True)
class Record:
    """A year of one vehicle or source enterprise. `exceeded` are findings, `decided` acts that were decided on."""

    checked: int
    exceeded: int
    decided: int
    listed: bool


def grade_of(record: Record) -> tuple[Grade, str]:
    """The grade, and what it stands on."""
    if record.listed:
        return "D", "on the discredit list"
    if record.decided > DECIDED_MAX:
        return "D", f"{record.decided} decided acts in the year"
    if record.decided or record.exceeded:
        return "C", f"{record.exceeded} times found over, {record.decided} decided"
    if record.checked >= CLEAN_CHECKS_MIN:
        return "A", f"{record.checked} checks in the year, none over"
    return "B", f"{record.checked} checks in the year, none over"
