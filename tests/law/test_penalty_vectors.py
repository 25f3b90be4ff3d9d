"""The worked penalties as one table: where, who enforces, what was found, what may be imposed. Read it beside the law.

`?` marks what rests on something unverified, contradictory or local. Unloading is left out of the sums of money and
has a table of its own. Masses in kg, money in yuan.
"""

from pathlib import Path

import pytest

from gateway.core.vehicle import Measurement, Vehicle
from gateway.law.limits import Law, judge
from gateway.law.measures import Known
from gateway.law.penalties import measures_for, propose
from gateway.lawfiles import load_limits_dir, load_linkage, load_penalties_dir
from gateway.lawfiles.penalties import circumstances_of, shown
from gateway.lawfiles.penalty_schema import Given

LAW = Path(__file__).resolve().parents[2] / "config" / "law"
SCHEDULES = load_penalties_dir(LAW / "penalties")
SETS = load_limits_dir(LAW / "limits")
LINKAGE = load_linkage(LAW / "linkage" / "cn-default.toml")
MODES = {"transport": "transport", "joint": "police-at-joint-station", "operator": "operator", "remote": "unattended"}

# where    who enforces  found                                          may be imposed
MONEY = """
# Order 62 art. 43(2): warning through 1000 kg over, then 500 for each full 1000 kg, at most 30 000
CN     transport  excess_kg=0                                      nothing
CN     transport  excess_kg=1                                      carrier warning
CN     transport  excess_kg=600                                    carrier warning
CN     transport  excess_kg=1000                                   carrier warning
CN     transport  excess_kg=1001                                   carrier fine 500 ?
CN     transport  excess_kg=1999                                   carrier fine 500 ?
CN     transport  excess_kg=2000                                   carrier fine 1000 ?
CN     transport  excess_kg=2500                                   carrier fine 1000 ?
CN     transport  excess_kg=2600                                   carrier fine 1000 ?
CN     transport  excess_kg=3000                                   carrier fine 1500 ?
CN     transport  excess_kg=5000                                   carrier fine 2500 ?
CN     transport  excess_kg=8900                                   carrier fine 4000 ?
CN     transport  excess_kg=9400                                   carrier fine 4500 ?
CN     transport  excess_kg=12400                                  carrier fine 6000 ?
CN     transport  excess_kg=51000                                  carrier fine 25500 ?
CN     transport  excess_kg=59999                                  carrier fine 29500 ?
CN     transport  excess_kg=60000                                  carrier fine 30000 ?
CN     transport  excess_kg=61700                                  carrier fine 30000 ?
CN     remote     excess_kg=9400                                   carrier fine 4500 ?
CN     operator   excess_kg=9400                                   nothing
CN     joint      excess_kg=9400                                   nothing
# Order 62 art. 43(1): dimensions alone; with mass they add up, to 30 000 at most
CN     transport  height_mm=4100                                   carrier fine 0-200
CN     transport  height_mm=4200                                   carrier fine 0-200
CN     transport  height_mm=4201                                   carrier fine 200-1000
CN     transport  width_mm=3200                                    carrier fine 200-1000
CN     transport  width_mm=3751                                    carrier fine 1000-3000
CN     transport  length_mm=29000                                  carrier fine 1000-3000
CN     transport  excess_kg=2000 height_mm=4100                    carrier fine 1000 ?; carrier fine 0-200
CN     transport  excess_kg=59999 length_mm=29000                  carrier fine 29500 ?; carrier fine 500
CN     transport  excess_kg=61700 length_mm=29000                  carrier fine 30000 ?
CN-HA  transport  excess_kg=9400                                   carrier fine 4500 ?; carrier detention ?
CN     transport  axle_over=true                                   carrier fine 0-30000
# Regulation 593 art. 64: the sign of a road or bridge
CN     transport  posted_excess_kg=1                               carrier fine 0-30000
CN     joint      posted_excess_kg=1                               nothing
# Scoring rules art. 10-12: share over the licence's permitted gross mass
CN     joint      gross_kg=49000 permitted_gross_kg=49000          nothing
CN     joint      gross_kg=49100 permitted_gross_kg=49000          driver points 1
CN     joint      gross_kg=63600 permitted_gross_kg=49000          driver points 1
CN     joint      gross_kg=63700 permitted_gross_kg=49000          driver points 3
CN     joint      gross_kg=73400 permitted_gross_kg=49000          driver points 3
CN     joint      gross_kg=73500 permitted_gross_kg=49000          driver points 6
CN     remote     gross_kg=73500 permitted_gross_kg=49000          nothing
CN     transport  gross_kg=73500 permitted_gross_kg=49000          nothing
# Road Traffic Safety Law art. 92: share over the licence's rated load; the driver pays, the vehicle stays
CN     joint      load_kg=33000 rated_load_kg=33000                nothing
CN     joint      load_kg=33001 rated_load_kg=33000                driver fine 200-500; carrier detention
CN     joint      load_kg=42900 rated_load_kg=33000                driver fine 200-500; carrier detention
CN     joint      load_kg=42901 rated_load_kg=33000                driver fine 500-2000; carrier detention
CN     transport  load_kg=42901 rated_load_kg=33000                nothing
CN     joint      facts=enterprise-did-not-correct                 manager fine 2000-5000
# Regulation 593 art. 66: more than three in a year, more than a tenth of the fleet; distinct vehicles
CN     transport  vehicle_count=3                                  nothing
CN     transport  vehicle_count=4                                  vehicle revocation ?; carrier listing ?
CN     joint      driver_count=3                                   nothing
CN     joint      driver_count=4                                   driver suspension ?; driver listing ?
CN     transport  violators=3 fleet=30                             nothing
CN     transport  violators=4 fleet=30                             enterprise suspension ?
CN     transport  violators=3 fleet=30 facts=share-serious         nothing
CN     transport  violators=4 fleet=30 facts=share-serious         enterprise suspension ?; enterprise revocation ?
CN     transport  violators=1 fleet=30                             nothing
CN     transport  violators=1 fleet=1 sole_trader=true             nothing
CN-HA  transport  violators=9 fleet=30                             enterprise suspension ?
CN-HA  transport  violators=10 fleet=30                            enterprise suspension ?; enterprise revocation ?
CN     transport  violators=4 fleet=30 facts=ordered-to-suspend    enterprise suspension ?; enterprise listing ?
# Regulation 593 art. 65, 67-69
CN     transport  facts=outside-permit                             carrier detention ?
CN     joint      facts=outside-permit                             driver points 6 ?; carrier detention ?
# nobody is there to say who drove
CN     remote     facts=outside-permit                             carrier detention ?
CN     remote     facts=outside-permit,driver-proved               carrier detention ?; driver points 6 ?
CN     joint      facts=structure-modified                         driver points 1
CN     remote     facts=structure-modified                         nothing
CN     remote     facts=structure-modified,driver-proved           driver points 1
CN     transport  facts=permit-not-carried                         carrier detention
CN     transport  facts=permit-lent                                carrier fine 1000-5000
CN     transport  facts=permit-forged                              carrier fine 0-30000
CN     transport  facts=blocked-or-forced-through                  carrier fine 0-30000; carrier detention
CN     transport  facts=instructed-or-forced                       enterprise fine 0-30000
CN     transport  facts=source-instructed-or-forced                source fine 0-30000
CN     joint      facts=source-instructed-or-forced                nothing
CN     transport  facts=load-dragged-or-spilled                    carrier fine 0-5000
# Sources and operators: no general national fine for a source; the provinces differ
CN     operator   facts=source-released                            nothing
CN     operator   facts=station-released                           source fine 3000-30000 ?
CN-HA  operator   facts=source-duty-breached                       source fine 1000-5000 ?
CN-HA  operator   facts=source-released                            source fine 10000-30000 ?
CN-GD  operator   facts=source-released                            source fine 10000-30000 ?
CN-GD  operator   facts=source-released,source-breach-serious      source fine 10000-30000 ?; source revocation ?
CN-ZJ  operator   facts=source-released                            nothing
CN-ZJ  operator   facts=source-released,source-breach-serious      source fine 0-5000 ?
CN     operator   facts=operator-released                          nothing
CN-HA  operator   facts=operator-released                          operator fine 2000 ?
CN-ZJ  operator   facts=operator-released                          operator fine 20000-100000 ?
# Zhejiang art. 53 stands in for art. 43(2): 20 % free, then 300, above 50 % 500 for 1000 kg; limit 49 t
CN-ZJ  transport  excess_kg=9800 limit_kg=49000                    nothing
CN-ZJ  transport  excess_kg=9900 limit_kg=49000                    carrier fine 30 ?
CN-ZJ  transport  excess_kg=19600 limit_kg=49000                   carrier fine 2940 ?
CN-ZJ  transport  excess_kg=24500 limit_kg=49000                   carrier fine 4410 ?
CN-ZJ  transport  excess_kg=51000 limit_kg=49000                   carrier fine 17660 ?
CN-ZJ  transport  excess_kg=75679 limit_kg=49000                   carrier fine 29999 ?
CN-ZJ  transport  excess_kg=75680 limit_kg=49000                   carrier fine 30000 ?
CN-ZJ  transport  height_mm=4100                                   carrier fine 0-200
# Guangdong's own range and Order 62 overlap: the higher applies (Administrative Penalty Law art. 29)
CN-GD  transport  excess_kg=9400 limit_kg=49000                    carrier fine 4500 ?
CN-GD  transport  excess_kg=9400 limit_kg=49000 facts=serious      carrier fine 1000-30000 ?
# Shanghai and Chongqing state no sums of their own
CN-SH  transport  excess_kg=9400                                   carrier fine 4500 ?
CN-CQ  transport  excess_kg=9400                                   carrier fine 4500 ?
"""
UNLOADING = """
CN     transport  excess_kg=9400                                   transport 交通运输综合执法
CN     joint      excess_kg=9400                                   joint 交通运输综合执法(监督卸载)
CN     operator   excess_kg=9400                                   -
CN     remote     excess_kg=9400                                   -
CN     transport  excess_kg=9400 goods=hazardous                   -
CN     transport  load_kg=33001 rated_load_kg=33000                transport 交通运输综合执法
CN     joint      load_kg=33001 rated_load_kg=33000                -
CN     transport  load_kg=33001 rated_load_kg=33000 goods=hazardous  -
"""


def rows(table: str) -> list[list[str]]:
    lines = [line for line in table.strip().splitlines() if not line.startswith("#")]
    return [[line[:7].strip(), line[7:18].strip(), line[18:67].strip(), line[67:].strip()] for line in lines]


def found(text: str) -> Given:
    given: dict[str, object] = {}
    for pair in text.split():
        key, value = pair.split("=")
        if key == "facts":
            given[key] = value.split(",")
        else:
            given[key] = value == "true" if value in ("true", "false") else int(value) if value.isdigit() else value
    return Given.model_validate(given)


@pytest.mark.parametrize("row", rows(MONEY), ids=" ".join)
def test_penalties_as_worked_out(row):
    where, who, given, expected = row
    said = measures_for(circumstances_of(found(given)), SCHEDULES, MODES[who], jurisdiction=where)
    told = [shown(one) + ("" if one.verified else " ?") for one in said if one.kind != "unloading"]
    assert sorted(told) == sorted([] if expected == "nothing" else expected.split("; "))


@pytest.mark.parametrize("row", rows(UNLOADING), ids=" ".join)
def test_who_unloads(row):
    where, who, given, expected = row
    said = measures_for(circumstances_of(found(given)), SCHEDULES, MODES[who], jurisdiction=where)
    told = [f"{who} {one.authority}" for one in said if one.kind == "unloading"]
    assert told == ([] if expected == "-" else [expected])


def test_a_joint_station_from_the_scale_to_the_points():
    truck = Vehicle((1, 2, 3), "articulated", 2, licence_gross_kg=49_000, rated_load_kg=33_000, kerb_kg=16_000)
    others = tuple(one for one in SETS.values() if one.id != "cn-order62-2016")
    law = Law(SETS["cn-order62-2016"], others, LINKAGE, "checkpoint", "police-at-joint-station")
    said = judge(truck, Measurement(63_700), law)
    assert said.consequence == "case"
    told = [shown(one) for one in propose(said, SCHEDULES, law.enforcement_mode) if one.kind != "unloading"]
    assert sorted(told) == ["carrier detention", "driver fine 500-2000", "driver points 3"]


def test_what_a_permit_makes_lawful_is_not_punished():
    truck = Vehicle((1, 2, 3), "articulated", 2)
    said = judge(truck, Measurement(63_700), Law(SETS["cn-order62-2016"], (), LINKAGE, "checkpoint", "transport"))
    assert propose(said, SCHEDULES, "transport")
    assert propose(said._replace(illegal_over_limit=False), SCHEDULES, "transport") == ()


def test_what_was_held_inside_or_refused_costs_nothing_but_what_a_person_found_stands():
    truck = Vehicle((1, 2, 3), "articulated", 2)
    others = tuple(one for one in SETS.values() if one.id != "cn-order62-2016")
    for kind in ("source-exit", "toll-entrance"):
        said = judge(truck, Measurement(63_700), Law(SETS["cn-order62-2016"], others, LINKAGE, kind, "transport"))
        assert propose(said, SCHEDULES, "transport") == ()
        evaded = propose(said, SCHEDULES, "transport", known=Known(facts=frozenset({"evaded"})))
        assert [one.kind for one in evaded] == ["fine", "detention"]
