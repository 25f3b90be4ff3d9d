"""What is a lead: a fact that may be a violation, of which nobody has opened anything yet. Pure.

checkpoint       an act of which a case may be filed on the spot (transport enforces)
joint-station    an act that the police punish: transport weighs and supervises unloading
overloaded       an act over the vehicle's own papers alone, within the road's limit: the police punish it
unattended       a record that is no evidence before its legal and technical review (Administrative Penalty Law art. 41)
refused-entry    a refusal at a toll entrance, where the province admits confirmed data
source-release   an over-limit truck that its source enterprise let go
forced-release   the same at a checkpoint or toll entrance, by whoever works there
evasion          a vehicle that evaded the scale
unweighed        a vehicle that left a source enterprise with no weighing: a passage without a ticket
false-record     an overload whose exit from a source enterprise recorded less than can have been added since
topped-up        an overload that left a source enterprise lighter: who loaded it on the way is to be found
"""

from dataclasses import dataclass
from typing import Literal, get_args

from central.acts.document import Document
from central.acts.grouping import Act
from gateway.law.linkage import RELEASE_GROUNDS

Kind = Literal[
    "checkpoint",
    "joint-station",
    "overloaded",
    "unattended",
    "refused-entry",
    "source-release",
    "forced-release",
    "evasion",
    "unweighed",
]
OWN_KINDS: tuple[Kind, ...] = get_args(Kind)
"""Those derived here; other derivations keep kinds of their own in the same table."""

TracedKind = Literal["false-record", "topped-up"]
TRACED_KINDS: tuple[TracedKind, ...] = get_args(TracedKind)
"""Those of origin tracing: suspicions, and of the exit that was found, not of who was found over."""

UNWEIGHED_FLAGS = ("incomplete", "joined-midway", "scale-lost")

CLAUSES: dict[Kind | TracedKind, str] = {
    "checkpoint": "cn-order62-2016 art.33",
    "joint-station": "joint enforcement opinion of 2017 (not seen)",
    "overloaded": "cn-traffic-law-2021 art.92",
    "unattended": "cn-penalty-law-2021 art.41",
    "refused-entry": "provincial",
    "source-release": "provincial; cn-reg593-2011 art.68 where instructed or forced",
    "forced-release": "provincial",
    "evasion": "cn-reg593-2011 art.67",
    "unweighed": "cn-order62-2016 art.28",
    "false-record": "cn-order62-2016 art.28; provincial",
    "topped-up": "provincial",
}

Party = Literal["vehicle", "source", "operator"]


@dataclass(frozen=True, slots=True)
class Lead:
    """`entry` is what it stands on: the first weighing of an act, the exit that was traced, or the entry itself."""

    kind: Kind | TracedKind
    entry: str
    party: Party


def lead_of_act(act: Act) -> Lead | None:
    """The lead an act is, none where everything of it stays in the ledger."""
    deciding = act.deciding
    if deciding.consequence == "ledger":
        return None
    kind = "overloaded" if deciding.overloaded else _kind_of(deciding.site_kind, deciding.mode)
    return Lead(kind, act.id, "vehicle")


def _kind_of(site_kind: str, mode: str) -> Kind:
    if site_kind == "toll-entrance":
        return "refused-entry"
    if mode == "police-at-joint-station":
        return "joint-station"
    return "checkpoint" if mode == "transport" else "unattended"


def lead_of_release(entry: str, content: Document, weighed: Document, *, over: bool) -> Lead | None:
    """A release of what was over. A coded ground makes it lawful, and is checked by people, not here."""
    if content.text("ground") != "operator" or not over:
        return None
    if content.text("reason") in RELEASE_GROUNDS:
        return None
    at_source = weighed.sub("place").text("kind") == "source-exit"
    return Lead("source-release", entry, "source") if at_source else Lead("forced-release", entry, "operator")


def lead_of_weighing(entry: str, content: Document) -> Lead | None:
    """A weighing that found no mass at a source enterprise's exit: something passed, and has no ticket."""
    found = content.sub("measurement")
    if content.sub("place").text("kind") != "source-exit" or found.number("gross_kg") is not None:
        return None
    if not set(UNWEIGHED_FLAGS) & set(found.texts("flags")):
        return None
    return Lead("unweighed", entry, "source")
