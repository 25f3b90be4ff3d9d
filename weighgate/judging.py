"""The `judge` command's line: one JSON object in, one out. A bad line gives its error in its place."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.core.grouping import group
from gateway.core.vehicle import BODIES, Layout, Measurement, Vehicle, parse_layout
from gateway.core.verdict import Finding, Judgement, Verdict
from gateway.errors import ConfigError
from gateway.law.limits import Law, judge
from gateway.law.linkage import ENFORCEMENT_MODES, SITE_KINDS, Linkage
from gateway.law.penalties import Proposal, Schedule, propose
from gateway.law.rules import RuleSet
from gateway.lawfiles import load_limits_dir, load_linkage, load_penalties

GROUP_SPACING_MM = 2100
MASS_KG_MAX = 1_000_000
LINE_CHARS_MAX = 64 * 1024
FIELDS = frozenset(
    {"id", "at", "axles", "body", "drive_axles", "gross_kg", "axle_loads_kg", "spacings_mm", "tyres", "wide_tyres"}
    | {"air_suspension", "length_mm", "width_mm", "height_mm", "licence_gross_kg", "rated_load_kg", "kerb_kg"}
    | {"goods", "divisible", "permit", "site_kind", "enforcement_mode", "instrument", "posted_limit_kg"}
)


@dataclass(frozen=True, slots=True)
class ShippedLaws:
    """Everything that a line is judged by, loaded once."""

    rule_set: RuleSet
    others: tuple[RuleSet, ...]
    linkage: Linkage
    schedules: tuple[Schedule, ...]


class BadLineError(ValueError):
    """One field of a line is wrong."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.value = value
        self.reason = reason


def load_shipped_laws(config_dir: Path, limits: str = "cn-annex124-2016") -> ShippedLaws:
    """The law files that travel with the program; `limits` names the set to judge by, the others are shown beside it.

    Raises:
        ConfigError: a law file is wrong, or no set has that id.
    """
    law = config_dir / "law"
    sets = load_limits_dir(law / "limits")
    if limits not in sets:
        raise ConfigError(str(law / "limits"), [f"no rule set {limits!r}; known: {', '.join(sorted(sets))}"])
    return ShippedLaws(
        rule_set=sets[limits],
        others=tuple(one for name, one in sorted(sets.items()) if name != limits),
        linkage=load_linkage(law / "linkage" / "cn-default.toml"),
        schedules=tuple(load_penalties(path) for path in sorted((law / "penalties").glob("*.toml"))),
    )


def judge_line(text: str, laws: ShippedLaws) -> dict[str, Any]:
    """Judge one line. Never raises on input: `{"id", "error": {"field", "value", "reason"}}` stands for a bad one."""
    line: Any = None
    try:
        line = _parse(text)
        return _judged(line, laws)
    except BadLineError as error:
        found = line.get("id") if isinstance(line, dict) else None
        return {"id": found, "error": {"field": error.field, "value": error.value, "reason": error.reason}}


def _parse(text: str) -> dict[str, Any]:
    if len(text) > LINE_CHARS_MAX:
        raise BadLineError("", None, f"a line has at most {LINE_CHARS_MAX} characters")
    try:
        line = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadLineError("", text[:200], f"is not JSON: {error}") from error
    if not isinstance(line, dict):
        raise BadLineError("", text[:200], "is not a JSON object")
    return line


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _judged(line: dict[str, Any], laws: ShippedLaws) -> dict[str, Any]:
    for name in line.keys() - FIELDS:
        raise BadLineError(name, line[name], f"unknown field; known: {', '.join(sorted(FIELDS))}")
    site_kind = _choice(line, "site_kind", SITE_KINDS, "checkpoint")
    mode = _choice(line, "enforcement_mode", ENFORCEMENT_MODES, "transport")
    day = _day(line)
    if day is not None and not laws.rule_set.in_force(day.date()):
        reason = f"{laws.rule_set.id} is in force from {laws.rule_set.valid_from} until {laws.rule_set.valid_until}"
        raise BadLineError("at", line["at"], reason)
    vehicle, measurement = _vehicle(line), _measurement(line)
    instrument = line.get("instrument")
    if instrument is not None and not isinstance(instrument, dict):
        raise BadLineError("instrument", instrument, "is not an object")
    law = Law(
        laws.rule_set,
        laws.others,
        laws.linkage,
        site_kind,  # type: ignore[arg-type]  # chosen from the literal's own values
        mode,  # type: ignore[arg-type]  # chosen from the literal's own values
        posted_limit_kg=_whole(line, "posted_limit_kg"),
        interval_kg=_whole(instrument or {}, "interval_kg"),
    )
    judgement = judge(vehicle, measurement, law)
    schedules = [one for one in laws.schedules if day is None or one.in_force(day.date())]
    return _shown(line.get("id"), judgement, propose(judgement, schedules, law.enforcement_mode))


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
        if not 2 <= len(loads) <= 32:
            raise BadLineError("axle_loads_kg", line["axle_loads_kg"], "a vehicle has 2 to 32 axles")
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


def _day(line: Mapping[str, Any]) -> datetime | None:
    """The time of weighing, which chooses the law in force; a time without an offset is taken as UTC."""
    value = line.get("at")
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadLineError("at", value, "is not an RFC 3339 time") from error
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _shown(id_: object, judgement: Judgement, proposals: Iterable[Proposal]) -> dict[str, Any]:
    return {
        "id": id_,
        "rule_set": judgement.rule_set,
        "rule_set_sha256": judgement.rule_set_sha256,
        "verdicts": {
            "road_limit": _verdict(judgement.road_limit),
            "vehicle_rating": _verdict(judgement.vehicle_rating),
            "posted_limit": _verdict(judgement.posted_limit),
        },
        "hundred_tonne": judgement.hundred_tonne,
        "findings": [_finding(finding) for finding in judgement.findings],
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


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome,
        "proof": None,
        "limit_kg": verdict.limit_kg,
        "excess_kg": verdict.excess_kg,
        "excess_ratio": verdict.excess_ratio,
        "candidates": [{"what": one.what, "limit_kg": one.limit_kg} for one in verdict.candidates],
        "reasons": list(verdict.reasons),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "clause": finding.clause,
        "measured": finding.measured,
        "limit": finding.limit,
        "excess": finding.excess,
        "unit": finding.unit,
        "presumed": list(finding.presumed),
        "verified": finding.verified,
    }
