"""What the simulator writes in each format, letter by letter: a truck that says all, and one that says little."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from drivers.records import FORMATS, VehicleRecord, coto_rsa, mon, siwim_nswd

TRUCK = VehicleRecord(
    id="7",
    at=datetime(2026, 11, 23, 4, 5, 6, 987_000, tzinfo=UTC),
    site="s1",
    lane="2",
    plate="豫A12345",
    rear_plate="豫A1234挂",
    colour="yellow",
    gross_kg=Decimal(23_800),
    axle_loads_kg=(Decimal(6500), Decimal(8700), Decimal(8600)),
    spacings_mm=(3300, 1350),
    length_mm=12_000,
    speed_km_h=Decimal(63),
    flags=("escape", "over-limit", "overloaded", "multiple-presence", "straddle"),
)
LITTLE = VehicleRecord(axle_loads_kg=(Decimal(1000), Decimal(2000)), spacings_mm=(3000,))
TRUCK_OF_DAHUA = """\
Events[0].EventBaseInfo.Code=TrafficCarMeasurement
Events[0].EventBaseInfo.Action=Pulse
Events[0].EventID=7
Events[0].Lane=2
Events[0].UTC=1795406706
Events[0].UTCMS=987
Events[0].PlateInfo.FrontPlateNumber=豫A12345
Events[0].PlateInfo.BackPlateNumber=豫A1234挂
Events[0].PlateInfo.FrontPlateColor=Yellow
Events[0].CarWeightInfo.AxleNum=3
Events[0].CarWeightInfo.Ultralimit=1
Events[0].CarWeightInfo.AxleWeightInfo[0]=6500
Events[0].CarWeightInfo.AxleWeightInfo[1]=8700
Events[0].CarWeightInfo.AxleWeightInfo[2]=8600
Events[0].CarWeightInfo.AxleLengthInfo[0]=3300
Events[0].CarWeightInfo.AxleLengthInfo[1]=1350
Events[0].CarWeightInfo.TotalWeight=23800
Events[0].CarWeightInfo.Speed=63
"""
LITTLE_OF_DAHUA = """\
Events[0].EventBaseInfo.Code=TrafficCarMeasurement
Events[0].EventBaseInfo.Action=Pulse
Events[0].EventID=
Events[0].Lane=
Events[0].PlateInfo.FrontPlateNumber=
Events[0].PlateInfo.BackPlateNumber=
Events[0].PlateInfo.FrontPlateColor=Unknown
Events[0].CarWeightInfo.AxleNum=2
Events[0].CarWeightInfo.Ultralimit=0
Events[0].CarWeightInfo.AxleWeightInfo[0]=1000
Events[0].CarWeightInfo.AxleWeightInfo[1]=2000
Events[0].CarWeightInfo.AxleLengthInfo[0]=3000
"""
TRUCK_OF_NSWD = (
    "2026-11-23-04-05-06-987 0 s1 0 00800001 2 17.5000 3 0 0 233.40 63.74 85.32 84.34 4.65 3.3 1.35 20",
    "1970-01-01-00-00-00-000 0 site 0 00000000 1 0.0000 2 0 0 0.00 9.81 19.61 3 3 20",
)
WRITTEN = {
    "wim-csv": (
        "s1,2026-11-23 12:05:06,2,豫A12345,3,23800,6500,8700,8600,0,0,0,0,0,0,0,330,135,0,0,0,0,0,0,0,465,1200,63,1,,,",
        ",,,,2,0,1000,2000,0,0,0,0,0,0,0,0,300,0,0,0,0,0,0,0,0,300,0,0,0,,,",
    ),
    "dahua-weight": (TRUCK_OF_DAHUA, LITTLE_OF_DAHUA),
    "mon": (
        "        723112026 4 5 6987 3 3 23800 631200020   0 6500 3300 8700 1350 8600    0",
        "          1 11970 0 0    0 2 2     0  0    000   0 1000 3000 2000    0",
    ),
    "siwim-nswd": TRUCK_OF_NSWD,
    "coto-rsa": (
        "13,0,2026-11-23,04:05:06.98,2,4,0,63,1200,999,0,0,0,0,9,00,3,65,330,87,135,86",
        "13,0,1970-01-01,00:00:00.00,,4,0,0,0,999,0,0,0,0,9,00,2,10,300,20",
    ),
    "single-weight-tonnes": ('{"ipaddr": "s1", "weight": "23.8"}', '{"ipaddr": "", "weight": "0"}'),
}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_truck_is_written_letter_by_letter(name: str) -> None:
    assert tuple(FORMATS[name].encode(one).decode() for one in (TRUCK, LITTLE)) == WRITTEN[name]


def test_table_b1_is_written_with_what_is_known() -> None:
    truck, little = (json.loads(FORMATS["off-site-json"].encode(one)) for one in (TRUCK, LITTLE))
    assert truck == {
        "previewCode": "7", "previewStationCode": "s1", "laneNo": "2", "previewDate": "2026-11-23 12:05:06",
        "licenseCodeFront": "豫A12345", "licenseCodeBack": "豫A1234挂", "axisNum": "3", "isEscape": 1,
        "totalWeight": "23800", "speed": "63", "axle1Weight": "6500", "axle2Weight": "8700", "axle3Weight": "8600",
    }  # fmt: skip
    assert little == {
        "previewCode": "", "previewStationCode": "", "laneNo": "", "licenseCodeFront": "", "licenseCodeBack": "",
        "axisNum": "2", "isEscape": 0, "axle1Weight": "1000", "axle2Weight": "2000",
    }  # fmt: skip
    assert "豫A12345".encode() in FORMATS["off-site-json"].encode(TRUCK)


def test_times_are_written_in_the_zone_of_the_file() -> None:
    china = timezone(timedelta(hours=8))
    assert b"23112026" + b"12" in mon.encode(TRUCK, china)
    assert siwim_nswd.encode(TRUCK, china).startswith(b"2026-11-23-12-05-06-987")
    assert coto_rsa.encode(TRUCK, china).startswith(b"13,0,2026-11-23,12:05:06.98")


def test_a_mon_line_without_spacings_has_none() -> None:
    line = mon.encode(replace(TRUCK, spacings_mm=(), lane="4/1"))
    assert line[44:46] == b"41"
    assert line[50:] == b" 6500    0 8700    0 8600    0"


def test_more_than_six_axles_have_no_place_in_table_b1() -> None:
    seven = json.loads(FORMATS["off-site-json"].encode(replace(TRUCK, axle_loads_kg=(Decimal(1000),) * 7)))
    assert (seven["axisNum"], "axle6Weight" in seven, "axle7Weight" in seven) == ("7", True, False)
