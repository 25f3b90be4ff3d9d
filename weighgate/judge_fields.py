"""The fields of one line to judge: read, checked against each other, and the first wrong one named with its value."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from gateway.clock import local_day
from gateway.core.grouping import group
from gateway.core.vehicle import AXLES_MAX, BODIES, FAMILIES, Body, Layout, Load, Measurement, Vehicle, parse_layout
from gateway.law.proof import Certificate, Instrument
from gateway.law.rules import motor_groups
from weighgate.json_lines import BadLineError
from weighgate.judge_shapes import INTERVAL_KG_MAX, MASS_KG_MAX, PERCENT_MAX, SIZE_MM_MAX, InstrumentIn

# Which axles stand together. On 5000 recorded weigh-in-motion vehicles any threshold from 2.0 to 2.2 m
# finds the recorded group count of every one (1.95 m: 99.86 %, 2.30 m: 99.94 %); law states loads by spacing, not this.
GROUP_SPACING_MM = 2100
INSTRUMENT_FIELDS = InstrumentIn.names()


def instrument_of(line: Mapping[str, Any], vehicle: Vehicle, day: date | None) -> Instrument | None:
    """What weighed. Nothing said of a certificate presumes one; null is a missing one, a past day an expired one."""
    value = line.get("instrument")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadLineError("instrument", value, "is not an object")
    for name in value.keys() - INSTRUMENT_FIELDS:
        raise BadLineError(
            f"instrument.{name}", value[name], f"unknown field; known: {', '.join(sorted(INSTRUMENT_FIELDS))}"
        )
    try:
        kind = choice(value, "kind", ("platform", "axle"), None)
        weighings = whole(value, "weighings")
        if weighings is None and kind is not None:
            weighings = 1 if kind == "platform" else vehicle.axles
        certificate = _certificate(value, day)
        return Instrument(_class(value), _interval_kg(value), weighings, whole(value, "uncertainty_kg"), certificate)
    except BadLineError as error:
        raise BadLineError(f"instrument.{error.field}", error.value, error.reason) from error


def _interval_kg(instrument: Mapping[str, Any]) -> int | None:
    interval_kg = whole(instrument, "interval_kg")
    if interval_kg is not None and interval_kg > INTERVAL_KG_MAX:
        raise BadLineError("interval_kg", interval_kg, f"is not between 1 and {INTERVAL_KG_MAX}")
    return interval_kg


def _class(instrument: Mapping[str, Any]) -> str | None:
    """A class is text, and a number says the same: 5 is "5"."""
    value = instrument.get("class")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise BadLineError("class", value, 'is not text such as "5" or "III"')
    return value


def _certificate(instrument: Mapping[str, Any], day: date | None) -> Certificate:
    if "valid_until" not in instrument:
        return "presumed"
    value = instrument["valid_until"]
    if value is None:
        return "missing"
    try:
        until = date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadLineError("valid_until", value, "is not a day such as 2027-12-31") from error
    if day is None:
        raise BadLineError("valid_until", value, "says nothing without `at`, the time of the weighing")
    return "expired" if until < day else "in-force"


def vehicle_of(line: Mapping[str, Any]) -> Vehicle:
    layout = _layout(line)
    drive_axles = whole(line, "drive_axles")
    tyres = wholes(line, "tyres")
    if tyres is not None and (len(tyres) != sum(layout) or not set(tyres) <= {2, 4}):
        raise BadLineError("tyres", line["tyres"], f"needs 2 or 4 for each of {sum(layout)} axles")
    body: Body | None = choice(line, "body", BODIES, None)  # type: ignore[assignment]  # of the literal's own values
    if drive_axles is not None:
        axles = sum(layout if body is None else layout[: motor_groups(body, layout)])
        if drive_axles > axles:
            raise BadLineError("drive_axles", drive_axles, f"{axles} axles may be driven")
    _agree(line, layout)
    return Vehicle(
        layout=layout,
        body=body,
        drive_axles=drive_axles,
        tyres=tyres,
        wide_tyres=flag(line, "wide_tyres"),
        air_suspension=flag(line, "air_suspension"),
        length_mm=whole(line, "length_mm"),
        width_mm=whole(line, "width_mm"),
        height_mm=whole(line, "height_mm"),
        licence_gross_kg=whole(line, "licence_gross_kg"),
        rated_load_kg=whole(line, "rated_load_kg"),
        kerb_kg=whole(line, "kerb_kg"),
        family=choice(line, "family", FAMILIES, None),
        sources={name: "unknown" for name, value in line.items() if value is None},
    )


def _agree(line: Mapping[str, Any], layout: Layout) -> None:
    """Refuses numbers of which no vehicle can have both."""
    kerb_kg, licence_kg = whole(line, "kerb_kg"), whole(line, "licence_gross_kg")
    if kerb_kg is not None and licence_kg is not None and kerb_kg > licence_kg:
        raise BadLineError("kerb_kg", kerb_kg, f"is above licence_gross_kg {licence_kg}")
    length_mm, spacings = whole(line, "length_mm"), wholes(line, "spacings_mm")
    if length_mm is not None and spacings is not None and sum(spacings) >= length_mm:
        raise BadLineError("spacings_mm", line["spacings_mm"], f"add up to no less than length_mm {length_mm}")
    if spacings is not None and sum(spacings) > SIZE_MM_MAX:
        raise BadLineError("spacings_mm", line["spacings_mm"], f"add up to more than {SIZE_MM_MAX}")
    if sum(layout) < 2:
        raise BadLineError("axles", line.get("axles"), f"a vehicle has 2 to {AXLES_MAX} axles")


def load_of(line: Mapping[str, Any]) -> Load:
    """What is carried. A permit that is left out was not shown; null is not known."""
    goods, permit = line.get("goods"), line.get("permit", False)
    if goods is not None and not isinstance(goods, str):
        raise BadLineError("goods", goods, "is not text")
    if permit is not None and permit is not False and not isinstance(permit, dict):
        raise BadLineError("permit", permit, "is not an object")
    shown = None if permit is None else isinstance(permit, dict) and bool(permit)
    return Load(goods, flag(line, "divisible"), shown, flag(line, "empty"), whole(line, "cars"))


def measurement_of(line: Mapping[str, Any]) -> Measurement:
    gross_kg = whole(line, "gross_kg")
    if gross_kg is None:
        raise BadLineError("gross_kg", None, "is required")
    return Measurement(gross_kg, wholes(line, "axle_loads_kg"), wholes(line, "spacings_mm"))


def _layout(line: Mapping[str, Any]) -> Layout:
    text = line.get("axles")
    loads, spacings = wholes(line, "axle_loads_kg"), wholes(line, "spacings_mm")
    if loads is not None and spacings is not None and len(loads) != len(spacings) + 1:
        raise BadLineError("spacings_mm", line["spacings_mm"], f"{len(loads)} axles have {len(loads) - 1} spacings")
    if text is None:
        if loads is None or spacings is None:
            raise BadLineError("axles", text, "is required, or axle_loads_kg with spacings_mm")
        if not 2 <= len(loads) <= AXLES_MAX:
            raise BadLineError("axle_loads_kg", line["axle_loads_kg"], f"a vehicle has 2 to {AXLES_MAX} axles")
        return group(spacings, GROUP_SPACING_MM)
    if not isinstance(text, str):
        raise BadLineError("axles", text, "is not text such as 1+2+3")
    try:
        layout = parse_layout(text)
    except ValueError as error:
        raise BadLineError("axles", text, str(error)) from error
    axles = sum(layout)
    if loads is not None and len(loads) != axles:
        raise BadLineError("axle_loads_kg", line["axle_loads_kg"], f"{text} has {axles} axles")
    if spacings is not None and len(spacings) != axles - 1:
        raise BadLineError("spacings_mm", line["spacings_mm"], f"{text} has {axles - 1} spacings")
    return layout


def whole(line: Mapping[str, Any], field: str) -> int | None:
    value = line.get(field)
    if value is None:
        return None
    return _positive(field, value, value)


def wholes(line: Mapping[str, Any], field: str) -> tuple[int, ...] | None:
    value = line.get(field)
    if value is None:
        return None
    if not isinstance(value, list):
        raise BadLineError(field, value, "is not a list of whole numbers")
    return tuple(_positive(field, one, value) for one in value)


def _positive(field: str, one: object, value: object) -> int:
    if isinstance(one, bool) or not isinstance(one, int):
        raise BadLineError(field, value, f"{one!r} is not a whole number")
    most = SIZE_MM_MAX if field.endswith("_mm") else MASS_KG_MAX
    if not 0 < one <= most:
        raise BadLineError(field, value, f"{one} is not between 1 and {most}")
    return one


def percent(line: Mapping[str, Any], field: str) -> int | None:
    found = whole(line, field)
    if found is not None and found > PERCENT_MAX:
        raise BadLineError(field, found, f"is not between 1 and {PERCENT_MAX}")
    return found


def flag(line: Mapping[str, Any], field: str) -> bool | None:
    value = line.get(field)
    if value is not None and not isinstance(value, bool):
        raise BadLineError(field, value, "is neither true nor false nor null")
    return value


def choice(line: Mapping[str, Any], field: str, known: tuple[str, ...], default: str | None) -> str | None:
    """One of these. Null is unknown where nothing is the default, and else none of them: a place is known."""
    value = line.get(field, default)
    if value is None and default is None:
        return None
    if value not in known:
        raise BadLineError(field, value, f"known: {', '.join(known)}")
    assert isinstance(value, str)
    return value


def day_of(line: Mapping[str, Any]) -> date | None:
    """China's day of the weighing, which chooses the law in force; a time without an offset is taken as UTC."""
    value = line.get("at")
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
        return local_day(found if found.tzinfo is not None else found.replace(tzinfo=UTC))
    except (TypeError, ValueError, OverflowError) as error:
        raise BadLineError("at", value, "is not an RFC 3339 time") from error
