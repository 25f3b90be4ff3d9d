"""What a site file chooses, in the words of law and core."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from gateway.core.passage import PassageSettings
from gateway.core.vehicle import Load, Measurement, Vehicle
from gateway.core.verdict import Judgement, ListStatus
from gateway.law.limits import NOTHING_SAID, Law, judge, on_day
from gateway.law.permits import Shown
from gateway.law.proof import Certificate, Instrument
from gateway.lawfiles import choose_limits, load_families, load_permits
from gateway.settings import Lane, Presumed, Scale, SiteSettings


def build_law(settings: SiteSettings, config_dir: Path) -> Law:
    """The site's rule set, the others beside it, and what follows from a verdict here."""
    choice = settings.law
    chosen = choose_limits(config_dir / "law", choice.limits, choice.switched_on, jurisdiction=choice.jurisdiction)
    return Law(
        rule_set=chosen.rule_set,
        others=chosen.others,
        linkage=chosen.linkage,
        site_kind=settings.site.kind,
        enforcement_mode=settings.site.enforcement_mode,
        undetermined=choice.undetermined,
        posted_limit_kg=choice.posted_limit_kg,
        under_declared_percent=choice.under_declared_percent,
        sets=chosen.sets,
        permits=load_permits(config_dir / "law" / "permits" / "cn-order62-permits.toml"),
        treatments=load_families(config_dir / "law" / "families" / "cn-default.toml"),
    )


@dataclass(frozen=True, slots=True)
class Brought:
    """What a vehicle brings to its weighing beside itself, as far as the site knows."""

    load: Load = NOTHING_SAID
    listed: ListStatus = "unlisted"
    shown: Shown | None = None


def judge_on(day: date, vehicle: Vehicle, found: Measurement, law: Law, brought: Brought = Brought()) -> Judgement:
    """Judge by the law of that day: outside its validity nothing is decided."""
    today = on_day(law, day)
    if not today.rule_set.in_force(day):
        found = replace(found, flags=(*found.flags, "rules-not-in-force"))
    return judge(vehicle, found, today, brought.load, brought.listed, brought.shown)


def presume(vehicle: Vehicle, load: Load, presumed: Presumed) -> tuple[Vehicle, Load, tuple[str, ...]]:
    """Fill in what nobody knows and this site presumes; the third says what, as `site:drive_axles=2`."""
    told = {name: value for name, value in presumed.model_dump().items() if value is not None}
    divisible = told.pop("divisible", None)
    missing = {name: value for name, value in told.items() if getattr(vehicle, name) is None}
    named = [f"site:{name}={_word(value)}" for name, value in missing.items()]
    if missing:
        sources = {**vehicle.sources, **dict.fromkeys(missing, "presumed")}
        vehicle = replace(vehicle, **missing, sources=sources)
    if divisible is not None and load.divisible is None:
        load = replace(load, divisible=divisible)
        named.append(f"site:divisible={_word(divisible)}")
    return vehicle, load, tuple(named)


def _word(value: object) -> str:
    return str(value).lower()


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
