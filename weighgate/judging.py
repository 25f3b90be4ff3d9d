"""The `judge` command's line: one JSON object in, one out. A bad line gives its error in its place."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from gateway import records
from gateway.core.verdict import Basis, Judgement, Verdict
from gateway.errors import ConfigError
from gateway.law.limits import UNDER_DECLARED_PERCENT, Law, judge
from gateway.law.linkage import ENFORCEMENT_MODES, SITE_KINDS
from gateway.law.penalties import Proposal, Schedule, propose
from gateway.law.permits import PermitRules, off_terms
from gateway.law.proof import ErrorTable, Proof, prove
from gateway.law.treatment import Treatments
from gateway.lawfiles import (
    ChosenLimits,
    choose_limits,
    load_families,
    load_instruments,
    load_penalties_dir,
    load_permits,
)
from gateway.lawfiles.schema import JURISDICTION
from weighgate.explained_words import LANGUAGES
from weighgate.explaining import explainer
from weighgate.json_lines import BadLineError, dump_line, lines_of, parse_line
from weighgate.judge_fields import choice, day_of, instrument_of, load_of, measurement_of, percent, vehicle_of, whole
from weighgate.judge_shapes import LineIn
from weighgate.permit_fields import known_of, shown_of

FIELDS = LineIn.names()


@dataclass(frozen=True, slots=True)
class ShippedLaws:
    """Everything that a line is judged by, loaded once."""

    limits: ChosenLimits
    schedules: tuple[Schedule, ...]
    errors: ErrorTable
    permits: PermitRules
    treatments: Treatments
    jurisdiction: str = "CN"


def load_shipped_laws(
    config_dir: Path, limits: str = "cn-annex124-2016", *, jurisdiction: str = "CN", switched_on: Collection[str] = ()
) -> ShippedLaws:
    """The law files that travel with the program; `limits` names the set to judge by, the others are shown beside it.

    jurisdiction: `CN`, or a province as in `CN-ZJ`; one without files of its own has the national ones.

    Raises:
        ConfigError: a law file is wrong, no set has that id, or the jurisdiction is none.
    """
    schedules = load_penalties_dir(config_dir / "law" / "penalties")
    if re.fullmatch(JURISDICTION, jurisdiction) is None:
        known = f"those with penalties of their own: {', '.join(sorted({one.jurisdiction for one in schedules}))}"
        raise ConfigError("--jurisdiction", [f"{jurisdiction!r} is neither CN nor a province such as CN-HA; {known}"])
    return ShippedLaws(
        choose_limits(config_dir / "law", limits, switched_on, jurisdiction=jurisdiction),
        schedules,
        load_instruments(config_dir / "law" / "instruments" / "cn-in-service.toml"),
        load_permits(config_dir / "law" / "permits" / "cn-order62-permits.toml"),
        load_families(config_dir / "law" / "families" / "cn-default.toml"),
        jurisdiction,
    )


def judge_stream(source: BinaryIO, out: BinaryIO, laws: ShippedLaws, language: str | None = None) -> None:
    """Each line of `source` answered on `out` before the next is read; with a language, `explanation` too.

    Raises:
        ConfigError: nobody explains in this language.
    """
    explainers = {str(one): explainer(one) for one in LANGUAGES}
    explaining = None if language is None else explainers.get(language)
    if language is not None and explaining is None:
        raise ConfigError("--explain", [f"{language!r} is not known; known: {', '.join(LANGUAGES)}"])
    for line in lines_of(source):
        said = judge_line(line, laws)
        out.write(dump_line(said if explaining is None else explaining(said)))
        out.flush()


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
    site_kind = choice(line, "site_kind", SITE_KINDS, "checkpoint")
    mode = choice(line, "enforcement_mode", ENFORCEMENT_MODES, "transport")
    day = day_of(line)
    rule_set, others = laws.limits.rule_set, laws.limits.others
    if day is not None:
        rule_set, others = laws.limits.on(day)
    if day is not None and not rule_set.in_force(day):
        reason = f"{day} in China; {rule_set.id} is in force from {rule_set.valid_from} until {rule_set.valid_until}"
        raise BadLineError("at", line["at"], reason)
    vehicle, measurement = vehicle_of(line), measurement_of(line)
    instrument = instrument_of(line, vehicle, day)
    law = Law(
        rule_set,
        others,
        laws.limits.linkage,
        site_kind,  # type: ignore[arg-type]  # chosen from the literal's own values
        mode,  # type: ignore[arg-type]  # chosen from the literal's own values
        choice(line, "undetermined", ("hold", "presume"), "hold"),  # type: ignore[arg-type]  # likewise
        whole(line, "posted_limit_kg"),
        None if instrument is None else instrument.interval_kg,
        percent(line, "under_declared_percent") or UNDER_DECLARED_PERCENT,
        permits=laws.permits,
        treatments=laws.treatments,
    )
    load, shown = load_of(line), shown_of(line, day)
    judgement = judge(vehicle, measurement, law, load, shown=shown)
    known = known_of(line, load.goods, () if shown is None else off_terms(judgement))
    schedules = _in_force(laws.schedules, day)
    proofs = prove(judgement, measurement.gross_kg, instrument, laws.errors)
    proposals = propose(
        judgement,
        schedules,
        law.enforcement_mode,
        jurisdiction=laws.jurisdiction,
        known=known,
    )
    return _shown(line.get("id"), judgement, proofs, proposals)


@lru_cache(maxsize=64)
def _in_force(schedules: tuple[Schedule, ...], day: date | None) -> tuple[Schedule, ...]:
    return tuple(one for one in schedules if day is None or one.in_force(day))


def _shown(
    id_: object, judgement: Judgement, proofs: Mapping[Basis, Proof], proposals: Iterable[Proposal]
) -> dict[str, Any]:
    return {
        "id": id_,
        "rule_set": judgement.rule_set,
        "rule_set_sha256": judgement.rule_set_sha256,
        "verdicts": {
            "road_limit": _verdict(judgement.road_limit, proofs["road_limit"]),
            "vehicle_rating": _verdict(judgement.vehicle_rating, proofs["vehicle_rating"]),
            "posted_limit": _verdict(judgement.posted_limit, proofs["posted_limit"]),
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


def _verdict(verdict: Verdict, proof: Proof) -> dict[str, Any]:
    """`excess_kg` is what is certain: 0 where nothing is known to be over, undetermined included."""
    shown = records.verdict(verdict, proof)
    shown["excess_kg"] = shown["excess_kg"] or 0
    return shown
