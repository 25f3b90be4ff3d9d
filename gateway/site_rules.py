"""What must fit together inside a site file, whatever else is wrong with it: names meet, wiring is whole.

It reads the file as parsed and not the checked model, so that one round tells these faults beside those of shape.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from drivers.link import TcpPeer, parse_link_url
from drivers.serial_link import SerialPort

Table = Mapping[str, Any]
Share = tuple[str, object, object]
"""What somebody has of a wire: all of it (an indicator), what is told on it (a sign), a Modbus unit, a relay."""
ALL, TOLD = ("all", None, None), ("told", None, None)
POSITIONS = ("loop", "curtain", "beam")
AXLE_NEEDS = (
    ("scale", "deck_mm"),
    ("scale", "treadle_span_mm"),
    ("passage", "group_spacing_mm"),
    ("passage", "speed_max_mm_s"),
    ("passage", "vehicle_timeout_ms"),
)


def cross_faults(document: Table) -> list[str]:
    """Every fault between values of different places, each with its place. A wrong shape is left to others."""
    lanes, buses = _tables(document.get("lanes")), _tables(document.get("buses"))
    faults = []
    for place, lane in enumerate(lanes):
        where = f"lanes[{place}]"
        faults += _io_faults(where, lane, buses) + _axle_faults(where, lane) + _wiring_faults(where, lane)
    faults += _wire_faults(lanes, buses)
    records = _tables(document.get("records"))
    faults += _twice("lanes", lanes) + _twice("buses", buses) + _records_faults(records, lanes, document)
    kind = _table(document.get("site")).get("kind")
    if kind is not None and (kind == "toll-entrance") != ("plaza" in document):
        faults.append("plaza: a toll-entrance has one, no other site has")
    return faults


def _records_faults(records: Sequence[Table], lanes: Sequence[Table], document: Table) -> list[str]:
    faults = _twice("records", records)
    names = {one["id"] for one in lanes if isinstance(one.get("id"), str)}
    faults += [f"records: id {one['id']!r} is a lane's" for one in records if one.get("id") in names]
    if records and _table(document.get("site")).get("kind") != "checkpoint":
        faults.append("records: only a checkpoint takes finished records; elsewhere law knows no lead without people")
    return faults


def _io_faults(where: str, lane: Table, buses: Sequence[Table]) -> list[str]:
    if not isinstance(lane.get("io"), Mapping):
        return []
    bus, url = lane["io"].get("bus"), lane["io"].get("url")
    known = [one["id"] for one in buses if isinstance(one.get("id"), str)]
    if (bus is None) == (url is None):
        return [f"{where}.io: name either bus or url, not both and not neither"]
    if isinstance(bus, str) and bus not in known:
        return [f"{where}.io.bus: unknown {bus!r}; known: {', '.join(known) or 'none'}"]
    return []


def _axle_faults(where: str, lane: Table) -> list[str]:
    if lane.get("kind") != "axle":
        return []
    return [
        f"{where}.{table}.{key}: is needed on an axle lane"
        for table, key in AXLE_NEEDS
        if _table(lane.get(table)).get(key) is None
    ]


def _wiring_faults(where: str, lane: Table) -> list[str]:
    io = _table(lane.get("io"))
    inputs, outputs = _table(io.get("inputs")), _table(io.get("outputs"))
    faults = []
    if isinstance(lane.get("barrier"), Mapping):
        faults += _arm_faults(f"{where}: barrier", lane["barrier"], inputs, outputs, "barrier")
    if isinstance(lane.get("front_barrier"), Mapping):
        faults += _arm_faults(f"{where}: front_barrier", lane["front_barrier"], inputs, outputs, "front")
    if "lamp_yellow" in outputs and not {"lamp_red", "lamp_green"} <= set(outputs):
        faults.append(f"{where}: io.outputs.lamp_yellow needs lamp_red and lamp_green beside it")
    ends = [any(f"{what}_{end}" in inputs for what in POSITIONS) for end in ("entry", "exit")]
    if lane.get("whole_vehicle") == "loops" and not all(ends):
        faults.append(
            f'{where}: whole_vehicle = "loops" needs io.inputs.loop_entry and loop_exit (or a curtain or beam there)'
        )
    return faults


def _arm_faults(where: str, arm: Table, inputs: Table, outputs: Table, name: str) -> list[str]:
    said = arm.get("interlock")
    interlocks = said if isinstance(said, list) else [said]
    needed = [f"{name}_open", f"{name}_closed", *(one for one in interlocks if isinstance(one, str))]
    faults = [f"{where} needs io.inputs.{one}" for one in needed if one not in inputs]
    return faults + [
        f"{where} needs io.outputs.{name}_{do}" for do in ("open", "close") if f"{name}_{do}" not in outputs
    ]


def _twice(what: str, tables: Sequence[Table]) -> list[str]:
    ids = [one["id"] for one in tables if isinstance(one.get("id"), str)]
    return [f"{what}: id {name!r} is used twice" for name in sorted({one for one in ids if ids.count(one) > 1})]


def _wire_faults(lanes: Sequence[Table], buses: Sequence[Table]) -> list[str]:
    """Two lanes at one indicator would weigh one load twice; two at one relay would open for each other's vehicles."""
    faults, had = [], defaultdict[str, list[tuple[str, Share]]](list)
    for where, url, share in _shares(lanes, buses):
        if wire := _wire_of(url):
            other = next((other for other, one in had[wire] if _in_the_way(share, one)), None)
            if other is not None:
                faults.append(f"{where}: {_named(share)} on {wire} is {other}'s already; give each its own")
            had[wire].append((where, share))
    return faults


def _shares(lanes: Sequence[Table], buses: Sequence[Table]) -> Iterator[tuple[str, object, Share]]:
    urls = {one["id"]: one.get("url") for one in buses if isinstance(one.get("id"), str)}
    for place, lane in enumerate(lanes):
        scale, io = _table(lane.get("scale")), _table(lane.get("io"))
        modbus = str(scale.get("protocol")).startswith("modbus:")
        yield f"lanes[{place}].scale", scale.get("url"), ("unit", scale.get("unit_id", 1), None) if modbus else ALL
        url = urls.get(io["bus"]) if isinstance(io.get("bus"), str) else io.get("url")
        for role, number in _table(io.get("outputs")).items():
            yield f"lanes[{place}].io.outputs.{role}", url, ("output", io.get("unit"), number)
        for name in ("sign", "voice", "printer"):
            yield f"lanes[{place}].{name}", _table(lane.get(name)).get("url"), TOLD


def _in_the_way(one: Share, other: Share) -> bool:
    """Who is only told things shares with his like; a Modbus unit is one device's, a relay one lane's."""
    if TOLD in (one, other):
        return one != other
    (what, unit, _), (what_else, unit_else, _) = one, other
    return one == other or ALL in (one, other) or (unit == unit_else and {what, what_else} == {"unit", "output"})


def _named(share: Share) -> str:
    what, unit, number = share
    if what == "output":
        return f"output {number} of unit {unit}"
    return f"unit {unit}" if what == "unit" else "the wire"


def _wire_of(url: object) -> str:
    """The port or the address, however its settings are written; empty where the URL is none, which others say."""
    try:
        address = parse_link_url(url) if isinstance(url, str) else None
    except ValueError:
        return ""
    match address:
        case SerialPort():
            return address.path
        case TcpPeer():
            return f"{address.host}:{address.port}"
    return ""


def _table(value: object) -> Table:
    return value if isinstance(value, Mapping) else {}


def _tables(value: object) -> list[Table]:
    """In their places, an empty one where something else stands."""
    return [_table(one) for one in value] if isinstance(value, list) else []
