"""Finished records at their bounds: the fullest line, the largest number, one more, and what is told of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from drivers.errors import FrameError
from drivers.records import FORMATS, BadLine, VehicleRecord, read_lines
from drivers.records.coto_rsa import decode as rsa
from drivers.records.dahua_weight import decode as dahua
from drivers.records.mon import decode as mon
from drivers.records.off_site_json import decode as off_site
from drivers.records.siwim_nswd import FLAGS
from drivers.records.siwim_nswd import decode as nswd
from drivers.records.vehicle_record import LINE_BYTES_MAX

FULL_MON = b"12345678916112012122859787 388249999123234564199998333312345833331000083333"
Read = Callable[[bytes], VehicleRecord | None]


def kilograms(*loads: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(load) for load in loads)


def mon_line(*, axles: int = 2, size: int = 65) -> bytes:
    pairs = b" 1000  200" * axles
    return (b"        716112012122859787%2d 2%6d 62 9999410000" % (axles, 1000 * axles) + pairs)[:size]


def rsa_row(*, speed: int = 73, length: int = 1546, axles: int = 2, row: str = "55,335,72") -> bytes:
    return f"13,0,2010-01-01,00:17:39.97,04,4,0,{speed},{length},999,0,0,0,0,9,00,{axles},{row}".encode()


def nswd_line(*, flags: str = "00000000", axles: int = 2, row: str = "50 50 3 3", more: str = " 20") -> bytes:
    return f"2017-11-23-00-00-42-120 0 ABC 0 {flags} 1 20 {axles} 113 113 100 {row}{more}".encode()


def dahua_event(**changes: object) -> bytes:
    fields = {"AxleNum": 2, "AxleWeightInfo[0]": 50_000, "AxleWeightInfo[1]": 50_000, "TotalWeight": 100_000} | changes
    told = "".join(f"Events[0].CarWeightInfo.{key}={value}\n" for key, value in fields.items())
    return f"Events[0].EventBaseInfo.Code=TrafficCarMeasurement\nEvents[0].Lane={'7' * 21}\n{told}".encode()


def test_a_mon_line_with_every_column_full() -> None:
    read = mon(FULL_MON)
    assert read is not None
    assert (read.id, read.lane, read.length_mm, read.speed_km_h) == ("123456789", "4/1", 23_456, Decimal(123))
    assert read.at == datetime(2012, 11, 16, 12, 28, 59, 787_000, tzinfo=UTC)
    assert (read.gross_kg, read.axle_loads_kg) == (Decimal(249_999), kilograms(83_333, 83_333, 83_333))
    assert (read.spacings_mm, read.doubts) == ((12_345, 10_000), ())


@pytest.mark.parametrize(
    ("read", "line", "axles"),
    [
        (mon, mon_line(axles=1, size=55), 1),
        (mon, mon_line(), 2),
        (mon, mon_line(axles=32, size=365), 32),
        (rsa, rsa_row(axles=1, row="55"), 1),
        (rsa, rsa_row(length=6000, row="999,3000,0"), 2),
        (rsa, rsa_row(speed=300, length=6000), 2),
        (rsa, rsa_row(speed=0, length=0, row="0,0,999"), 2),
        (rsa, rsa_row(length=6000, axles=32, row=",".join(["10,100"] * 31 + ["10"])), 32),
        (nswd, nswd_line(axles=1, row="100 0", more=""), 1),
        (nswd, nswd_line(row="50 50 0 30", more=""), 2),
        (nswd, nswd_line(row="50 50 0 0"), 2),
        (nswd, nswd_line(axles=32, row="3.125 " * 32 + "1 " * 32), 32),
        (dahua, dahua_event(), 2),
        (dahua, dahua_event(**{"AxleWeightInfo[0]": 100_000, "TotalWeight": 150_000, "Speed": 255}), 2),
        (dahua, dahua_event(**{"AxleLengthInfo[0]": 30_000}), 2),
        (rsa, rsa_row(row="55,335,72,9,9"), 2),
        (dahua, dahua_event(AxleNum=8, **{f"AxleWeightInfo[{one}]": 12_500 for one in range(8)}), 8),
    ],
)
def test_what_is_at_its_bound_is_read(read: Read, line: bytes, axles: int) -> None:
    found = read(line)
    assert found is not None
    assert len(found.axle_loads_kg) == axles
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("read", "line", "said"),
    [
        (mon, mon_line(axles=0, size=50), "axles: 0"),
        (mon, mon_line(axles=33, size=400), "axles: 33"),
        (mon, mon_line(size=64), "and 64 columns"),
        (mon, b"\xe8" + FULL_MON[1:], "ASCII"),
        (rsa, rsa_row(axles=0, row=""), "from 1 to 32"),
        (rsa, rsa_row(axles=33, row=",".join(["10,100"] * 32 + ["10"])), "from 1 to 32"),
        (rsa, b"13" + b",0" * 15, "16 columns; at least 17"),
        (rsa, b"13" + b",1" * 16, "0 columns of loads"),
        (rsa, rsa_row(row="55,335"), "2 columns of loads"),
        (rsa, rsa_row(row="1000,335,72"), "load"),
        (rsa, rsa_row(row="-1,335,72"), "load"),
        (rsa, rsa_row(row="55,3001,72"), "spacing"),
        (rsa, rsa_row(row="55,-1,72"), "spacing"),
        (rsa, rsa_row(length=6001), "length"),
        (rsa, rsa_row(length=-1), "length"),
        (rsa, rsa_row(speed=301), "speed"),
        (rsa, rsa_row(speed=-1), "speed"),
        (rsa, b"?3,0", "record type"),
        (nswd, b" ".join(nswd_line().split()[:11]), "11 fields; at least 12"),
        (nswd, nswd_line(axles=1, row="100", more=""), "12 fields do not hold 1 axles"),
        (nswd, nswd_line(row="50 50 3", more=""), "14 fields do not hold 2 axles"),
        (nswd, nswd_line(axles=0), "from 1 to 32"),
        (nswd, nswd_line(axles=33), "from 1 to 32"),
        (nswd, nswd_line(row="50 50 3 30.001"), "metres are needed"),
        (nswd, nswd_line(row="50 50 3 -0.001"), "metres are needed"),
        (nswd, nswd_line(row="50 5x 3 3"), "field 13:"),
        (nswd, nswd_line(row="50 50 3x 3"), "field 14:"),
        (nswd, nswd_line(row="50 50 3 3x"), "field 15:"),
        (nswd, nswd_line(flags="0000000"), "eight hex digits"),
        (nswd, nswd_line().replace(b"11-23", b"13-23"), "field 1, time"),
        (dahua, dahua_event(AxleNum=9), "from 0 to 8"),
        (dahua, dahua_event(**{"AxleWeightInfo[0]": 100_001}), "from 0 to 100000"),
        (dahua, dahua_event(**{"AxleLengthInfo[0]": 30_001}), "from 0 to 30000"),
        (dahua, dahua_event(TotalWeight=1_000_001), "from 0 to 1000000"),
        (dahua, dahua_event(TotalWeight=1_000_000), "more than 250000"),
        (dahua, dahua_event(Speed=256), "from 0 to 255"),
        (dahua, b"Events[0].EventBaseInfo.Code=Other\n", "no TrafficCarMeasurement"),
    ],
)
def test_what_is_beyond_is_told(read: Read, line: bytes, said: str) -> None:
    with pytest.raises(FrameError, match=said):
        read(line)


def test_other_types_and_empty_lines_are_no_records() -> None:
    assert [rsa(line) for line in (b"", b"10,4", b"1 ,4", b"10?,4")] == [None] * 4
    assert (mon(b"  "), nswd(b" \r")) == (None, None)


@pytest.mark.parametrize(
    ("bits", "name"),
    [
        ("00800000", "overloaded"),
        ("00400000", "axle-overloaded"),
        ("00000001", "multiple-presence"),
        ("00000080", "negative-loads"),
        ("00008000", "reconstructed"),
        ("00000200", "reclassified"),
        ("01000000", "multiple-presence-incomplete"),
        ("00200000", "class-changed-by-hand"),
        ("00100000", "first-axle-adjusted"),
        ("00080000", "axles-adjusted"),
        ("00040000", "negatives-reset"),
        ("00020000", "no-temperature"),
        ("00010000", "autogroup-off"),
        ("00000800", "multiple-presence-compensated"),
        ("80000000", "unknown-80000000"),
    ],
)
def test_each_flag_of_siwim_has_its_bit(bits: str, name: str) -> None:
    read = nswd(nswd_line(flags=bits))
    assert read is not None
    assert read.flags == (name,)
    assert len(FLAGS) == 14


def test_siwim_s_metres_a_second_and_milliseconds() -> None:
    read = nswd(nswd_line())
    assert read is not None
    assert (read.id, read.site, read.lane) == ("2017-11-23-00-00-42-120", "ABC", "1")
    assert read.at == datetime(2017, 11, 23, 0, 0, 42, 120_000, tzinfo=UTC)
    assert (read.speed_km_h, read.spacings_mm) == (Decimal("72.0"), (3000,))
    assert (read.gross_kg, read.axle_loads_kg) == (Decimal(10_197), kilograms(5_099, 5_099))


def test_dahua_s_event_is_cut_and_says_when() -> None:
    read = dahua(dahua_event(Speed=80) + b"Events[0].UTC=1\nEvents[0].UTCMS=999\nEvents[0].EventID=" + b"9" * 41)
    assert (read.lane, read.id, read.speed_km_h, read.flags) == ("7" * 20, "9" * 40, Decimal(80), ())
    assert read.at == datetime(1970, 1, 1, 0, 0, 1, 999_000, tzinfo=UTC)
    nothing = dahua(b"Events[0].Code=TrafficCarMeasurement\n")
    assert (nothing.gross_kg, nothing.speed_km_h, nothing.axle_loads_kg) == (None, None, ())


def test_dahua_s_row_has_eight_loads_and_seven_spacings_between_them() -> None:
    loads = {f"AxleWeightInfo[{one}]": 12_500 for one in range(9)}
    spacings = {f"AxleLengthInfo[{one}]": 1_300 for one in range(8)}
    read = dahua(dahua_event(AxleNum=8, **loads, **spacings))
    assert (len(read.axle_loads_kg), len(read.spacings_mm), read.doubts) == (8, 7, ())


def csv_line(*, axles: str = "2", loads: str = "1000,2000", spacings: str = "300", **more: str) -> bytes:
    row = [more.get("site", ""), "2026-11-23 12:05:06", more.get("lane", ""), "", axles, more.get("gross", "3000")]
    loads_10, spacings_9 = [loads, *[""] * (9 - loads.count(","))], [spacings, *[""] * (8 - spacings.count(","))]
    tail = ["", more.get("length", ""), more.get("speed", ""), more.get("straddle", ""), "", "", ""]
    return ",".join([*row, *loads_10, *spacings_9, *tail]).encode()


def test_a_csv_row_says_what_it_says() -> None:
    read = FORMATS["wim-csv"].decode(
        csv_line(site="s" * 101, lane="2" * 21, length="1200.5", speed="63", straddle="是")
    )
    assert read is not None
    assert (read.site, read.lane, read.length_mm, read.speed_km_h) == ("s" * 100, "2" * 20, 12_005, Decimal(63))
    assert (read.flags, read.axle_loads_kg, read.spacings_mm) == (("straddle",), kilograms(1000, 2000), (3000,))
    assert read.at == datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
    assert read.at.utcoffset() == timedelta(hours=8)
    single = FORMATS["wim-csv"].decode(csv_line(axles="1", loads="3000"))
    assert single is not None
    assert (single.axle_loads_kg, single.spacings_mm) == (kilograms(3000), ())
    bare = FORMATS["wim-csv"].decode(csv_line(axles="0", loads="", spacings=""))
    assert bare is not None
    assert (bare.axle_loads_kg, bare.spacings_mm, bare.length_mm, bare.flags) == ((), (), None, ())
    ten = FORMATS["wim-csv"].decode(
        csv_line(axles="10", loads=",".join(["300"] * 10), spacings=",".join(["120"] * 9), straddle="0")
    )
    assert ten is not None
    assert (len(ten.axle_loads_kg), ten.spacings_mm, ten.flags) == (10, (1200,) * 9, ())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (csv_line(axles="11"), "from 0 to 10"),
        (csv_line(axles="-1"), "from 0 to 10"),
        (csv_line() + b",", "33 columns under a header of 32"),
        (csv_line().replace(b"2026-11-23", b"2026-13-23"), "时间"),
        (csv_line().replace(b"2026", b"\xff026"), "not utf-8-sig at byte 1"),
        (csv_line().replace(b"2026", b'"026'), "not a line of CSV"),
    ],
)
def test_a_csv_row_that_is_none_is_told(line: bytes, said: str) -> None:
    with pytest.raises(FrameError, match=said):
        FORMATS["wim-csv"].decode(line)


def test_a_csv_header_has_all_that_is_needed_and_is_no_row() -> None:
    form = FORMATS["wim-csv"]
    assert form.head.endswith("超载比例\r\n".encode())
    assert form.decode(form.head.strip()) is None
    (bad,) = read_lines(form, iter(["时间,轴数,总重\n".encode()]))
    assert isinstance(bad, BadLine)


def table_b1(**changes: object) -> bytes:
    said = {"totalWeight": "10000", **{f"axle{one}Weight": "2500" for one in range(1, 5)}}
    return json.dumps(said | changes).encode()


@pytest.mark.parametrize(
    ("changes", "loads", "doubts"),
    [
        ({"axle5Weight": "0", "axle6Weight": "0"}, 4, 0),
        ({"axle5Weight": "", "axle6Weight": "0", "axisNum": ""}, 4, 0),
        ({"axle7Weight": "2500", "axisNum": "4"}, 4, 0),
        ({"axisNum": "0"}, 4, 1),
        ({"axisNum": "32"}, 0, 0),
        ({"previewCode": "7" * 100}, 4, 0),
    ],
)
def test_table_b1_at_its_bounds(changes: dict[str, object], loads: int, doubts: int) -> None:
    read = off_site(table_b1(**changes))
    assert (len(read.axle_loads_kg), len(read.doubts), read.id) == (loads, doubts, changes.get("previewCode", ""))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"axisNum": "33"}, "from 0 to 32"),
        ({"axisNum": "-1"}, "from 0 to 32"),
        ({"previewCode": "7" * 101}, "previewCode: a text is needed"),
        ({"previewCode": [1]}, "previewCode: a text is needed"),
        ({"previewCode": False}, "previewCode: a text is needed"),
        ({"previewCode": "a\nb"}, "not printable"),
        ({"more": "x" * 65_536}, "65536 at most"),
    ],
)
def test_what_table_b1_cannot_say_is_told(changes: dict[str, object], said: str) -> None:
    with pytest.raises(FrameError, match=said):
        off_site(table_b1(**changes))


def test_a_line_comes_without_its_end() -> None:
    taken: list[bytes] = []
    form = replace(FORMATS["mon"], lines=lambda: taken.append)
    assert list(read_lines(form, iter([b"a\r\nb\n", b"\x0cc\x0c\r"]))) == []
    assert taken == [b"a", b"b", b"\x0cc\x0c"]


@pytest.mark.parametrize("cut", [1, 7, LINE_BYTES_MAX, 10 * LINE_BYTES_MAX])
def test_a_line_is_read_up_to_its_bound_however_the_file_comes(cut: int) -> None:
    def lines(*found: bytes) -> list[VehicleRecord | BadLine]:
        data = b"\n".join(found)
        chunks = (data[at : at + cut] for at in range(0, len(data), cut))
        return list(read_lines(FORMATS["mon"], chunks))

    good, long = mon(FULL_MON), FULL_MON.ljust(LINE_BYTES_MAX)
    told = BadLine(2, f"more than {LINE_BYTES_MAX} bytes")
    assert lines(long, long) == [good, good]
    assert lines(long, long + b" ", FULL_MON + b"\r") == [good, told, good]
    assert lines(long, long + b" ") == [good, told]
    assert lines(b"", FULL_MON + b"\r") == [good]
