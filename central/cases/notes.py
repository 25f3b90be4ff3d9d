"""What people put down about a case or a party beside the procedure's steps; persons' values are kept apart."""

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from central.acts.party_keys import named_key
from central.asking import OF_A_VEHICLE, SAYS_SOMETHING, Moment
from central.cases.moving import pseudonym
from central.cases.statements import Confirmed, EntryId, FactId, MeasureShape, Name, Why
from gateway.contract.entry import canonical
from gateway.law.dossier import Source, personal
from gateway.law.linkage import Party
from gateway.law.measures import Fact as Circumstance

LICENCE_FACTS = ("licence", "qualification_certificate")
"""By which of a driver's facts acts are counted, the first that is known."""

FactName = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
FactValue = Annotated[str, Field(min_length=1, max_length=200, pattern=SAYS_SOMETHING)]


OfVehicle = Annotated[str, Field(max_length=32, pattern=OF_A_VEHICLE)]


class _Note(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: FactId
    at: Moment
    why: Why


class PartyKnown(_Note):
    """What became known of a party, and from where."""

    party: Party
    facts: Annotated[dict[FactName, FactValue], Field(min_length=1, max_length=20)]
    source: Source


class EvidenceConfirmed(_Note):
    """A person's word for what only a person can see."""

    confirms: Annotated[tuple[Confirmed, ...], Field(min_length=1)]


class CircumstanceFound(_Note):
    """What an officer found beside the weighing, in the words of the penalty files."""

    found: Annotated[tuple[Circumstance, ...], Field(min_length=1, max_length=20)]


class LookedAgain(_Note):
    """People looked at what came late, and leave the case as it stands."""


class PoliceDecision(_Note):
    """A decision of the police, imported whole. `at`: when they decided; `entry`: the weighing it is about, if any."""

    number: Name
    authority: Name
    plate: OfVehicle
    colour: OfVehicle
    happened: Moment
    entry: EntryId | None = None
    driver_licence: FactValue | None = None
    enterprise_id: Name | None = None
    measures: Annotated[tuple[MeasureShape, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _happened_before(self) -> Self:
        if self.happened > self.at:
            raise ValueError("it happened after it was decided")
        return self


def party_known(said: PartyKnown, secret: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """The fact's body, and the values kept apart. A driver is counted under a pseudonym, others under their number."""
    apart = {f"{said.party}.{name}": value for name, value in said.facts.items() if personal(said.party, name)}
    open_facts = {name: None if personal(said.party, name) else value for name, value in said.facts.items()}
    key = _key(said.party, said.facts, secret)
    keys = {} if key is None else {said.party: key}
    return {"party": said.party, "facts": open_facts, "source": said.source, "keys": keys}, apart


def _key(party: str, facts: Mapping[str, str], secret: bytes) -> str | None:
    if party == "driver":
        known = next((facts[name] for name in LICENCE_FACTS if name in facts), None)
        return None if known is None else pseudonym(secret, "driver", known)
    if party in ("enterprise", "source"):
        return named_key(facts)
    return None


def police_case(said: PoliceDecision) -> str:
    """The case's id: of the authority and its document's number, so that one decision is one case however often and
    under whichever ids it is imported.
    """
    named = {"authority": _plain(said.authority), "number": _plain(said.number)}
    return f"police-{hashlib.blake2b(canonical(named), digest_size=16).hexdigest()}"


def _plain(text: str) -> str:
    """Without spaces, and letters and digits in their usual width: people type both."""
    return unicodedata.normalize("NFKC", "".join(text.split()))


def police_decision(said: PoliceDecision, secret: bytes, happened_ms: int) -> tuple[dict[str, Any], dict[str, str]]:
    keys: dict[str, str] = {"vehicle": f"{said.plate}|{said.colour}"}
    apart: dict[str, str] = {}
    if said.driver_licence is not None:
        keys["driver"] = pseudonym(secret, "driver", said.driver_licence)
        apart["driver.licence"] = said.driver_licence
    if said.enterprise_id is not None:
        keys["enterprise"] = said.enterprise_id
    body: dict[str, Any] = {
        "number": said.number,
        "authority": said.authority,
        "plate": said.plate,
        "colour": said.colour,
        "happened_ms": happened_ms,
        "keys": keys,
        "measures": [one.model_dump(mode="json") for one in said.measures],
    }
    return body if said.entry is None else {**body, "entry": said.entry}, apart
