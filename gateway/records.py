"""A passage's Record becomes an entry's content: everything the verdict stands on, and when it was."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from gateway.contract.entry import instant
from gateway.core.effects import Record
from gateway.core.vehicle import Identity, Measurement, Vehicle, format_layout
from gateway.core.verdict import Basis, Finding, Judgement, Verdict
from gateway.law.proof import Proof
from gateway.settings import Lane, SiteFacts


def weighing(
    record: Record,
    lane: Lane,
    site: SiteFacts,
    *,
    settled_at: datetime,
    parent: str | None,
    dossier: Mapping[str, Any],
    instrument_expired: bool,
    proofs: Mapping[Basis, Proof] | None = None,
) -> dict[str, Any]:
    """The content of a `weighing` entry; personal data stays out of it. `settled_at`: when it was weighed, in UTC."""
    opened_at = settled_at - timedelta(milliseconds=record.settled_ms - record.opened_ms)
    return {
        "passage": record.passage,
        "opened_at": instant(opened_at),
        "settled_at": instant(settled_at),
        "check": "first" if parent is None else "after-unloading",
        "parent": parent,
        "place": site.model_dump(mode="json", exclude={"id"}),
        "instrument": {
            **lane.scale.model_dump(
                mode="json",
                include={"protocol", "unit", "interval_kg", "serial_number", "certificate", "issuer", "valid_until"},
            ),
            "class": lane.scale.class_,
            "expired": instrument_expired,
        },
        "identity": identity(record.identity),
        "measurement": measurement(record.measurement),
        "judgement": judgement(record.judgement, proofs or {}),
        "dossier": dict(dossier),
    }


def identity(who: Identity) -> dict[str, Any]:
    return {
        "plate": who.plate,
        "colour": who.colour,
        "rear_plate": who.rear_plate,
        "confidence_percent": who.confidence_percent,
        "source": who.source,
        "pictures": list(who.picture_sha256),
        "in_register": who.in_register,
        "vehicle": vehicle(who.vehicle),
    }


def vehicle(facts: Vehicle) -> dict[str, Any]:
    document = {
        name: list(value) if isinstance(value, tuple) else value
        for name in Vehicle.__slots__
        if name not in ("layout", "sources") and (value := getattr(facts, name)) is not None
    }
    layout = None if facts.layout is None else format_layout(facts.layout)
    return {"layout": layout, **document, "sources": dict(facts.sources)}


def measurement(found: Measurement) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name in Measurement.__slots__
        if (value := getattr(found, name)) is not None or name == "gross_kg"
    }


def judgement(said: Judgement, proofs: Mapping[Basis, Proof]) -> dict[str, Any]:
    return {
        "rule_set": said.rule_set,
        "rule_set_sha256": said.rule_set_sha256,
        "road_limit": verdict(said.road_limit, proofs.get("road_limit")),
        "vehicle_rating": verdict(said.vehicle_rating, proofs.get("vehicle_rating")),
        "posted_limit": verdict(said.posted_limit, proofs.get("posted_limit")),
        "findings": [finding(one) for one in said.findings],
        "action": said.action,
        "ground": said.ground,
        "hundred_tonne": said.hundred_tonne,
        "illegal_over_limit": said.illegal_over_limit,
        "suspicions": list(said.suspicions),
        "consequence": said.consequence,
        "parties": list(said.parties),
        "presumed": list(said.presumed),
        "list_status": said.list_status,
        "linkage": said.linkage,
        "notices": list(said.notices),
        "release_grounds": list(said.release_grounds),
        "bulletins": dict(said.bulletins),
        "permit": said.permit,
    }


def verdict(said: Verdict, proof: Proof | None) -> dict[str, Any]:
    """`proof` in one word, and in `proof_by` what it stands on or why there is none."""
    return {
        "outcome": said.outcome,
        "proof": "inconclusive" if proof is None else proof.outcome,
        "proof_by": None
        if proof is None
        else {
            "band_kg": proof.band_kg,
            "factor": proof.factor,
            "clause": proof.clause,
            "verified": proof.verified,
            "reason": proof.reason,
        },
        "limit_kg": said.limit_kg,
        "excess_kg": said.excess_kg,
        "excess_ratio": said.excess_ratio,
        "candidates": [asdict(candidate) for candidate in said.candidates],
        "reasons": list(said.reasons),
    }


def finding(found: Finding) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "clause": found.clause,
        "measured": found.measured,
        "limit": found.limit,
        "excess": found.excess,
        "unit": found.unit,
        "presumed": list(found.presumed),
        "verified": found.verified,
    }


def personal(who: Identity) -> dict[str, str]:
    """What is kept apart from the entry, so that it can be deleted: `driver.name` and the like."""
    return {f"{party}.{key}": value for party, facts in who.parties.items() for key, value in facts.items()}
