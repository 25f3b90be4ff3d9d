"""The two lists, step by step: nothing is closed without its notice, its evidence and who may close it."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.sources.items import FIVE, STEPS, Done, Item, item_after, misfit, refusal

BODIES: Mapping[str, dict[str, Any]] = {
    "hazard-found": {"source": "s1", "title": "磅房无视频", "level": "major", "found_by": "县交通执法大队"},
    "notice-issued": {
        "responsible": "总经理", "measure": "装摄像机",
        "money_yuan": 8000, "deadline": "2026-06-30", "plan": "停用二号门",
    },
    "supervision-listed": {"authority": "市治超办", "deadline": "2026-07-31"},
    "evidence-handed-in": {"evidence": ["a" * 64]},
    "review-failed": {"finding": "画面不清"},
    "review-passed": {"finding": "已装", "authority": "市治超办"},
    "reopened": {"finding": "又拆了"},
    "measure-adopted": {"source": "s1", "title": "出场过磅制度"},
    "measure-checked": {"finding": "执行"},
    "measure-withdrawn": {"finding": "废止"},
}  # fmt: skip
WHOLE = (
    "hazard-found", "notice-issued", "supervision-listed", "evidence-handed-in", "review-failed", "evidence-handed-in",
    "review-passed",
)  # fmt: skip


def acts(*kinds: str) -> list[Done]:
    return [Done(f"act-{number:03d}", kind, number, BODIES[kind]) for number, kind in enumerate(kinds)]


def test_the_whole_way_ends_closed() -> None:
    item = item_after(acts(*WHOLE))
    assert (item.state, item.listed_by, item.deadline, item.closed_ms) == ("closed", "市治超办", "2026-07-31", 6)
    assert item.unfit == ()


EXPECTED = {
    ("unknown", "hazard-found"), ("open", "notice-issued"), ("notified", "notice-issued"),
    ("notified", "supervision-listed"), ("notified", "evidence-handed-in"), ("listed", "evidence-handed-in"),
    ("handed-in", "review-failed"), ("handed-in", "review-passed"), ("closed", "reopened"),
    ("unknown", "measure-adopted"), ("adopted", "measure-checked"), ("checked", "measure-checked"),
    ("adopted", "measure-withdrawn"), ("checked", "measure-withdrawn"),
}  # fmt: skip
STATES = ("unknown", "open", "notified", "listed", "handed-in", "closed", "adopted", "checked", "withdrawn")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", STEPS)
def test_every_step_from_every_state(state: Any, kind: str) -> None:
    refused = refusal(Item(state=state), Done("act-1", kind, 0, BODIES[kind]))
    assert (refused is None) == ((state, kind) in EXPECTED)
    assert refused is None or state in refused


@pytest.mark.parametrize("name", FIVE)
def test_a_notice_without_one_of_the_five_is_none(name: str) -> None:
    body = {key: value for key, value in BODIES["notice-issued"].items() if key != name}
    refused = refusal(Item(state="open"), Done("act-1", "notice-issued", 0, body))
    assert refused == f"'notice-issued' lacks {name} (五到位)"


def test_only_a_notice_is_told_of_the_five() -> None:
    item = item_after(acts("hazard-found", "notice-issued"))
    lacking = str(refusal(item, Done("act-9", "evidence-handed-in", 9, {})))
    assert ("lacks evidence" in lacking, "五到位" in lacking) == (True, False)


def test_each_of_the_two_lists_has_its_own() -> None:
    assert [item_after(acts(one)).list for one in ("hazard-found", "measure-adopted")] == ["hazards", "measures"]


def test_listed_supervision_is_ended_by_whom_it_was_listed() -> None:
    item = item_after(acts(*WHOLE[:4]))
    county = {**BODIES["review-passed"], "authority": "县交通局"}
    assert "'市治超办'" in str(refusal(item, Done("act-9", "review-passed", 9, county)))
    assert refusal(item, Done("act-9", "review-passed", 9, BODIES["review-passed"])) is None


def test_what_failed_review_goes_back_to_where_it_stood() -> None:
    assert item_after(acts(*WHOLE[:5])).state == "listed"
    unlisted = item_after(acts("hazard-found", "notice-issued", "evidence-handed-in", "review-failed"))
    assert (unlisted.state, unlisted.evidence) == ("notified", ())


def test_a_late_act_must_fit_its_own_time_and_disturb_no_other() -> None:
    done = acts(*WHOLE)
    early = Done("act-late", "review-passed", 1, BODIES["review-passed"])
    assert "comes after handed-in" in str(misfit(done, early))
    twice = Done("act-late", "evidence-handed-in", 2, BODIES["evidence-handed-in"])
    assert "later acts" in str(misfit(done, twice))


@given(st.permutations(acts(*WHOLE, "reopened", "measure-checked")))
def test_no_order_of_arrival_changes_an_item(shuffled: list[Done]) -> None:
    item = item_after(shuffled)
    assert item == item_after(sorted(shuffled, key=lambda one: one.at_ms))
    assert (item.state, item.unfit) == ("open", ("act-008",))
    assert all(earlier.at_ms < later.at_ms for earlier, later in pairwise(acts(*WHOLE)))
