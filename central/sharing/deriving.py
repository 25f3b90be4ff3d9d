"""Suspicions by vehicle, and the referral of each, derived anew per touched key."""

import json
from collections.abc import Iterable
from typing import Any

from pydantic_core import from_json
from sqlalchemy import bindparam, delete, func, insert, select
from sqlmodel import Session

from central.sharing.referring import Done, state_of
from central.sharing.suspicion import suspicions_of
from central.store.due import Due
from central.store.facts import Fact, facts_of
from central.store.sharing_tables import REFERRALS, SUSPECTS
from central.store.tables import ENTRIES

_E, _S = ENTRIES.c, SUSPECTS.c
_WEIGHED = select(_E.journal, _E.seq, _E.site, _E.colour, _E.at_ms, _E.body).where(
    _E.plate == bindparam("of_plate"),
    _E.at_ms >= bindparam("from_ms"),
    _E.at_ms <= bindparam("until_ms"),
    _E.type == "weighing",
)


def referral_subject(referral: str) -> str:
    return f"referral:{referral}"


def suspect(session: Session, due: Due) -> Iterable[Due]:
    """Topic `vehicle`: what the weighings of the touched span suspect; the referrals that this changes."""
    connection = session.connection()
    weighed = connection.execute(_WEIGHED, {"of_plate": due.key, "from_ms": due.from_ms, "until_ms": due.to_ms})
    rows = [one for row in weighed for one in _suspects(due.key, row)]
    if not rows:  # entries never change: what suspects nothing now never did
        return ()
    span = (_S.plate == due.key, _S.at_ms >= due.from_ms, _S.at_ms <= due.to_ms)
    stood = [dict(row) for row in connection.execute(select(SUSPECTS).where(*span)).mappings()]
    if _in_order(stood) == _in_order(rows):
        return ()
    connection.execute(delete(SUSPECTS).where(*span))
    if rows:
        connection.execute(insert(SUSPECTS), rows)
    return [
        Due("referral", f"{row['plate']}|{row['colour']}|{row['suspicion']}", row["at_ms"], row["at_ms"])
        for row in [*stood, *rows]
    ]


def _suspects(plate: str, row: Any) -> Iterable[dict[str, Any]]:
    content = from_json(row.body).get("content")
    for suspicion in suspicions_of(content if isinstance(content, dict) else {}):
        where = {"entry": f"{row.journal}/{row.seq}", "site": row.site, "at_ms": row.at_ms}
        yield {**where, "suspicion": suspicion, "plate": plate, "colour": row.colour or "unknown"}


def _in_order(rows: list[dict[str, Any]]) -> list[list[tuple[str, Any]]]:
    return sorted(sorted(row.items()) for row in rows)


def derive_referral(session: Session, due: Due) -> Iterable[Due]:
    """Topic `referral`: one vehicle under one suspicion, with what was told and answered."""
    plate, colour, suspicion = due.key.rsplit("|", 2)
    connection = session.connection()
    here = (_S.plate == plate, _S.colour == colour, _S.suspicion == suspicion)
    counts = select(func.count(), func.min(_S.at_ms), func.max(_S.at_ms)).where(*here)
    times, first_ms, last_ms = connection.execute(counts).one()
    newest = select(_S.entry).where(*here).order_by(_S.at_ms.desc(), _S.entry.desc()).limit(5)
    facts = facts_of(session, referral_subject(due.key))
    connection.execute(delete(REFERRALS).where(REFERRALS.c.id == due.key))
    if times == 0 and not facts:
        return ()
    moments = [fact.at_ms for fact in facts]
    content = {
        "entries": list(connection.execute(newest).scalars()),
        "history": [_told(fact) for fact in facts],
    }
    row = {
        "id": due.key,
        "plate": plate,
        "colour": colour,
        "suspicion": suspicion,
        "state": state_of(map(done_of, facts)),
        "times": times,
        "first_ms": first_ms if times else min(moments),
        "last_ms": last_ms if times else max(moments),
        "content": json.dumps(content, ensure_ascii=False),
    }
    connection.execute(insert(REFERRALS), row)
    return ()


def done_of(fact: Fact) -> Done:
    return Done(fact.id, fact.kind, fact.at_ms, fact.body)


def _told(fact: Fact) -> dict[str, Any]:
    return {"id": fact.id, "kind": fact.kind, "at_ms": fact.at_ms, "who": fact.who, "why": fact.why, **fact.body}
