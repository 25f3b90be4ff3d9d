"""What a site file chooses, in the words of law and core."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from gateway.core.passage import PassageSettings
from gateway.core.vehicle import Measurement, Vehicle
from gateway.core.verdict import Judgement
from gateway.law.limits import Law, judge, on_day
from gateway.law.proof import Certificate, Instrument
from gateway.lawfiles import choose_limits
from gateway.settings import Lane, Scale, SiteSettings


def build_law(settings: SiteSettings, config_dir: Path) -> Law:
    """The site's rule set, the others beside it, and what follows from a verdict here."""
    chosen = choose_limits(config_dir / "law", settings.law.limits, settings.law.switched_on)
    return Law(
        rule_set=chosen.rule_set,
        others=chosen.others,
        linkage=chosen.linkage,
        site_kind=settings.site.kind,
        enforcement_mode=settings.site.enforcement_mode,
        undetermined=settings.law.undetermined,
        sets=chosen.sets,
    )


def judge_on(day: date, vehicle: Vehicle, found: Measurement, law: Law) -> Judgement:
    """Judge by the law of that day: outside its validity nothing is decided."""
    today = on_day(law, day)
    if not today.rule_set.in_force(day):
        found = replace(found, flags=(*found.flags, "rules-not-in-force"))
    return judge(vehicle, found, today)


def instrument_of(lane: Lane, found: Measurement, day: date) -> Instrument:
    """The lane's scale as a proof asks for it: an axle lane adds up one weighing an axle."""
    loads = found.axle_loads_kg
    weighings = 1 if lane.kind == "platform" else None if loads is None else len(loads)
    return Instrument(lane.scale.class_, lane.scale.interval_kg, weighings, None, _certificate(lane.scale, day))


def _certificate(scale: Scale, day: date) -> Certificate:
    if not scale.certificate.strip():
        return "missing"
    return "expired" if scale.valid_until < day else "in-force"


def passage_settings(lane: Lane) -> PassageSettings:
    return PassageSettings(
        kind=lane.kind,
        whole_vehicle=lane.whole_vehicle,
        interval_kg=lane.scale.interval_kg,
        has_barrier=lane.barrier is not None,
        has_camera=lane.camera is not None,
        deck_mm=lane.scale.deck_mm,
        treadle_span_mm=lane.scale.treadle_span_mm,
        **lane.passage.model_dump(),
    )
