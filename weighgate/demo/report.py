"""Truth beside journal beside central, per truck, and the counts that must be zero."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

Row = dict[str, Any]
KINDS = {"legal": "legal", "over": "over_limit", "unknown-to-register": "not_in_register"}
ALL_KINDS_FROM = 24  # trucks; eight at each site is enough for the fleet to hold every kind
MUST_BE_ZERO = (
    "lost",
    "duplicated",
    "wrong_verdicts",
    "over_limit_released_without_entry",
    "legal_held_over_60_s",
    "quarry_undetermined_not_held",
    "unlinked_reweighs",
    "missing_at_central",
    "journals_not_proven",
)


def site_rows(site: str, truth: Iterable[Row], entries: Sequence[Row], central_ids: Mapping[str, int]) -> list[Row]:
    """One row per truck: what really crossed, what the journal holds for each crossing, what central has.

    `entries` are entry documents; an entry belongs to the latest crossing of its lane that began before it.
    """
    events = list(truth)
    trucks = {event["id"]: event for event in events if event["event"] == "truck"}
    crossings = sorted((e for e in events if e["event"] == "crossing"), key=lambda one: one["started_at"])
    exits = {event["truck"]: event for event in events if event["event"] == "exit"}
    found: dict[tuple[str, int], list[Row]] = {}
    stray = []
    for entry in entries:
        if entry["type"] == "weighing":
            crossing = _crossing_of(entry, crossings)
            if crossing is None:
                stray.append(entry["id"])
            else:
                found.setdefault((crossing["truck"], crossing["crossing"]), []).append(entry)
    releases = [entry for entry in entries if entry["type"] == "release"]
    rows = []
    for name, truck in trucks.items():
        passes = [
            _pass(truck, crossing, found.get((name, crossing["crossing"]), []), releases, central_ids)
            for crossing in crossings
            if crossing["truck"] == name
        ]
        rows.append(
            {
                "site": site,
                "truck": truck,
                "passes": passes,
                "exit": exits.get(name),
                "seconds": _seconds(crossings, name, exits.get(name)),
            }
        )
    if stray:
        rows.append({"site": site, "truck": None, "stray": stray, "passes": [], "exit": None, "seconds": None})
    return rows


def _crossing_of(entry: Row, crossings: Sequence[Row]) -> Row | None:
    at = datetime.fromisoformat(entry["at"])
    before = [c for c in crossings if c["lane"] == entry["lane"] and datetime.fromisoformat(c["started_at"]) <= at]
    return before[-1] if before else None


def _pass(
    truck: Row, crossing: Row, entries: Sequence[Row], releases: Sequence[Row], central_ids: Mapping[str, int]
) -> Row:
    over = crossing["gross_kg"] > truck["limit_kg"]
    return {
        "truth": {**crossing, "over": over},
        "journal": [_brief(entry) for entry in entries],
        "released_by": [
            release["content"]["by"] for release in releases for entry in entries
            if release["content"].get("weighing") == entry["id"]
        ],
        "releases": [
            {"by": release["content"]["by"], "reason": release["content"]["reason"], "at": release["at"]}
            for release in releases for entry in entries if release["content"].get("weighing") == entry["id"]
        ],
        "central": {entry["id"]: central_ids.get(entry["id"], 0) for entry in entries},
    }  # fmt: skip


def _brief(entry: Row) -> Row:
    content = entry["content"]
    return {
        "id": entry["id"],
        "plate": content["identity"]["plate"],
        "gross_kg": content["measurement"]["gross_kg"],
        "flags": content["measurement"].get("flags", []),
        "outcome": content["judgement"]["road_limit"]["outcome"],
        "limit_kg": content["judgement"]["road_limit"]["limit_kg"],
        "action": content["judgement"]["action"],
        "ground": content["judgement"].get("ground"),
        "parent": content["parent"],
    }


def _seconds(crossings: Sequence[Row], name: str, left: Row | None) -> float | None:
    mine = [crossing for crossing in crossings if crossing["truck"] == name]
    if not mine or left is None:
        return None
    end = left.get("at") or mine[-1]["ended_at"]
    span = datetime.fromisoformat(end) - datetime.fromisoformat(mine[0]["started_at"])
    return round(span.total_seconds(), 1)


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """The figures of the report. `lost` and `duplicated` count crossings of the scale, and stray entries."""
    total = dict.fromkeys(("trucks", "crossings", "recorded", "undetermined", *MUST_BE_ZERO), 0)
    total |= dict.fromkeys((*KINDS.values(), "registered", "registered_decided", "reweighs"), 0)
    for row in rows:
        if row["truck"] is None:
            total["duplicated"] += len(row["stray"])
            continue
        _count_truck(row, total)
        for one in row["passes"]:
            _count_pass(row, one, total)
    return total


def _count_truck(row: Row, total: dict[str, int]) -> None:
    truck, passes = row["truck"], row["passes"]
    entered = row["exit"] is not None and row["exit"]["how"] == "entered"
    if entered and passes[-1]["truth"]["over"] and not passes[-1]["released_by"]:
        total["over_limit_released_without_entry"] += 1  # a toll lane let it in, and nothing says why
    total["trucks"] += 1
    total[KINDS[truck["legality"]]] += 1
    decided = any(entry["outcome"] != "undetermined" for one in passes for entry in one["journal"])
    if truck["registered"]:
        total["registered"] += 1
        total["registered_decided"] += decided
    left = row["exit"] is not None and row["exit"]["how"] in ("left", "entered")
    if truck["legality"] == "legal" and truck["registered"] and (not left or (row["seconds"] or 0) > 60):
        total["legal_held_over_60_s"] += 1
    weighed = [entry for one in passes for entry in one["journal"] if entry["plate"]]
    first_held = next((n for n, entry in enumerate(weighed) if entry["action"] in ("hold", "refuse")), len(weighed))
    if first_held < len(weighed) and weighed[first_held]["outcome"] == "exceeded":
        later = weighed[first_held + 1 :]
        total["reweighs"] += len(later)
        total["unlinked_reweighs"] += sum(entry["parent"] != weighed[first_held]["id"] for entry in later)


def _count_pass(row: Row, one: Row, total: dict[str, int]) -> None:
    entries, truth = one["journal"], one["truth"]
    total["crossings"] += 1
    total["recorded"] += len(entries)
    total["lost"] += not entries
    total["duplicated"] += max(0, len(entries) - 1) + sum(count > 1 for count in one["central"].values())
    total["missing_at_central"] += sum(count == 0 for count in one["central"].values())
    for entry in entries:
        if entry["outcome"] == "undetermined":
            total["undetermined"] += 1
            total["quarry_undetermined_not_held"] += row["site"].startswith("quarry") and entry["action"] != "hold"
        elif (entry["outcome"] == "exceeded") != truth["over"]:
            total["wrong_verdicts"] += 1
    barred = any(entry["action"] == "hold" for entry in entries) or not entries
    if truth["over"] and truth["how"] == "left-forward" and not row["site"].startswith("toll"):
        total["over_limit_released_without_entry"] += not one["released_by"]
    elif truth["how"] == "left-forward" and barred and row["site"].startswith("quarry"):
        total["quarry_undetermined_not_held"] += not one["released_by"]


def failures(total: Mapping[str, int]) -> list[str]:
    """What keeps the demo from exit 0, each as a sentence."""
    faults = [f"{name} is {total[name]}, must be 0" for name in MUST_BE_ZERO if total[name]]
    if total["trucks"] >= ALL_KINDS_FROM:
        faults += [f"no {name} truck occurred" for name in KINDS.values() if not total[name]]
    if total["registered_decided"] * 10 < total["registered"] * 9:
        faults.append(f"only {total['registered_decided']} of {total['registered']} registered trucks were decided")
    return faults


def read_lines(text: str) -> list[Row]:
    """JSON lines; a last line cut short by a kill is left out."""
    rows = []
    for line in text.splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows
