"""Every device's description is whole, and its part of a site file can be pasted."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from drivers.catalogue import devices
from drivers.description import UNVERIFIED, Description
from drivers.link import open_link
from gateway.clock import SystemClock
from gateway.equipment import Equipment
from gateway.settings import parse_site

CONFIG = Path(__file__).resolve().parents[2] / "config"
SITE, AXLE_SITE = CONFIG / "sites" / "quarry.toml", CONFIG / "sites" / "station.toml"
DEVICES = list(devices(CONFIG / "registers"))


@pytest.mark.parametrize(("name", "one"), DEVICES, ids=[name for name, _ in DEVICES])
def test_a_description_says_where_it_comes_from_and_what_nobody_has_seen(name: str, one: Description) -> None:
    assert re.fullmatch(r"[a-z0-9:.-]+", name)
    assert UNVERIFIED in one.unverified
    assert all(len(source) > 8 for source in one.sources)
    assert one.settings
    assert one.sample or one.kind == "records"


@pytest.mark.parametrize(("name", "one"), [pair for pair in DEVICES if pair[1].sample], ids=lambda one: str(one)[:30])
def test_its_part_of_a_site_file_loads(name: str, one: Description) -> None:
    file = AXLE_SITE if 'kind = "axle"' in one.sample else SITE
    site: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    lane = site["lanes"][0]
    sample = tomllib.loads(one.sample)["lanes"]
    for table, said in sample.items():
        lane[table] = {**(lane.get(table, {}) if table in ("scale", "io") else {}), **said}
    if "io" in sample:  # a board of four has fewer places than the shipped site's
        del lane["io"]["bus"]
        lane["io"] |= {"inputs": {"loop_entry": 0, "loop_exit": 1, "barrier_open": 2, "barrier_closed": 3}}
    settings = parse_site(site, file)
    equipment = Equipment(settings, CONFIG / "registers", SystemClock(), open_link, lambda _: "secret")
    assert equipment.faults(settings.lanes[0]) == []
    gear = equipment.of(settings.lanes[0])
    assert gear.scale.health()
    if one.kind in ("scale", "board", "sign", "camera"):
        assert name.removeprefix("modbus:") in one.sample


def test_names_are_names_of_one_thing() -> None:
    names = [(one.kind, name) for name, one in DEVICES]
    assert len(names) == len(set(names))
    assert {kind for kind, _ in names} == {"scale", "board", "camera", "records", "sign", "voice", "ticket"}
