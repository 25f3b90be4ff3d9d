"""The permit of one line to judge, what it is compared with, and what people and registers know beside the weighing."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args

from gateway.core.vehicle import AXLES_MAX
from gateway.law.measures import NOTHING_KNOWN, Fact, Known
from gateway.law.permits import PERMIT_CLASSES, TRAILER_KINDS, Permit, Shown
from weighgate.json_lines import BadLineError
from weighgate.judge_fields import choice, flag, whole, wholes
from weighgate.judge_shapes import NAMES_MAX, SPEED_KM_H_MAX, KnownIn, PermitIn

PERMIT_FIELDS, KNOWN_FIELDS = PermitIn.names(), KnownIn.names()
COMPARED = ("at", "plate", "trailer_plate", "road", "divisible")
FACTS: tuple[str, ...] = get_args(Fact)


def shown_of(line: Mapping[str, Any], day: date | None) -> Shown | None:
    """The permit beside what the site saw; None where none was shown or nobody knows.

    A field to compare that is left out was not compared, and the answer says so; null is unknown.
    """
    plate, trailer_plate = _plate(line, "plate"), _plate(line, "trailer_plate")
    road = text(line, "road")
    value = line.get("permit")
    if not value:
        return None
    try:
        permit = _permit(value)
    except BadLineError as error:
        raise BadLineError(f"permit.{error.field}", error.value, error.reason) from error
    unknown = frozenset(name for name in COMPARED if name in line and line[name] is None)
    return Shown(permit, day, plate, trailer_plate, road, flag(line, "divisible"), unknown)


def _permit(value: Mapping[str, Any]) -> Permit:
    only(value, PERMIT_FIELDS)
    valid_from, valid_until = _day(value, "valid_from"), _day(value, "valid_until")
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        raise BadLineError("valid_until", value["valid_until"], f"is before valid_from {valid_from}")
    axles, loads = whole(value, "axles"), wholes(value, "axle_loads_kg")
    if axles is not None and axles > AXLES_MAX:
        raise BadLineError("axles", axles, f"a vehicle has 2 to {AXLES_MAX} axles")
    if loads is not None and (not loads or len(loads) > AXLES_MAX or (axles is not None and len(loads) != axles)):
        raise BadLineError(
            "axle_loads_kg", value["axle_loads_kg"], f"needs one load for each of {axles or 'the'} axles"
        )
    speed_km_h = whole(value, "speed_km_h")
    if speed_km_h is not None and speed_km_h > SPEED_KM_H_MAX:
        raise BadLineError("speed_km_h", speed_km_h, f"is not between 1 and {SPEED_KM_H_MAX}")
    return Permit(
        number=text(value, "number"),
        class_=choice(value, "class", PERMIT_CLASSES, None),  # type: ignore[arg-type]  # of the literal's own values
        valid_from=valid_from,
        valid_until=valid_until,
        tractor_plate=_plate(value, "tractor_plate"),
        trailer_plates=tuple(one.strip().upper() for one in _texts(value, "trailer_plates")),
        route=tuple(one.strip() for one in _texts(value, "route")),
        trailer_kind=choice(value, "trailer_kind", TRAILER_KINDS, "flat-bed"),  # type: ignore[arg-type]  # as above
        gross_kg=whole(value, "gross_kg"),
        length_mm=whole(value, "length_mm"),
        width_mm=whole(value, "width_mm"),
        height_mm=whole(value, "height_mm"),
        axles=axles,
        axle_loads_kg=loads,
        speed_km_h=speed_km_h,
        escort=flag(value, "escort"),
    )


def known_of(line: Mapping[str, Any], goods: str | None, found: tuple[str, ...]) -> Known:
    """What people found and registers count, with what the weighing itself says of a permit (`found`)."""
    value = line.get("known")
    if value is None:
        if goods is None and not found:
            return NOTHING_KNOWN
        return Known(facts=frozenset(found), goods=goods)  # type: ignore[arg-type]  # facts of the engine's own
    if not isinstance(value, dict):
        raise BadLineError("known", value, "is not an object")
    try:
        return _known(value, goods, found)
    except BadLineError as error:
        raise BadLineError(f"known.{error.field}", error.value, error.reason) from error


def _known(value: Mapping[str, Any], goods: str | None, found: tuple[str, ...]) -> Known:
    only(value, KNOWN_FIELDS)
    facts = _texts(value, "facts")
    for one in facts:
        if one not in FACTS:
            raise BadLineError("facts", list(facts), f"{one!r} is no fact; known: {', '.join(FACTS)}")
    counts: dict[Literal["vehicle", "driver"], int] = {
        "vehicle": whole(value, "vehicle_count") or 0,
        "driver": whole(value, "driver_count") or 0,
    }
    violators, fleet = whole(value, "violators") or 0, whole(value, "fleet") or 0
    if violators > fleet > 0:
        raise BadLineError("violators", violators, f"the fleet has {fleet}")
    return Known(
        facts=frozenset((*facts, *found)),  # type: ignore[arg-type]  # each was looked for in FACTS
        counts=counts,
        violators=violators,
        fleet=fleet,
        sole_trader=bool(flag(value, "sole_trader")),
        goods=goods,
    )


def only(value: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuses a field that nobody knows."""
    for name in value.keys() - known:
        raise BadLineError(name, value[name], f"unknown field; known: {', '.join(sorted(known))}")


def text(line: Mapping[str, Any], field: str) -> str | None:
    value = line.get(field)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise BadLineError(field, value, "is not text")
    return None if value is None else str(value).strip()


def _plate(line: Mapping[str, Any], field: str) -> str | None:
    found = text(line, field)
    return None if found is None else found.upper()


def _texts(value: Mapping[str, Any], field: str) -> tuple[str, ...]:
    found = value.get(field)
    if found is None:
        return ()
    if not isinstance(found, list) or len(found) > NAMES_MAX or not all(isinstance(one, str) and one for one in found):
        raise BadLineError(field, found, f"is not a list of at most {NAMES_MAX} texts")
    return tuple(found)


def _day(value: Mapping[str, Any], field: str) -> date | None:
    found = value.get(field)
    if found is None:
        return None
    try:
        return date.fromisoformat(found)
    except (TypeError, ValueError) as error:
        raise BadLineError(field, found, "is not a day such as 2027-12-31") from error
