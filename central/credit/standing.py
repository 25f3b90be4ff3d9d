"""What an authority's document against a party stands on here: a decided case, or what accumulation proposed.

Such a document holds only while the acts that it stood on count: one annulled case takes it off the gates' lists, and
nobody need think of it.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlmodel import Session

from central.asking import day_of
from central.credit.grounds import Ground
from central.parties.reading import TALLIES
from central.store.case_reading import PROPOSALS, row_of

STANDING = ("open", "sent", "answered")
"""States of a proposal that still stands: the count that made it was not taken back."""

_T = TALLIES.c
_ACTS_THAT_COUNT = select(func.count(func.distinct(_T.act_key))).where(
    _T.party == bindparam("of_party"),
    _T.party_key == bindparam("key"),
    _T.case.in_(bindparam("cases", expanding=True)),
)


_NEWEST_PROPOSAL = (
    select(PROPOSALS.c.id, PROPOSALS.c.at_ms)
    .where(PROPOSALS.c.party == bindparam("of_party"), PROPOSALS.c.party_key == bindparam("key"))
    .where(or_(*(PROPOSALS.c.state == state for state in STANDING)))  # a list is written anew each time
    .order_by(PROPOSALS.c.at_ms.desc(), PROPOSALS.c.id)
    .limit(1)
)
_NEWEST_CASE = (
    select(_T.case)
    .where(_T.party == bindparam("of_party"), _T.party_key == bindparam("key"))
    .order_by(_T.decided_ms.desc(), _T.case)
    .limit(1)
)


def newest_proposal(session: Session, party: str, party_key: str) -> Ground | None:
    """The newest proposal that stands against a party."""
    found = session.connection().execute(_NEWEST_PROPOSAL, {"of_party": party, "key": party_key}).first()
    return None if found is None else Ground(found.id, day_of(found.at_ms))


def newest_against(session: Session, party: str, party_key: str) -> str | None:
    """The newest proposal that stands against a party, else its newest decided case that counts."""
    if (proposal := newest_proposal(session, party, party_key)) is not None:
        return proposal.id
    found: str | None = session.connection().execute(_NEWEST_CASE, {"of_party": party, "key": party_key}).scalar()
    return found


def ground_of(
    session: Session, party: str, party_key: str, *, case: str | None, proposal: str | None
) -> Mapping[str, Any] | None:
    """What a fact keeps of the case or the proposal that it names: the cases, and how many acts they were. None where
    it stands against nobody of this name now.
    """
    found: dict[str, Any] = {"cases": [case], "acts": 1}
    if proposal is not None:
        row = row_of(session, PROPOSALS, proposal)
        if row is None or (row["party"], row["party_key"]) != (party, party_key) or row["state"] not in STANDING:
            return None
        count = json.loads(row["content"])["count"]
        found = {"cases": count["cases"], "acts": count["acts"]}
    return found if stands(session, party, party_key, found) else None


def stands(session: Session, party: str, party_key: str, ground: Mapping[str, Any] | None) -> bool:
    """Whether as many acts still count as when it was put down; what stands on nothing here, stands."""
    if ground is None:
        return True
    asked = {"of_party": party, "key": party_key, "cases": ground["cases"]}
    count: int = session.connection().execute(_ACTS_THAT_COUNT, asked).scalar_one()
    return bool(count >= ground["acts"])
