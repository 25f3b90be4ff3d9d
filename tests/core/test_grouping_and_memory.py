"""Groups of axles, open detentions, and the plaza's one-time weighings."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.detentions import DETENTIONS_MAX, Detentions
from gateway.core.grouping import group
from gateway.core.plaza import Answer, Plaza, Weighed

MON = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "wim_records.mon"


@given(st.lists(st.integers(500, 15_000), max_size=31), st.integers(1_000, 3_000))
def test_groups_hold_every_axle_once_and_break_at_every_wide_gap(spacings: list[int], threshold: int) -> None:
    layout = group(spacings, threshold)
    assert sum(layout) == len(spacings) + 1
    assert len(layout) == 1 + sum(spacing >= threshold for spacing in spacings)


@pytest.mark.skipif(not MON.exists(), reason="the real recording is not here")
def test_real_vehicles_group_as_their_own_file_says() -> None:
    vehicles = 0
    for line in MON.read_text(encoding="ascii").splitlines():
        axles, groups, gross_kg = int(line[26:28]), int(line[28:30]), int(line[30:36])
        pairs = [(int(line[50 + 10 * n : 55 + 10 * n]), int(line[55 + 10 * n : 60 + 10 * n])) for n in range(axles)]
        assert abs(sum(load for load, _ in pairs) - gross_kg) <= axles
        layout = group([spacing for _, spacing in pairs[:-1]], 2_100)
        assert (sum(layout), len(layout)) == (axles, groups)
        vehicles += 1
    assert vehicles == 313


def test_a_detention_keeps_its_first_weighing_until_it_is_closed() -> None:
    held = Detentions()
    assert held.parent_of("豫A1", "yellow", 0) is None
    held.hold("豫A1", "yellow", "j/1", 0)
    held.hold("豫A1", "yellow", "j/2", 5)
    assert held.parent_of("豫A1", "yellow", 9) == "j/1"
    assert held.parent_of("豫A1", "blue", 9) is None
    held.close("豫A1", "yellow")
    assert held.parent_of("豫A1", "yellow", 9) is None
    for number in range(DETENTIONS_MAX + 1):
        held.hold(f"豫{number}", "yellow", f"j/{number}", 0)
    assert held.parent_of("豫0", "yellow", 0) is None


def test_a_plaza_admits_what_was_weighed_once_and_in_time() -> None:
    plaza = Plaza(1_000)
    assert plaza.ask("豫A1", "yellow", 0) == Answer(admit=False, reason="unweighed")
    plaza.weighed("j/1", "豫A1", "yellow", "admit", 0)
    assert plaza.ask("豫A1", "yellow", 1_000) == Answer(admit=True, reason="within", entry_id="j/1")
    assert plaza.ask("豫A1", "yellow", 1_001) == Answer(admit=False, reason="expired", entry_id="j/1")
    plaza.use("j/1")
    assert plaza.ask("豫A1", "yellow", 10) == Answer(admit=False, reason="used", entry_id="j/1")
    plaza.weighed("j/2", "豫A1", "yellow", "refuse", 20)
    assert plaza.ask("豫A1", "yellow", 21).reason == "over-limit"
    again = Plaza(1_000, [Weighed("j/3", "豫A1", "yellow", "admit-within-tolerance", 30)])
    assert again.ask("豫A1", "yellow", 31) == Answer(admit=True, reason="within-tolerance", entry_id="j/3")
