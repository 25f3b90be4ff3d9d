"""What a site judges by: its province, its road's own sign, what it presumes, lists and permits that came down."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from down_world import PLATE, ROOT, Line, listed, settings_of

from gateway.core.effects import ShowText
from gateway.core.recording import verdict_text
from gateway.core.vehicle import Identity, Measurement, Vehicle
from gateway.errors import ConfigError
from gateway.register import COLUMNS
from gateway.settings import read_toml

UNKNOWN_DRIVE = Vehicle(layout=(1, 2, 3), body="articulated", tyres=(2, 4, 4, 4, 4, 4))


@pytest.mark.parametrize(
    ("jurisdiction", "status", "action", "linkage"),
    [
        ("CN", "certificate-revoked", "release", "cn-default"),
        ("CN-HA", "certificate-revoked", "hold", "cn-ha"),
        ("CN-HA", "watched", "release", "cn-ha"),
        ("CN-GD", "certificate-revoked", "release", "cn-default"),
    ],
)
async def test_the_province_says_what_a_list_means_at_a_source_exit(
    jurisdiction: str, status: str, action: str, linkage: str, tmp_path: Path
) -> None:
    line = Line(tmp_path, jurisdiction=jurisdiction)
    await line.publish("lists", listed(status))
    said = line.weigh(48_000)
    assert (said.road_limit.outcome, said.action, said.linkage, said.list_status) == ("within", action, linkage, status)
    assert "priority-check" in said.notices
    if action == "hold":
        assert said.ground == "listed:certificate-revoked"
        assert "recheck-within" not in said.release_grounds
        shown = verdict_text(Identity(plate=PLATE[0]), Measurement(48_000), said)
        assert shown == ShowText("listed", PLATE[0], 48_000, 49_000)
    assert line.weigh(48_000, who=("豫A99999", "yellow")).list_status == "unlisted"


@pytest.mark.parametrize(
    ("day", "status"),
    [(date(2026, 3, 1), "unlisted"), (date(2026, 3, 2), "watched"), (date(2026, 3, 31), "watched"),
     (date(2026, 4, 1), "unlisted")],
)  # fmt: skip
async def test_a_list_holds_from_its_first_day_to_its_last_in_china(day: date, status: str, tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.publish(
        "lists", listed("watched", date(2026, 3, 2), date(2026, 3, 31)), datetime(2020, 1, 1, tzinfo=UTC)
    )
    line.clock.at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert line.weigh(40_000).list_status == status


async def test_of_several_lists_the_gravest_counts(tmp_path: Path) -> None:
    line = Line(tmp_path)
    both = {"listed": listed("watched")["listed"] + listed("discredited")["listed"]}
    await line.publish("lists", both)
    assert line.weigh(40_000).list_status == "discredited"


async def test_the_road_s_own_sign_is_a_basis_of_its_own(tmp_path: Path) -> None:
    said = Line(tmp_path, posted_limit_kg=30_000).weigh(31_000)
    assert (said.road_limit.outcome, said.posted_limit.outcome, said.posted_limit.excess_kg) == (
        "within",
        "exceeded",
        1_000,
    )
    assert (said.action, said.ground) == ("hold", "over-posted-limit")
    shown = verdict_text(Identity(), Measurement(31_000), said)
    assert (shown.code, shown.limit_kg) == ("exceeded", 30_000)


async def test_what_the_site_presumes_decides_and_the_entry_says_so(tmp_path: Path) -> None:
    assert Line(tmp_path / "a").weigh(47_000, UNKNOWN_DRIVE).road_limit.outcome == "undetermined"
    said = Line(tmp_path / "b", presumed={"drive_axles": 2, "divisible": True}).weigh(47_000, UNKNOWN_DRIVE)
    assert said.road_limit.outcome == "within"
    assert {"site:drive_axles=2", "site:divisible=true"} <= set(said.presumed)
    known = Line(tmp_path / "c", presumed={"drive_axles": 1}).weigh(49_000)
    assert known.road_limit.outcome == "within"
    assert not any(name.startswith("site:") for name in known.presumed)


@pytest.mark.parametrize(
    ("law", "fault"),
    [
        ({"jurisdiction": "Henan"}, "law.jurisdiction: 'Henan' is not CN, or a province such as CN-HA"),
        ({"posted_limit_kg": 30}, "law.posted_limit_kg: 30 must be 500 or more"),
        ({"under_declared_percent": 0}, "law.under_declared_percent: 0 must be 1 or more"),
        ({"presumed": {"axles": 6}}, "law.presumed.axles: unknown key; known: body, drive_axles"),
    ],
)
def test_a_wrong_choice_names_its_place(law: dict[str, Any], fault: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        settings_of(tmp_path, **law)
    assert any(one.startswith(fault) for one in told.value.faults), told.value.faults


async def test_a_site_s_own_list_holds_until_central_sends_one(tmp_path: Path) -> None:
    line = Line(tmp_path)
    own = tmp_path / "lists.json"
    own.write_text(json.dumps(listed("discredited")), encoding="utf-8")
    register = line.settings.register_.model_copy(update={"lists": str(own)})
    line.settings = line.settings.model_copy(update={"register_": register})
    line.start()
    assert line.weigh(40_000).list_status == "discredited"
    await line.publish("lists", {"listed": []})
    assert line.weigh(40_000).list_status == "unlisted"
    own.write_text('{"listed": [{}]}', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"listed\[0\].plate: is missing"):
        line.start()


async def test_a_register_slice_stands_before_the_site_s_own_register(tmp_path: Path) -> None:
    line = Line(tmp_path)
    header = ",".join(COLUMNS)
    row = "豫A00002,yellow,rigid,1+1,1,2/4,false,18000,10000,8000,,,张某,,"
    await line.publish("vehicles", {"csv": f"{header}\n{row}\n"})
    found = line.edge.in_force.vehicle(PLATE, line.clock.now())
    assert found is not None
    assert (found.vehicle.layout, dict(found.parties)) == ((1, 1), {"driver": "张某"})
    assert line.edge.in_force.vehicle(("豫A00003", "yellow"), line.clock.now()) is None


PERMIT = {
    "number": "demo-III-1", "class": "III", "plate": PLATE[0], "colour": PLATE[1], "valid_from": "2026-01-01",
    "valid_until": "2026-12-31", "gross_kg": 60_000, "axles": 6,
    "axle_loads_kg": [7_000, 10_000, 10_000, 11_000, 11_000, 11_000],
}  # fmt: skip


@pytest.mark.parametrize(
    ("day", "gross_kg", "outcome", "action"),
    [
        (date(2026, 12, 31), 60_000, "within", "release"),
        (date(2026, 12, 31), 60_001, "exceeded", "hold"),
        (date(2027, 1, 1), 55_000, "exceeded", "hold"),
    ],
)
async def test_a_permit_that_came_down_lifts_the_limit_inside_its_envelope_and_its_days(
    day: date, gross_kg: int, outcome: str, action: str, tmp_path: Path
) -> None:
    line = Line(tmp_path, presumed={"divisible": False})
    await line.publish("permits", {"permits": [PERMIT]})
    line.clock.at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    said = line.weigh(gross_kg)
    assert (said.road_limit.outcome, said.action, said.permit) == (outcome, action, "demo-III-1")
    assert line.weigh(gross_kg, who=("豫A00003", "yellow")).permit is None


async def test_of_two_permits_the_one_of_today_is_shown(tmp_path: Path) -> None:
    line = Line(tmp_path, presumed={"divisible": False})
    last_year = PERMIT | {"number": "demo-III-0", "valid_from": "2025-01-01", "valid_until": "2027-12-31"}
    next_year = PERMIT | {"number": "demo-III-2", "valid_from": "2027-01-01", "valid_until": "2028-12-31"}
    await line.publish("permits", {"permits": [PERMIT, next_year, last_year]})
    assert line.weigh(55_000).permit == "demo-III-0"
    line.clock.at = datetime(2028, 1, 2, tzinfo=UTC)
    assert line.weigh(55_000).permit == "demo-III-2"


def test_shipped_sites_name_their_province() -> None:
    for file in (ROOT / "config" / "sites").glob("*.toml"):
        assert read_toml(file)["law"]["jurisdiction"].startswith("CN-")
