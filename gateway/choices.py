"""What a site file chooses, in the words of law and core."""

from pathlib import Path

from gateway.core.passage import PassageSettings
from gateway.law.limits import Law
from gateway.lawfiles import choose_limits
from gateway.settings import Lane, SiteSettings


def build_law(settings: SiteSettings, config_dir: Path) -> Law:
    """The site's rule set, the others beside it, and what follows from a verdict here."""
    chosen = choose_limits(config_dir / "law", settings.law.limits)
    return Law(
        rule_set=chosen.rule_set,
        others=chosen.others,
        linkage=chosen.linkage,
        site_kind=settings.site.kind,
        enforcement_mode=settings.site.enforcement_mode,
        undetermined=settings.law.undetermined,
    )


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
