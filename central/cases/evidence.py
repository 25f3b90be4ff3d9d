"""Whether a weighing stands up as evidence, item by item: what holds, what is missing, and by which article.

Asked before a case is filed and before it is decided. A person may confirm what only a person can see; a certificate,
a chain or a file that is not there cannot be confirmed away.
"""

import json
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

from central.acts.document import Document
from central.asking import day_of
from central.case_rules import CaseRules
from central.store.tables import EntryRow
from gateway.contract.entry import GENESIS, chain_hash
from gateway.core.vehicle import UNSOUND
from gateway.law.proof import ProofOutcome

ART_41 = "cn-penalty-law-2021 art.41"
ART_40 = "cn-penalty-law-2021 art.40"
ART_59 = "cn-penalty-law-2021 art.59"
OUT_OF_RANGE = ("too-fast", "stopped", "reversed")
UNATTENDED = ("unattended", "operator")
PROVEN: ProofOutcome = "proven_over"


@dataclass(frozen=True, slots=True)
class Item:
    """One question put to the evidence. `missing` says what is not there, in words; empty where it holds."""

    name: str
    clause: str
    missing: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Weighed:
    """A weighing with what stands beside it at central."""

    row: EntryRow
    content: Document
    dossier: Document
    """As it is known now, with what its site learnt since."""

    before: EntryRow | None
    """The entry before it in its journal."""

    chain_alarm: bool
    reviewed: frozenset[str]
    """Of "technical" and "legal": which reviews people have done."""

    confirmed: frozenset[str]
    parties_known: frozenset[str]
    """`party.fact` that was completed later."""


def electronic(weighed: Weighed) -> bool:
    """Whether nobody enforced there: the record is the evidence, and only reviewed (art. 41)."""
    return weighed.content.sub("place").text("enforcement_mode") in UNATTENDED


def examine_evidence(weighed: Weighed, rules: CaseRules, has_file: Callable[[str], bool]) -> list[Item]:
    """Every item, in a fixed order. `has_file` answers whether the evidence of a hash has arrived whole."""
    return [
        Item("certificate", ART_41, _certificate(weighed)),
        Item("reviewed", ART_41, _review(weighed)),
        Item("range", ART_41, _range(weighed)),
        Item("proof", ART_40, _proof(weighed)),
        Item("illegal", ART_40, _illegal(weighed)),
        Item("plate", ART_41, _plate(weighed, rules)),
        Item("pictures", ART_41, _pictures(weighed, has_file)),
        Item("chain", ART_41, _chain(weighed)),
        Item("clock", ART_41, _clock(weighed)),
        Item("dossier", ART_59, _dossier(weighed)),
    ]


def _certificate(weighed: Weighed) -> tuple[str, ...]:
    instrument = weighed.content.sub("instrument")
    if not instrument.text("certificate"):
        return ("the instrument names no certificate",)
    until = instrument.text("valid_until")
    try:
        valid_until = None if until is None else date.fromisoformat(until)
    except ValueError:
        valid_until = None
    day = day_of(weighed.row.at_ms)
    if instrument.flag("expired") or valid_until is None or valid_until < day:
        return (f"its certificate was valid until {until or 'no day it names'}; it weighed on {day}",)
    return ()


def _review(weighed: Weighed) -> tuple[str, ...]:
    if not electronic(weighed):
        return ()
    return tuple(f"the {kind} review" for kind in ("technical", "legal") if kind not in weighed.reviewed)


def _range(weighed: Weighed) -> tuple[str, ...]:
    found = weighed.content.sub("measurement")
    flags = sorted(set(found.texts("flags")) & {*UNSOUND, *OUT_OF_RANGE})
    missing = [f"measured outside the instrument's conditions: {flag}" for flag in flags]
    if found.number("gross_kg") is None:
        missing.append("a gross mass")
    return () if "measurement" in weighed.confirmed and found.number("gross_kg") is not None else tuple(missing)


def _proof(weighed: Weighed) -> tuple[str, ...]:
    road = weighed.content.sub("judgement", "road_limit")
    if road.text("outcome") != "exceeded":
        return (f"an excess: the verdict is {road.text('outcome') or 'none'}",)
    proof = road.text("proof")
    if proof == PROVEN:
        return ()
    reason = road.sub("proof_by").text("reason")
    return (f"certainty beyond the instrument's permissible error: the proof is {proof or 'none'} ({reason or '-'})",)


def _illegal(weighed: Weighed) -> tuple[str, ...]:
    said = weighed.content.sub("judgement").flag("illegal_over_limit")
    if said is True or (said is None and "illegal" in weighed.confirmed):
        return ()
    if said is False:
        return ("an illegal act: the load is indivisible and has a permit",)
    return ("whether the load is divisible, or has no permit",)


def _plate(weighed: Weighed, rules: CaseRules) -> tuple[str, ...]:
    identity = weighed.content.sub("identity")
    if not identity.text("plate"):
        return ("a plate",)
    missing = [] if (weighed.row.colour or "unknown") != "unknown" else ["the plate's colour"]
    confidence = identity.number("confidence_percent")
    sure = confidence is not None and confidence >= rules.plate_confidence_percent_min
    if not sure and "plate" not in weighed.confirmed:
        missing.append(f"a person's word for the plate: it was read with {confidence or 0} % confidence")
    return tuple(missing)


def _pictures(weighed: Weighed, has_file: Callable[[str], bool]) -> tuple[str, ...]:
    pictures = weighed.content.sub("identity").texts("pictures")
    if not pictures:
        return ("a picture of the vehicle",)
    return tuple(f"the picture {one[:16]}… has not arrived" for one in pictures if not has_file(one))


def _chain(weighed: Weighed) -> tuple[str, ...]:
    row = weighed.row
    if chain_hash(row.prev_hash, row.body) != row.hash:
        return ("its hash is not that of its bytes",)
    if weighed.chain_alarm:
        return ("the journal's chain is broken here",)
    if row.seq == 1:
        return () if row.prev_hash == GENESIS else ("the journal's first entry names one before it",)
    if weighed.before is None:
        return (f"the entry before it, {row.journal}/{row.seq - 1}, has not arrived",)
    return () if weighed.before.hash == row.prev_hash else ("it does not continue the entry before it",)


def _clock(weighed: Weighed) -> tuple[str, ...]:
    """A clock that had jumped says nothing; one that nobody kept may have been compared by a person."""
    clock = Document(json.loads(weighed.row.body)).sub("clock")
    compared = "clock" in weighed.confirmed and clock.number("stepped_ms") is None
    if clock.flag("synchronised") or compared:
        return ()
    return ("a synchronised clock at the time of weighing, or a person's word who compared it with the right time",)


def _dossier(weighed: Weighed) -> tuple[str, ...]:
    """Who it is against must be known by name: the enterprise, or the driver where there is none."""
    known = set(weighed.parties_known)
    for party in ("driver", "enterprise"):
        one = weighed.dossier.sub(party)
        known |= {f"{party}.{name}" for name in (*one.sub("known").strings(), *one.texts("apart"))}
    if known & {"enterprise.name", "driver.name"}:
        return ()
    return ("the name of the carrier: of the enterprise, or of the driver",)


def told(items: Sequence[Item]) -> dict[str, Any]:
    """Item by item, and whether they all hold, for whoever asks."""
    rows = [{"name": one.name, "holds": one.holds, "clause": one.clause, "missing": list(one.missing)} for one in items]
    return {"complete": all(one.holds for one in items), "items": rows}


def missing_of(items: list[Item], but: AbstractSet[str] = frozenset()) -> tuple[str, ...]:
    return tuple(f"{one.name}: {what}" for one in items if one.name not in but for what in one.missing)
