"""WIM records as CSV with a Chinese header: one vehicle a line.

    站点,时间,车道号,车牌号,轴数,总重,轴1重,…,轴10重,轴间距1,…,轴间距9,总轴距,车长,速度,是否跨道,温度,超载重量,超载比例

Loads in kilograms, lengths in centimetres, speed in km/h; UTF-8 or GB18030. Columns are found by their names, so that
another order does no harm. Source: the public project DTCZ (tWimMsg and its export). Its temperature carries an offset
of 100 in one place and none in another: it is not read.
"""

import csv
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

from drivers.cameras.plates import plate_text
from drivers.description import UNVERIFIED, Description
from drivers.errors import FrameError
from drivers.records.off_site_json import CHINA, plain
from drivers.records.vehicle_record import LineDecoder, RecordFormat, VehicleRecord, decimal, examined, whole

AXLES = 10
NEEDED = ("时间", "轴数", "总重", "轴1重")
LOADS = tuple(f"轴{one}重" for one in range(1, AXLES + 1))
SPACINGS = tuple(f"轴间距{one}" for one in range(1, AXLES))
HEADER = (
    *("站点", "时间", "车道号", "车牌号", "轴数", "总重"), *LOADS, *SPACINGS,
    *("总轴距", "车长", "速度", "是否跨道", "温度", "超载重量", "超载比例"),
)  # fmt: skip
ENCODINGS = ("utf-8-sig", "gb18030")
STRADDLING = ("1", "是", "true", "True")
TIME = "%Y-%m-%d %H:%M:%S"


def decode(line: bytes, header: tuple[str, ...] = HEADER, encoding: str = "utf-8-sig") -> VehicleRecord | None:
    """One line under this header; None for the header itself and for an empty line."""
    cells = _cells(line, encoding)
    if not any(cells) or cells[0] == header[0]:
        return None
    if len(cells) != len(header):
        raise FrameError(f"{len(cells)} columns under a header of {len(header)}")
    said = dict(zip(header, cells, strict=True))
    axles = whole(said["轴数"], "轴数", 0, AXLES)
    loads = _numbers(said, LOADS[:axles])
    spacings = _numbers(said, SPACINGS[: max(axles - 1, 0)])
    length, speed = said.get("车长", ""), said.get("速度", "")
    record = VehicleRecord(
        at=_time(said["时间"]),
        site=said.get("站点", "")[:100],
        lane=said.get("车道号", "")[:20],
        plate=plate_text(said.get("车牌号", ""), "车牌号"),
        gross_kg=decimal(said["总重"], "总重"),
        axle_loads_kg=loads,
        spacings_mm=tuple(int(one * 10) for one in spacings),
        length_mm=int(decimal(length, "车长") * 10) if length else None,
        speed_km_h=decimal(speed, "速度") if speed else None,
        flags=("straddle",) if said.get("是否跨道") in STRADDLING else (),
    )
    return examined(record, axles=axles)


def lines() -> LineDecoder:
    """For a file: its first line is the header, and tells the encoding. A line alone may be good in both (豫 is Ԥ)."""
    header: list[str] = []
    encodings: list[str] = []

    def take(line: bytes) -> VehicleRecord | None:
        if header:
            return decode(line, tuple(header), encodings[0])
        for encoding in ENCODINGS:
            with suppress(UnicodeDecodeError):
                found = [cell.strip() for cell in line.decode(encoding).split(",")]
                if all(name in found for name in NEEDED):
                    header.extend(found)
                    encodings.append(encoding)
                    return None
        raise FrameError(f"header: {', '.join(NEEDED)} are not all in it, neither in UTF-8 nor in GB18030")

    return take


def encode(record: VehicleRecord) -> bytes:
    """A line under the usual header, in UTF-8. Rear plate and colour have no column."""
    loads = [plain(load) for load in record.axle_loads_kg]
    spacings = [plain(Decimal(one) / 10) for one in record.spacings_mm]
    row = [record.site, "" if record.at is None else record.at.astimezone(CHINA).strftime(TIME), record.lane]
    row += [record.plate or "", str(len(loads)), plain(record.gross_kg or Decimal(0))]
    row += loads + ["0"] * (AXLES - len(loads)) + spacings + ["0"] * (AXLES - 1 - len(spacings))
    row += [plain(Decimal(sum(record.spacings_mm)) / 10), plain(Decimal(record.length_mm or 0) / 10)]
    row += [plain(record.speed_km_h or Decimal(0)), str(int("straddle" in record.flags)), "", "", ""]
    return ",".join(row).encode()


def _cells(line: bytes, encoding: str) -> list[str]:
    try:
        return next(csv.reader([line.decode(encoding)], strict=True), [])
    except UnicodeDecodeError as error:
        raise FrameError(f"not {encoding} at byte {error.start}") from error
    except csv.Error as error:
        raise FrameError(f"not a line of CSV: {error}") from error


def _numbers(said: Mapping[str, str], names: tuple[str, ...]) -> tuple[Decimal, ...]:
    return tuple(decimal(said[name], name) for name in names if said.get(name))


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text.strip(), TIME).replace(tzinfo=CHINA)
    except ValueError as error:
        raise FrameError(f"时间: {text[:40]!r} is no time such as 2026-11-23 12:05:06") from error


FORMAT = RecordFormat(
    name="wim-csv",
    decode=decode,
    encode=encode,
    lines=lines,
    head=",".join(HEADER).encode() + b"\r\n",
    description=Description(
        kind="records",
        title="WIM records as CSV with a Chinese header (DTCZ)",
        models=("exports with this header",),
        sources=("the public project 18068800343/DTCZ",),
        proof=("constructed",),
        settings="loads in kilograms, lengths in centimetres",
        sample="",
        unverified=f"{UNVERIFIED}; the form of 时间; what 温度 counts from",
    ),
)
