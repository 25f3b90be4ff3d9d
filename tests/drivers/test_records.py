"""Finished vehicle records: real rows, documents' examples, both ways, and every unit trap told."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import FrameError
from drivers.records import FORMATS, BadLine, VehicleRecord, read_lines
from drivers.records.coto_rsa import decode as rsa
from drivers.records.dahua_weight import decode as dahua
from drivers.records.mon import decode as mon
from drivers.records.off_site_json import decode as off_site
from drivers.records.single_weight import decode as single
from drivers.records.siwim_nswd import decode as nswd
from drivers.records.vehicle_record import LINE_BYTES_MAX, examined
from drivers.records.wim_csv import HEADER

RECORDING = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "wim_records.mon"
MON = b"  227185816112012 92813700 3 2 13500 62 6750411800 4400 5500 4800 1250 4300    0"
RSA = b"13,0,2010-01-01,00:17:39.97,04,4,0,73,1546,999,0,0,0,0,9,00,4,55,335,72,734,41,129,41"
NSWD = (
    b"2017-11-23-00-00-42-120 0 ABC 0 00000000 1 21.2228 5 113 113 288.3560 45.92 85.62 41.6 58.0 57.2 "
    b"10.9 3.8 5.5 1.3 1.3 4.0 1.0 0.1"
)
DAHUA = b"""Events[0].EventBaseInfo.Code=TrafficCarMeasurement
Events[0].UTC=1670842479
Events[0].UTCMS=123
Events[0].EventID=5864
Events[0].Lane=1
Events[0].PlateInfo.FrontPlateNumber=AC00003
Events[0].PlateInfo.FrontPlateColor=Blue
Events[0].PlateInfo.BackPlateNumber=AC00004
Events[0].CarWeightInfo.AxleNum=3
Events[0].CarWeightInfo.AxleWeightInfo[0]=3000
Events[0].CarWeightInfo.AxleWeightInfo[1]=5000
Events[0].CarWeightInfo.AxleWeightInfo[2]=8000
Events[0].CarWeightInfo.AxleLengthInfo[0]=3500
Events[0].CarWeightInfo.AxleLengthInfo[1]=1800
Events[0].CarWeightInfo.TotalWeight=3000
Events[0].CarWeightInfo.RealWeightPercent=765
Events[0].CarWeightInfo.Ultralimit=1
Events[0].CarWeightInfo.Speed=80
"""
TABLE_B1 = {
    "previewCode": "411082000120261123120506000001",
    "previewDate": "2026-11-23 12:05:06",
    "licenseCodeFront": "豫A12345",
    "licenseCodeBack": "豫A1234挂",
    "axisNum": "6",
    "totalWeight": "49300",
    "axle1Weight": "6500",
    "axle2Weight": "8700",
    "axle3Weight": "8600",
    "axle4Weight": "8500",
    "axle5Weight": "8500",
    "axle6Weight": "8500",
    "speed": "63",
    "laneNo": "2",
    "isEscape": 1,
}


def table(**changes: object) -> bytes:
    return json.dumps(TABLE_B1 | changes, ensure_ascii=False).encode()


def kilograms(*loads: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(load) for load in loads)


def found(record: VehicleRecord | None) -> VehicleRecord:
    assert record is not None
    return record


def test_a_recorded_mon_line() -> None:
    read = found(mon(MON))
    assert (read.id, read.gross_kg, read.speed_km_h) == ("2271858", Decimal(13500), Decimal(62))
    assert read.at == datetime(2012, 11, 16, 9, 28, 13, 700_000, tzinfo=UTC)
    assert (read.axle_loads_kg, read.spacings_mm) == (kilograms(4400, 4800, 4300), (5500, 1250))
    assert (read.length_mm, read.lane, read.doubts) == (6750, "4/1", ())


@pytest.mark.skipif(not RECORDING.exists(), reason="the recordings are not here")
def test_every_recorded_mon_line_is_read_and_adds_up() -> None:
    data = RECORDING.read_bytes()
    records = list(read_lines(FORMATS["mon"], iter([data[at : at + 97] for at in range(0, len(data), 97)])))
    assert [one for one in records if isinstance(one, BadLine)] == []
    assert len(records) == 313
    for one in records:
        assert isinstance(one, VehicleRecord)
        assert one.doubts == ()
        assert one.gross_kg is not None
        assert abs(sum(one.axle_loads_kg) - one.gross_kg) <= 100 * len(one.axle_loads_kg)
        assert len(one.spacings_mm) == len(one.axle_loads_kg) - 1


def test_a_recorded_row_of_type_13() -> None:
    read = found(rsa(RSA))
    assert read.axle_loads_kg == kilograms(5500, 7200, 4100, 4100)
    assert (read.spacings_mm, read.length_mm) == ((3350, 7340, 1290), 15_460)
    assert (read.gross_kg, read.speed_km_h, read.lane) == (Decimal(20_900), Decimal(73), "04")
    assert read.at == datetime(2010, 1, 1, 0, 17, 39, 970_000, tzinfo=UTC)
    assert rsa(b"10,40,1,0,2010-01-01") is None  # another type is another file's business


def test_kilonewtons_become_kilograms() -> None:
    read = found(nswd(NSWD))
    assert read.gross_kg == Decimal(29_404)
    assert read.axle_loads_kg == kilograms(4683, 8731, 4242, 5914, 5833)
    assert read.spacings_mm == (3800, 5500, 1300, 1300)
    assert (read.doubts, read.flags) == ((), ())
    assert found(nswd(NSWD.replace(b"00000000", b"00800005"))).flags == (
        "overloaded",
        "multiple-presence",
        "unknown-00000004",
    )


def test_dahua_as_in_its_document_which_does_not_add_up() -> None:
    read = found(dahua(DAHUA))
    assert read.axle_loads_kg == kilograms(3000, 5000, 8000)
    assert (read.plate, read.rear_plate, read.colour) == ("AC00003", "AC00004", "blue")
    assert read.spacings_mm == (3500, 1800)
    assert read.flags == ("over-limit",)
    assert read.doubts == ("gross 3000 kg is not the sum of its axles, 16000 kg",)


def test_table_b1() -> None:
    read = found(off_site(table()))
    assert (read.gross_kg, len(read.axle_loads_kg), read.doubts) == (Decimal(49_300), 6, ())
    assert (read.plate, read.rear_plate, read.flags) == ("豫A12345", "豫A1234挂", ("escape",))
    assert read.at is not None
    assert read.at.utcoffset() == timedelta(hours=8)
    assert found(off_site(table(previewDate="20261123120506"))).at == read.at
    eight = found(off_site(table(axisNum="8", totalWeight="70000")))
    assert eight.axle_loads_kg == ()  # the table has six places: the other two loads are not known
    assert found(off_site(table(axisNum="5"))).doubts == ("5 axles told, 6 loads given",)


@pytest.mark.parametrize(
    ("decode", "body", "why"),
    [
        (off_site, table(totalWeight="49.3"), "in tonnes"),
        (off_site, table(totalWeight="4930"), "tenfold"),
        (off_site, table(totalWeight="49300000"), "more than 250000"),
        (off_site, table(axle1Weight="0"), "an axle of 0 kg"),
        (off_site, table(totalWeight="49300kg"), "totalWeight"),
        (off_site, table(previewDate="23.11.2026"), "previewDate"),
        (off_site, b"[]", "object"),
        (off_site, table(totalWeight=True), "totalWeight"),
        (single, b'{"ipaddr":"10.0.0.1","weight":"10000"}', "in kilograms"),
        (single, b'{"ipaddr":"10.0.0.1","weight":10}', "weight"),
        (single, b'{"ipaddr":"10.0.0.1","weight":"-1"}', "weight"),
        (mon, MON.replace(b" 13500 62", b"   135 62"), "in tonnes"),
        (mon, MON.replace(b" 13500 62", b"  1350 62"), "tenfold"),
        (mon, MON[:60], "axles"),
        (mon, MON.replace(b"16112012", b"16132012"), "time"),
        (nswd, NSWD.replace(b"288.3560", b"28.83560"), "tenfold"),
        (nswd, NSWD.replace(b"3.8 5.5", b"380 550"), "metres"),
        (rsa, RSA.replace(b",4,55", b",5,55"), "5 axles"),
        (dahua, DAHUA.replace(b"TotalWeight=3000", b"TotalWeight=16"), "in tonnes"),
        (dahua, DAHUA.replace(b"AxleWeightInfo[1]", b"AxleWeightInfo[4]"), "missing"),
    ],
)
def test_a_trap_is_told_and_gives_no_weight(decode: Callable[[bytes], object], body: bytes, why: str) -> None:
    with pytest.raises(FrameError, match=why):
        decode(body)


def test_a_single_weight_is_tonnes() -> None:
    assert single(b'{"ipaddr":"192.168.1.99","weight":"10"}').gross_kg == 10_000
    assert json.loads(FORMATS["single-weight-tonnes"].reply[0]) == {"result": 0, "msg": "OK"}


def test_a_length_in_another_unit_is_a_doubt() -> None:
    record = VehicleRecord(
        gross_kg=Decimal(20_000), axle_loads_kg=kilograms(8000, 12_000), spacings_mm=(35_000,), length_mm=9000
    )
    assert any("another unit" in one for one in examined(record).doubts)


def test_a_csv_is_read_by_its_header_in_both_encodings_and_any_order() -> None:
    form = FORMATS["wim-csv"]
    line = form.encode(RECORD).decode()
    assert "豫A12345" in line
    order = [*range(len(HEADER) - 1, -1, -1)]
    cells = line.split(",")
    turned = [",".join(HEADER[at] for at in order), ",".join(cells[at] for at in order), "", "nonsense"]
    for text in ("\r\n".join([",".join(HEADER), line, "", "nonsense"]), "\r\n".join(turned)):
        for data in (text.encode("utf-8-sig"), text.encode("gb18030")):
            first, second = read_lines(form, iter([data[:50], data[50:]]))
            assert isinstance(first, VehicleRecord)
            assert (first.plate, first.gross_kg, first.spacings_mm) == ("豫A12345", Decimal(49_300), RECORD.spacings_mm)
            assert second == BadLine(4, "1 columns under a header of 32")
    (bad,) = read_lines(form, iter([b"a,b\n"]))
    assert isinstance(bad, BadLine)
    assert "时间, 轴数, 总重, 轴1重" in bad.reason


RECORD = VehicleRecord(
    id="7",
    at=datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC),
    site="s1",
    lane="2",
    plate="豫A12345",
    rear_plate="豫A1234挂",
    colour="yellow",
    gross_kg=Decimal(49_300),
    axle_loads_kg=kilograms(6500, 8700, 8600, 8500, 8500, 8500),
    spacings_mm=(3300, 1350, 6800, 1310, 1310),
    length_mm=16_000,
    speed_km_h=Decimal(63),
)
SAID = {
    "off-site-json": ("id", "at", "site", "lane", "plate", "rear_plate", "gross_kg", "axle_loads_kg", "speed_km_h"),
    "wim-csv": ("at", "site", "lane", "plate", "gross_kg", "axle_loads_kg", "spacings_mm", "length_mm", "speed_km_h"),
    "single-weight-tonnes": ("site", "gross_kg"),
    "dahua-weight": ("id", "at", "lane", "plate", "rear_plate", "colour", "gross_kg", "axle_loads_kg", "spacings_mm"),
    "mon": ("id", "at", "gross_kg", "axle_loads_kg", "spacings_mm", "length_mm", "speed_km_h"),
    "siwim-nswd": ("at", "site", "lane", "spacings_mm"),
    "coto-rsa": ("at", "lane", "gross_kg", "axle_loads_kg", "spacings_mm", "length_mm", "speed_km_h"),
}


@pytest.mark.parametrize("name", sorted(FORMATS))
@given(st.lists(st.integers(10, 130), min_size=2, max_size=6), st.data())
def test_what_is_written_is_read(name: str, loads: list[int], data: st.DataObject) -> None:
    spacings = data.draw(st.lists(st.integers(100, 700), min_size=len(loads) - 1, max_size=len(loads) - 1))
    record = replace(
        RECORD,
        axle_loads_kg=kilograms(*(100 * load for load in loads)),
        gross_kg=Decimal(100 * sum(loads)),
        spacings_mm=tuple(10 * one for one in spacings),
        length_mm=50_000,
    )
    form = FORMATS[name]
    read = found(form.decode(form.encode(record)))
    for field in SAID[name]:
        assert getattr(read, field) == getattr(record, field), field
    assert read.doubts == ()
    if name == "siwim-nswd":  # rounded to a hundredth of a kilonewton, which is a kilogram
        assert all(abs(one - two) <= 1 for one, two in zip(read.axle_loads_kg, record.axle_loads_kg, strict=True))


SEEDS = st.sampled_from(
    [MON, RSA, NSWD, DAHUA, table(), b'{"ipaddr":"a","weight":"10"}', b"1,2,3", FORMATS["wim-csv"].encode(RECORD)]
)


@given(SEEDS, st.data())
def test_hostile_records_give_only_frame_errors(seed: bytes, data: st.DataObject) -> None:
    hostile = bytearray(seed)
    for _ in range(data.draw(st.integers(0, 5))):
        hostile[data.draw(st.integers(0, len(hostile) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(hostile[: data.draw(st.integers(0, len(hostile)))])
    for form in FORMATS.values():
        for body in (bytes(hostile), cut):
            with suppress(FrameError):
                form.decode(body)


@given(st.lists(st.binary(max_size=200), max_size=30))
def test_hostile_files_are_read_to_their_end(chunks: list[bytes]) -> None:
    for form in FORMATS.values():
        if form.lines is not None:
            for one in read_lines(form, iter(chunks)):
                assert isinstance(one, VehicleRecord | BadLine)


def test_a_line_without_end_is_told_and_costs_only_itself() -> None:
    chunks = iter([b"x" * 3000] * 50 + [b"\n" + MON + b"\n"])
    bad, good = read_lines(FORMATS["mon"], chunks)
    assert bad == BadLine(1, f"more than {LINE_BYTES_MAX} bytes")
    assert isinstance(good, VehicleRecord)
