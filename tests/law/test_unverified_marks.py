"""What no text was seen for says so: of these files these rules and no others bear `verified = false`, by clause.

A rule leaves this list when somebody has read its text, and a new one enters it until then. `limits/cn-annex124-2016`
bears it where the drawing was not seen, a province's penalties where they are known from reports. Linkage files are
marked row by row and are not in this list.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

LAW = Path(__file__).resolve().parents[2] / "config" / "law"
UNVERIFIED = {
    "families/cn-default": [
        "families 关于规范治理超限超载专项行动有关执法工作的通知: 危险货物",
        "families 关于规范治理超限超载专项行动有关执法工作的通知: 鲜活农产品",
        "families 关于规范治理超限超载专项行动有关执法工作的通知: 低平板半挂车",
        "families 车辆运输车联合治理",
        "families 交通运输部 2019 entrance notice, as re-published",
        "cars 车辆运输车联合治理",
    ],
    "instruments/cn-in-service": [
        "coverage JCGM 106 guard band, k = 3.09",
        *(f"classes.{name} OIML R 134 class {name} in service" for name in ("0.2", "0.5", "1", "2", "5", "10")),
        "classes.III OIML R 76 class III in service",
    ],
    "limits/cn-annex124-2016": [
        "family_gross with cn-order62-2016 art.3 ¶2: tractors and low-speed goods vehicles",
        *(f"limits drawing {row}" for row in (56, 57, 61, 62, 63, 64, 65, 66, 68, 69)),
    ],
    "limits/cn-gb1589-2016": [
        "whole",
        "axle_loads 2016 axle load table",
        "span 2016 4.6.2",
        "dimensions 2016 dimensions, goods vehicle",
        "family_gross 2016 gross mass table, 低速货车",
        "limits 2016 gross mass table",
    ],
    "limits/cn-gb1589-2026": ["whole"],
    "limits/cn-order62-2016": [
        "air_suspension art.3 ¶2 with GB 1589-2016",
        "air_suspension art.3 ¶2 with GB 1589-2016",
        "axle_loads art.3 ¶2 sum of axle loads (GB 1589-2016)",
        "dimensions art.3 ¶2 trains that conform to GB 1589-2016",
    ],
    "penalties/cn-discredit-2017": [f"measures criterion {number}" for number in (1, 2, 3, 5, 8)],
    "penalties/cn-gd-guangdong": [
        "measures 道路运输条例 art.65",
        "measures 道路运输条例 art.65",
        "measures 公路条例 art.51",
        "measures 公路条例 art.51",
        "measures 公路条例 art.51",
    ],
    "penalties/cn-ha-henan": [f"measures art.{number}" for number in (7, 8, "14-15", "14-15", 27, 27, 28, 29)],
    "penalties/cn-order62-art43": ["measures art.43(2)"],
    "penalties/cn-points-rules": ["measures art.10", "measures art.12"],
    "penalties/cn-reg593": [f"measures art.{number}" for number in (64, 64, 65, 65, 66, 66, 66, 66)],
    "penalties/cn-road-transport-reg": ["measures art.61", "measures art.70"],
    "penalties/cn-traffic-law-art92": [],
    "penalties/cn-zj-zhejiang": [f"measures art.{number}" for number in (53, 54, 55, 56)],
    "permits/cn-order62-permits": [
        "classes cn-order62-2016 permit classes",
        "clauses.envelope cn-order62-2016 art.47",
        "clauses.escort cn-order62-2016 art.47",
        "clauses.plates cn-order62-2016 art.47",
        "clauses.rating a permitted gross before the licence's: no text found",
    ],
}


def _unverified(place: str, value: object) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _unverified(place, one)
    if isinstance(value, dict):
        if value.get("verified") is False:
            yield f"{place} {value['clause']}" if place else "whole"
        for name, inside in value.items():
            yield from _unverified(f"{place}.{name}".strip("."), inside)


@pytest.mark.parametrize("name", sorted(UNVERIFIED))
def test_what_is_unverified_says_so(name: str) -> None:
    file = tomllib.loads((LAW / f"{name}.toml").read_text(encoding="utf-8"))
    assert sorted(_unverified("", file)) == sorted(UNVERIFIED[name])


def test_every_file_of_these_folders_is_in_the_list() -> None:
    folders = {name.partition("/")[0] for name in UNVERIFIED}
    shipped = {f"{folder}/{path.stem}" for folder in folders for path in (LAW / folder).glob("*.toml")}
    assert shipped == set(UNVERIFIED)
