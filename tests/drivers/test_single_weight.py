"""A single weight in tonnes at its bounds: what is still read, and what is refused by name."""

import json
from dataclasses import replace

import pytest

from drivers.errors import FrameError
from drivers.records import FORMATS
from drivers.records.single_weight import decode as single


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"weight": "0"}, ("", 0)),
        ({"weight": "0.5"}, ("", 500)),
        ({"weight": "250"}, ("", 250_000)),
        ({"weight": "250.001"}, "in kilograms"),
        ({"weight": "1", "ipaddr": "x" * 100}, ("x" * 100, 1_000)),
        ({"weight": "1", "ipaddr": "x" * 101}, "ipaddr"),
        ({"weight": "1", "ipaddr": "a\nb"}, "ipaddr"),
        ({"weight": "1", "ipaddr": 7}, "ipaddr"),
    ],
)
def test_a_single_weight_is_read_up_to_its_bounds(body: dict[str, object], said: tuple[str, int] | str) -> None:
    data = json.dumps(body).encode()
    if isinstance(said, str):
        with pytest.raises(FrameError, match=said):
            single(data)
    else:
        found = single(data)
        assert (found.site, found.gross_kg) == said


def test_a_single_weight_that_nobody_has_is_written_as_nothing() -> None:
    record = single(b'{"weight":"1"}')
    written = json.loads(FORMATS["single-weight-tonnes"].encode(replace(record, gross_kg=None)))
    assert written == {"ipaddr": "", "weight": "0"}
