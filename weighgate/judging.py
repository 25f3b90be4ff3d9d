"""The `judge` command's line: one JSON object in, one out. A bad line gives its error in its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from gateway import records
from gateway.clock import local_day
from gateway.core.grouping import group
from gateway.core.vehicle import AXLES_MAX, BODIES, Layout, Load, Measurement, Vehicle, parse_layout
from gateway.core.verdict import Basis, Judgement
from gateway.law.limits import Law, judge
from gateway.law.linkage import ENFORCEMENT_MODES, SITE_KINDS
from gateway.law.penalties import Proposal, Schedule, propose
from gateway.law.proof import Certificate, ErrorTable, Instrument, Proof, prove
from gateway.lawfiles import ChosenLimits, choose_limits, load_instruments, load_penalties
from weighgate.json_lines import BadLineError, parse_line

# Which axles stand together. On 5000 recorded weigh-in-motion vehicles any threshold from 2.0 to 2.2 m
# finds the recorded group count of every one (1.95 m: 99.86 %, 2.30 m: 99.94 %); law states loads by spacing, not this.
GROUP_SPACING_MM = 2100
MASS_KG_MAX = 1_000_000
FIELDS = frozenset(
    {"id", "at", "axles", "body", "drive_axles", "gross_kg", "axle_loads_kg", "spacings_mm", "tyres", "wide_tyres"}
    | {"air_suspension", "length_mm", "width_mm", "height_mm", "licence_gross_kg", "rated_load_kg", "kerb_kg"}
    | {"goods", "divisible", "permit", "site_kind", "enforcement_mode", "instrument", "posted_limit_kg", "empty"}
)
INSTRUMENT_FIELDS = frozenset({"kind", "class", "interval_kg", "weighings", "uncertainty_kg", "valid_until"})


@dataclass(frozen=True, slots=True)
class ShippedLaws:
    """Everything that a line is judged by, loaded once."""

    limits: ChosenLimits
    schedules: tuple[Schedule, ...]
    errors: ErrorTable


def load_shipped_laws(config_dir: Path, limits: str = "cn-annex124-2016") -> ShippedLaws:
    """The law files that travel with the program; `limits` names the set to judge by, the others are shown beside it.

    Raises:
        ConfigError: a law file is wrong, or no set has that id.
    """
    penalties = sorted((config_dir / "law" / "penalties").glob("*.toml"))
    return ShippedLaws(
        choose_limits(config_dir / "law", limits),
        tuple(load_penalties(path) for path in penalties),
        load_instruments(config_dir / "law" / "instruments" / "cn-in-service.toml"),
    )


def judge_line(raw: str | bytes | None, laws: ShippedLaws) -> dict[str, Any]:
    """Judge one line (None: one too long to be read); a bad one gives `{"id", "error": {"field", "value", "reason"}}`.

    Never raises on input.
    """
    line: dict[str, Any] = {}
    try:
        line = parse_line(raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw)
        return _judged(line, laws)
    except BadLineError as error:
        told = {"field": error.field, "value": error.value, "reason": error.reason}
        return {"id": line.get("id", error.id), "error": told}


def _judged(line: dict[str, Any], laws: ShippedLaws) -> dict[str, Any]:
    for name in line.keys() - FIELDS:
        raise BadLineError(name, line[name], f"unknown field; known: {', '.join(sorted(FIELDS))}")
    site_kind = _choice(line, "site_kind", SITE_KINDS, "checkpoint")
    mode = _choice(line, "enforcement_mode", ENFORCEMENT_MODES, "transport")
    day = _day(line)
    rule_set = laws.limits.rule_set
    if day is not None and not rule_set.in_force(day):
        reason = f"{day} in China; {rule_set.id} is in force from {rule_set.valid_from} until {rule_set.valid_until}"
        raise BadLineError("at", line["at"], reason)
    vehicle, measurement = _vehicle(line), _measurement(line)
    instrument = _instrument(line, vehicle, day)
    law = Law(
        rule_set,
        laws.limits.others,
        laws.limits.linkage,
        site_kind,  # type: ignore[arg-type]  # chosen from the literal's own values
        mode,  # type: ignore[arg-type]  # chosen from the literal's own values
        posted_limit_kg=_whole(line, "posted_limit_kg"),
        interval_kg=None if instrument is None else instrument.interval_kg,
    )
    judgement = judge(vehicle, measurement, law, _load(line))
    schedules = [one for one in laws.schedules if day is None or one.in_force(day)]
    proofs = prove(judgement, measurement.gross_kg, instrument, laws.errors)
    return _shown(line.get("id"), judgement, proofs, propose(judgement, schedules, law.enforcement_mode))


def _instrument(line: Mapping[str, Any], vehicle: Vehicle, day: date | None) -> Instrument | None:
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
        kind = _choice(value, "kind", ("platform", "axle"), None)
        weighings = _whole(value, "weighings")
        if weighings is None and kind is not None:
            weighings = 1 if kind == "platform" else vehicle.axles
        certificate = _certificate(value, day)
        return Instrument(
            _class(value), _whole(value, "interval_kg"), weighings, _whole(value, "uncertainty_kg"), certificate
        )
    except BadLineError as error:
        raise BadLineError(f"instrument.{error.field}", error.value, error.reason) from error


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


def _vehicle(line: Mapping[str, Any]) -> Vehicle:
    layout = _layout(line)
    drive_axles = _whole(line, "drive_axles")
    if drive_axles is not None and drive_axles > sum(layout):
        raise BadLineError("drive_axles", drive_axles, f"the vehicle has {sum(layout)} axles")
    tyres = _wholes(line, "tyres")
    if tyres is not None and (len(tyres) != sum(layout) or not set(tyres) <= {2, 4}):
        raise BadLineError("tyres", line["tyres"], f"needs 2 or 4 for each of {sum(layout)} axles")
    return Vehicle(
        layout=layout,
        body=_choice(line, "body", BODIES, None),  # type: ignore[arg-type]  # chosen from the literal's own values
        drive_axles=drive_axles,
        tyres=tyres,
        wide_tyres=_flag(line, "wide_tyres"),
        air_suspension=_flag(line, "air_suspension"),
        length_mm=_whole(line, "length_mm"),
        width_mm=_whole(line, "width_mm"),
        height_mm=_whole(line, "height_mm"),
        licence_gross_kg=_whole(line, "licence_gross_kg"),
        rated_load_kg=_whole(line, "rated_load_kg"),
        kerb_kg=_whole(line, "kerb_kg"),
        sources={name: "unknown" for name, value in line.items() if value is None},
    )


def _load(line: Mapping[str, Any]) -> Load:
    """What is carried. A permit that is left out was not shown; null is not known."""
    goods, permit = line.get("goods"), line.get("permit", False)
    if goods is not None and not isinstance(goods, str):
        raise BadLineError("goods", goods, "is not text")
    if permit is not None and permit is not False and not isinstance(permit, dict):
        raise BadLineError("permit", permit, "is not an object")
    shown = None if permit is None else isinstance(permit, dict) and bool(permit)
    return Load(goods, _flag(line, "divisible"), shown, _flag(line, "empty"))


def _measurement(line: Mapping[str, Any]) -> Measurement:
    gross_kg = _whole(line, "gross_kg")
    if gross_kg is None:
        raise BadLineError("gross_kg", None, "is required")
    return Measurement(gross_kg, _wholes(line, "axle_loads_kg"), _wholes(line, "spacings_mm"))


def _layout(line: Mapping[str, Any]) -> Layout:
    text = line.get("axles")
    loads, spacings = _wholes(line, "axle_loads_kg"), _wholes(line, "spacings_mm")
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


def _whole(line: Mapping[str, Any], field: str) -> int | None:
    value = line.get(field)
    if value is None:
        return None
    return _positive(field, value, value)


def _wholes(line: Mapping[str, Any], field: str) -> tuple[int, ...] | None:
    value = line.get(field)
    if value is None:
        return None
    if not isinstance(value, list):
        raise BadLineError(field, value, "is not a list of whole numbers")
    return tuple(_positive(field, one, value) for one in value)


def _positive(field: str, one: object, value: object) -> int:
    if isinstance(one, bool) or not isinstance(one, int):
        raise BadLineError(field, value, f"{one!r} is not a whole number")
    if not 0 < one <= MASS_KG_MAX:
        raise BadLineError(field, value, f"{one} is not between 1 and {MASS_KG_MAX}")
    return one


def _flag(line: Mapping[str, Any], field: str) -> bool | None:
    value = line.get(field)
    if value is not None and not isinstance(value, bool):
        raise BadLineError(field, value, "is neither true nor false nor null")
    return value


def _choice(line: Mapping[str, Any], field: str, known: tuple[str, ...], default: str | None) -> str | None:
    value = line.get(field)
    if value is None:
        return default
    if value not in known:
        raise BadLineError(field, value, f"known: {', '.join(known)}")
    assert isinstance(value, str)
    return value


def _day(line: Mapping[str, Any]) -> date | None:
    """China's day of the weighing, which chooses the law in force; a time without an offset is taken as UTC."""
    value = line.get("at")
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
        return local_day(found if found.tzinfo is not None else found.replace(tzinfo=UTC))
    except (TypeError, ValueError, OverflowError) as error:
        raise BadLineError("at", value, "is not an RFC 3339 time") from error


def _shown(
    id_: object, judgement: Judgement, proofs: Mapping[Basis, Proof], proposals: Iterable[Proposal]
) -> dict[str, Any]:
    return {
        "id": id_,
        "rule_set": judgement.rule_set,
        "rule_set_sha256": judgement.rule_set_sha256,
        "verdicts": {
            "road_limit": records.verdict(judgement.road_limit, proofs["road_limit"]),
            "vehicle_rating": records.verdict(judgement.vehicle_rating, proofs["vehicle_rating"]),
            "posted_limit": records.verdict(judgement.posted_limit, proofs["posted_limit"]),
        },
        "hundred_tonne": judgement.hundred_tonne,
        "illegal_over_limit": judgement.illegal_over_limit,
        "suspicions": list(judgement.suspicions),
        "findings": [records.finding(one) for one in judgement.findings],
        "penalties": [
            {
                "party": one.party,
                "kind": one.kind,
                "amount_yuan": None
                if one.amount_min_yuan is None
                else {"min": one.amount_min_yuan, "max": one.amount_max_yuan},
                "points": one.points,
                "clause": one.clause,
                "authority": one.authority,
                "verified": one.verified,
            }
            for one in proposals
        ],
        "consequence": judgement.consequence,
        "action": judgement.action,
        "ground": judgement.ground,
        "presumed": list(judgement.presumed),
    }
