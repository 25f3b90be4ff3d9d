"""The law as one site has it at the moment of weighing: rule set, lists, permits, presumptions, proof, dossier.

What central sent down is asked for at that very moment, so that every weighing stands on what was in force then, and
its entry names the numbers it stands on.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from gateway.choices import Brought, judge_on, presume
from gateway.clock import local_day
from gateway.contract import down
from gateway.core.vehicle import Identity, Load, Measurement
from gateway.core.verdict import Basis, Judgement
from gateway.downlink.in_force import InForce
from gateway.law.dossier import dossier
from gateway.law.permits import Permit, Shown
from gateway.law.proof import Instrument, Proof, prove
from gateway.ports import Clock
from gateway.settings import SiteSettings


class SiteJudge:
    """Judge, prove and dossier for the Station, bound to what is in force."""

    def __init__(self, settings: SiteSettings, in_force: InForce, clock: Clock) -> None:
        self._settings, self._in_force, self._clock = settings, in_force, clock

    def judge(self, who: Identity, found: Measurement) -> Judgement:
        """The law as of the day of weighing: outside its validity nothing is decided."""
        now = self._clock.now()
        day = local_day(now)
        vehicle, load, presumed = presume(who.vehicle, Load(), self._settings.law.presumed)
        brought = Brought(load=load)
        if who.plate is not None:
            key = (who.plate, who.colour)
            listed = self._in_force.list_status(key, now, day)
            brought = Brought(load, listed, self._shown(who, day, load))
        law, mode = self._in_force.law(now).law, self._settings.site.enforcement_mode
        if law.enforcement_mode != mode:  # finished records stand for a place where nobody enforces
            law = replace(law, enforcement_mode=mode)
        said = judge_on(day, vehicle, found, law, brought)
        return said._replace(
            presumed=(*said.presumed, *presumed),
            bulletins=self._in_force.numbers(now),
            permit=None if brought.shown is None else brought.shown.permit.number,
        )

    def _shown(self, who: Identity, day: date, load: Load) -> Shown | None:
        """The vehicle's permit beside what this site saw of it; None where central sent none."""
        assert who.plate is not None
        permit = self._in_force.permit((who.plate, who.colour), self._clock.now(), day)
        if permit is None:
            return None
        road = self._settings.site.road or None
        return Shown(_permit(permit), day, who.plate, None, road, load.divisible)

    def prove(self, said: Judgement, found: Measurement, by: Instrument) -> Mapping[Basis, Proof]:
        return prove(said, found.gross_kg, by, self._in_force.law(self._clock.now()).errors)

    def dossier(self, who: Identity, said: Judgement) -> Mapping[str, Any]:
        return dossier(who, said, self._settings.site.model_dump(mode="json"))


def _permit(sent: down.Permit) -> Permit:
    return Permit(
        number=sent.number,
        class_=sent.class_,
        valid_from=sent.valid_from,
        valid_until=sent.valid_until,
        tractor_plate=sent.plate,
        trailer_plates=sent.trailer_plates,
        route=sent.route,
        trailer_kind=sent.trailer_kind,
        gross_kg=sent.gross_kg,
        length_mm=sent.length_mm,
        width_mm=sent.width_mm,
        height_mm=sent.height_mm,
        axles=sent.axles,
        axle_loads_kg=sent.axle_loads_kg,
        speed_km_h=sent.speed_km_h,
        escort=sent.escort,
    )
