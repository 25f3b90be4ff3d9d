"""What is known of one source enterprise, from what authorities put down about it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Standing = Literal["unknown", "registered", "struck-off"]


@dataclass(frozen=True, slots=True)
class Source:
    """`talks` are 约谈, `exposures` 曝光 that were not withdrawn; both as they were put down, oldest first."""

    standing: Standing = "unknown"
    name: str = ""
    kind: str = ""
    region: str = ""
    authority: str = ""
    key_unit: bool = False
    sites: tuple[str, ...] = ()
    talks: tuple[Mapping[str, Any], ...] = ()
    exposures: tuple[Mapping[str, Any], ...] = ()
    tickets: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """The enterprise's own count of weighing tickets by site and day; what was put down last counts."""


@dataclass(frozen=True, slots=True)
class Stated:
    id: str
    kind: str
    at_ms: int
    who: str
    why: str
    body: Mapping[str, Any]


def source_after(facts: Iterable[Stated]) -> Source:
    """All that was stated, in its own order (at_ms, id), whatever order it came in."""
    source = Source()
    for fact in sorted(facts, key=lambda one: (one.at_ms, one.id)):
        source = _with(source, fact)
    return source


def misfit(facts: Iterable[Stated], act: Stated) -> str | None:
    """Why an act would say nothing of this enterprise; None: it does."""
    stated = list(facts)
    source = source_after(stated)
    if source.standing == "unknown" and act.kind != "source-registered":
        return "it is not in the register: register it first"
    if act.kind == "tickets-counted" and act.body["site"] not in source.sites:
        return f"'{act.body['site']}' is no site of it: those are {', '.join(source.sites) or 'none'}"
    if act.kind == "exposure-withdrawn":
        then = source_after(one for one in stated if (one.at_ms, one.id) < (act.at_ms, act.id))
        if act.body["exposure"] not in {one["id"] for one in then.exposures}:
            return f"no exposure '{act.body['exposure']}' stood then"
    return None


def _with(source: Source, fact: Stated) -> Source:
    body, changes = fact.body, dict[str, Any]()
    match fact.kind:
        case "source-registered":
            said = {name: str(body[name]) for name in ("name", "region", "authority")}
            sites = tuple(sorted(set(map(str, body["sites"]))))
            said["kind"] = str(body["source_kind"])
            changes = {"standing": "registered", "key_unit": bool(body["key_unit"]), "sites": sites, **said}
        case "source-struck-off":
            changes = {"standing": "struck-off", "sites": ()}
        case "talk-held":
            changes = {"talks": (*source.talks, _told(fact))}
        case "exposed":
            changes = {"exposures": (*source.exposures, _told(fact))}
        case "exposure-withdrawn":
            changes = {"exposures": tuple(one for one in source.exposures if one["id"] != body["exposure"])}
        case "tickets-counted":
            counted = {(str(body["site"]), str(body["day"])): int(body["tickets"])}
            changes = {"tickets": {**source.tickets, **counted}}
    return replace(source, **changes)


def _told(fact: Stated) -> dict[str, Any]:
    return {"id": fact.id, "at_ms": fact.at_ms, "who": fact.who, "why": fact.why, **fact.body}
