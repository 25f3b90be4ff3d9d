"""Where a site stands at this moment, as its page and its health checks show it."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.station import Station
from gateway.web.scale_words import in_chinese

SHOWN = 50


def site_state(
    station: Station, health: Mapping[str, Callable[[], Mapping[str, Any]]], outbox: Mapping[str, Any]
) -> dict[str, Any]:
    """Ready is a site whose every scale is live. `health` by device name, `scale-<lane>` among them."""
    lanes = {
        name: {
            **shell.passage.describe(),
            "load_kg": shell.load_kg,
            "shown": shell.actuation.shown,
            "held_entry": shell.held_entry,
            "scale": health[f"scale-{name}"]()["state"],
            "scale_reason": _in_both(str(health[f"scale-{name}"]().get("reason", ""))),
            "faults": shell.actuation.faults(),
            "loads_dropped": shell.dropped,
        }
        for name, shell in station.lanes.items()
    }
    return {
        "site": station.settings.site.model_dump(mode="json"),
        "ready": all(lane["scale"] == "live" for lane in lanes.values()),
        "lanes": lanes,
        "outbox": dict(outbox),
        "recent": list(station.recent)[:SHOWN],
        "alarms": list(station.alarms)[:SHOWN],
        "devices": {name: dict(one()) for name, one in health.items()},
    }


def _in_both(reason: str) -> list[str]:
    return [in_chinese(reason), reason]
