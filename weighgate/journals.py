"""A journal's entries as documents, for the commands and the demo's report."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.journal import export


def documents(directory: Path) -> Iterator[dict[str, Any]]:
    """Every entry of the journal in this folder, oldest first, as it was signed."""
    for line in export(directory):
        document: dict[str, Any] = json.loads(base64.b64decode(json.loads(line)["data_base64"]))
        yield document


ENTRY_COLUMNS = ("id", "type", "lane", "at", "plate", "gross_kg", "outcome", "action", "detail")


def entry_row(document: Mapping[str, Any]) -> dict[str, Any]:
    """One entry in a few words. `action` is what the lane did; who said what of it is `by` and `reason`."""
    content = document["content"]
    judgement = content.get("judgement", {})
    by, reason, event = (content.get(name) for name in ("by", "reason", "event"))
    return {
        **{key: document[key] for key in ("id", "type", "lane", "at")},
        "plate": content.get("identity", content).get("plate"),
        "gross_kg": content.get("measurement", {}).get("gross_kg"),
        "outcome": judgement.get("road_limit", {}).get("outcome"),
        "action": judgement.get("action"),
        "by": by,
        "reason": reason,
        "event": event,
        "detail": f"by {by}: {reason}" if by else reason or event or judgement.get("ground"),
    }
