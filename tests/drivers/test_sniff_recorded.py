"""Sniff on every recorded frame: its owner is named, nobody else who cannot have sent it, and it is read right."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from test_scale_frames import ALIKE, ROWS, recorded_here, spoken

from drivers.overheard import load_formats
from drivers.protocol import WireFormat, load_protocols
from drivers.readings import WeightReading
from drivers.sniff.line import Line
from drivers.sniff.ranking import rank

FORMATS: tuple[WireFormat, ...] = (*load_protocols().values(), *load_formats().values())
OVERHEARD = {"modbus": "modbus-rtu", "485 display": "board-64", "onbon": "onbon-bx6", "weilipu": "weilipu"}
NOBODYS = ("custom", "printer line")


def owner_of(row: Mapping[str, Any]) -> str | None:
    chosen = spoken(row)
    if chosen is not None:
        return chosen[0]
    return next((name for start, name in OVERHEARD.items() if row["protocol"].startswith(start)), None)


@recorded_here
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_recorded_frame_names_its_owner_and_nobody_else(row: Mapping[str, Any]) -> None:
    owner, found = owner_of(row), rank(bytes.fromhex(row["hex"]), Line(), FORMATS)
    if owner is None:
        assert row["protocol"].startswith(NOBODYS)
        assert found == []
        return
    assert owner == found[0].account.protocol or any(one.startswith(owner) for one in found[0].ambiguous_with)
    named = {one.account.protocol for one in found}
    assert all(one == owner or frozenset((one, owner)) in ALIKE for one in named)
    expected = row["expect"].get("weight", row["expect"].get("gross", row["expect"].get("gvw")))
    said = [one for each in found if each.account.protocol == owner for one in each.account.readings]
    weights = [one.value for one in said if isinstance(one, WeightReading)]
    if weights and expected is not None:
        assert Decimal(expected) in weights
