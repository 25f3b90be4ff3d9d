"""Whom it was about is told to nobody who may not know: plates are masked, and small counts left out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.masking import masked, masked_plate
from central.routes.public import none_told_apart


@given(st.text(min_size=1, max_size=12), st.sampled_from(["plate", "rear_plate", "vehicle"]))
def test_no_plate_gets_through_wherever_it_stands(tail: str, key: str) -> None:
    plate = f"豫A{tail.replace('|', 'x')}9"
    shown = json.dumps(masked({"a": [{key: plate}], "b": {key: f"{plate}|yellow"}}, whole=False), ensure_ascii=False)
    if len(plate) > 4 and set(plate[3:-1]) != {"*"}:
        assert json.dumps(plate, ensure_ascii=False)[1:-1] not in shown
    assert masked({key: plate}, whole=True) == {key: plate}


def test_where_somebody_stopped_is_not_told_but_when() -> None:
    trace = {"content": {"stops": [[1, 2, 113_000_000, 34_000_000]]}}
    assert masked(trace, whole=False) == {"content": {"stops": [[1, 2, None, None]]}}
    assert masked(trace, whole=True) == trace


def test_a_masked_plate_keeps_province_and_ends() -> None:
    assert [masked_plate(one) for one in ("豫A12345", "豫AD12345", "豫", "")] == ["豫A1***5", "豫AD****5", "豫", ""]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((20, 17, 9, 0, 0), (20, 17, 9, 0, 0)),
        ((20, 17, 9, 3, 0), (20, 17, None, None, 0)),  # one alone is the rest of the sum
        ((20, 17, 9, 1, 1), (20, 17, None, None, None)),
        ((20, 17, 9, 4, 4), (20, 17, 9, None, None)),
        ((3, 0, 0, 0, 0), (None, 0, 0, 0, 0)),
    ],
)
def test_no_small_count_is_the_rest_of_what_is_told(counts: tuple[int, ...], told: tuple[int | None, ...]) -> None:
    assert tuple(none_told_apart(dict(zip("abcde", counts, strict=True))).values()) == told
