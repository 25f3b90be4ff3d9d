"""Listings and the gates' lists, derived anew per party from what was decided and from what people put down."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import Session

from central.asking import day_of
from central.credit.criteria import CRITERIA, SOURCE, VERIFIED
from central.credit.grounds import Ground, Punished, grounds_of
from central.credit.listing import ON_THE_LIST, Done, Listing, listing_after
from central.credit.standing import newest_proposal, stands
from central.store.case_tables import PUNISHED
from central.store.credit_tables import GATE_LISTS, LISTINGS
from central.store.facts import Fact, facts_of

PUNISHED_MAX = 1_000
"""Of one party, the newest: older ones are no ground that a newer is not."""

# Every decided case runs these for each of its parties: made once.
_P = PUNISHED.c
_PUNISHED_FOR = (
    select(_P.case, _P.act, _P.yuan, _P.decided_ms, _P.origin)
    .where(_P.party == bindparam("of_party"), _P.party_key == bindparam("key"))
    .order_by(_P.decided_ms.desc(), _P.case)
    .limit(PUNISHED_MAX)
)
_NOT_LISTED = delete(LISTINGS).where(
    LISTINGS.c.party == bindparam("of_party"), LISTINGS.c.party_key == bindparam("key")
)
_LIST, _LIST_AT_GATES = insert(LISTINGS), insert(GATE_LISTS)
_NOT_AT_GATES = delete(GATE_LISTS).where(
    GATE_LISTS.c.plate == bindparam("of_plate"), GATE_LISTS.c.colour == bindparam("of_colour")
)

VEHICLE_KEY = re.compile(r"[^|]{2,16}\|[a-z-]{1,20}")
"""As gates take it (gateway/contract/down.py): one that they do not take would keep the whole list from them."""

MARKS: Mapping[str, tuple[str, bool]] = {
    "vehicle-watched": ("watched", True),
    "vehicle-unwatched": ("watched", False),
    "certificate-revoked": ("certificate-revoked", True),
    "certificate-restored": ("certificate-revoked", False),
}
"""What an authority puts down about a vehicle, the gates' list it is of, and whether it comes on or off."""


def credit_subject(party: str, party_key: str, criterion: int) -> str:
    return f"credit:{party}|{party_key}|{criterion}"


def mark_subject(plate: str, colour: str) -> str:
    return f"gate:{plate}|{colour}"


def credit_subjects(party: str, party_key: str) -> list[str]:
    """All under which something is stated that a party's listings or a vehicle's gate lists stand on."""
    listed = [credit_subject(party, party_key, number) for number in _criteria_of(party)]
    plate, _, colour = party_key.partition("|")
    return [*listed, mark_subject(plate, colour)] if party == "vehicle" else listed


@lru_cache
def _criteria_of(party: str) -> tuple[int, ...]:
    return tuple(number for number, criterion in sorted(CRITERIA.items()) if party in criterion.parties)


def derive_listings(session: Session, party: str, party_key: str, facts: Mapping[str, list[Fact]]) -> None:
    """Topic `party`, after accumulation: the party's listings, and a vehicle's gate lists.

    `facts` are those about `credit_subjects`, by subject.
    """
    grounds = _grounds(session, party, party_key)
    rows = []
    for number in _criteria_of(party):
        said = facts[credit_subject(party, party_key, number)]
        row = _row(session, (party, party_key, number), said, grounds.get(number))
        if row is not None:
            rows.append(row)
    connection = session.connection()
    connection.execute(_NOT_LISTED, {"of_party": party, "key": party_key})
    if rows:
        connection.execute(_LIST, rows)
    if party == "vehicle" and VEHICLE_KEY.fullmatch(party_key):
        plate, _, colour = party_key.partition("|")
        _derive_gate_lists(session, plate, colour, facts[mark_subject(plate, colour)], rows)


def acts_of(session: Session, party: str, party_key: str, criterion: int) -> list[Done]:
    return [done_of(fact) for fact in facts_of(session, credit_subject(party, party_key, criterion))]


def done_of(fact: Fact) -> Done:
    return Done(fact.id, fact.kind, fact.at_ms, day_of(fact.at_ms), fact.body)


def _row(
    session: Session, whose: tuple[str, str, int], facts: list[Fact], ground: Ground | None
) -> dict[str, Any] | None:
    """The listing of a party under one criterion; None where there is no ground and nobody did anything.

    What ended is a candidate anew with a ground that came about later; who goes on enters it first.
    """
    party, party_key, number = whose
    listing = listing_after(done_of(fact) for fact in facts)
    besides = CRITERIA[number].besides
    entered = listing.entered and stands(session, party, party_key, listing.stood_on)
    grounded = entered or (ground is not None and (besides is None or besides in listing.beside))
    if ground is None and not facts:
        return None
    published = listing.state in (*ON_THE_LIST, "publicised", "objected")
    anew = ground is not None and listing.ended is not None and ground.day > listing.ended
    content = {
        "criterion": CRITERIA[number].text,
        "source": SOURCE,
        "verified": VERIFIED,
        "lacking": None if grounded or ground is None else besides,
        "unfit": listing.unfit,
    }
    return {
        "id": f"{party}|{party_key}|{number}",
        "party": party,
        "party_key": party_key,
        "criterion": number,
        "state": "proposed" if anew else listing.state,
        "grounded": grounded,
        "to_withdraw": int(published and not grounded),
        "ground": None if ground is None else ground.id,
        "publicised_until": listing.publicised_until,
        "since": _day(listing, "since"),
        "until": _day(listing, "until"),
        "changed_ms": max((fact.at_ms for fact in facts), default=None),
        "content": json.dumps(content, ensure_ascii=False),
    }


def _day(listing: Listing, name: str) -> str | None:
    day = getattr(listing, name)
    return None if day is None else day.isoformat()


def _grounds(session: Session, party: str, party_key: str) -> Mapping[int, Ground]:
    """By criterion, what of central's own stands against this party: the newest standing proposal of accumulation, and
    what was decided for the acts that criteria name.
    """
    whose = {"of_party": party, "key": party_key}
    counted = newest_proposal(session, party, party_key)
    rows = session.connection().execute(_PUNISHED_FOR, whose) if party != "vehicle" else ()
    return grounds_of(counted, [Punished(case, act, yuan, day_of(ms), who) for case, act, yuan, ms, who in rows])


def _derive_gate_lists(
    session: Session, plate: str, colour: str, marks: list[Fact], rows: list[dict[str, Any]]
) -> None:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["state"] in ON_THE_LIST and row["grounded"]:
            found["discredited"] = {
                "since": row["since"],
                "until": row["until"],
                "source": f"{SOURCE} {row['criterion']}",
            }
    for fact in marks:
        if fact.kind not in MARKS or not stands(session, "vehicle", f"{plate}|{colour}", fact.body.get("stood_on")):
            continue
        status, on = MARKS[fact.kind]
        found.pop(status, None)
        if on:
            since, source = day_of(fact.at_ms).isoformat(), str(fact.body.get("document", ""))[:128]
            found[status] = {"since": since, "until": fact.body.get("until"), "source": source}
    connection = session.connection()
    connection.execute(_NOT_AT_GATES, {"of_plate": plate, "of_colour": colour})
    if found:
        made = [{"plate": plate, "colour": colour, "status": status, **said} for status, said in sorted(found.items())]
        connection.execute(_LIST_AT_GATES, made)
