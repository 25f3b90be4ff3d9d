"""The webhooks' own outbox: put down in the transaction that changed something, sent until taken, in order by hook."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from central.masking import masked
from central.sharing.messages import ATTEMPTS_MAX, BODY_BYTES_MAX, body_of, name_of, rest_ms
from central.store.sharing_tables import OUTBOX
from central.supervision_rules import Hook

PENDING_MAX = 100_000
DELIVERED_KEPT = 10_000
"""Of one hook. What stood longest goes first: what is derived can be asked for again."""

Outcome = Literal["delivered", "failed", "refused"]

_O = OUTBOX.c


def announce(
    session: Session, hooks: Iterable[Hook], kind: str, key: str, content: Mapping[str, Any], *, gone: bool = False
) -> None:
    """Tell every hook that asked for this kind; what was told last of the same thing is not told again.

    `gone`: it is no more, and this was its content; who was told nothing of it is not told that either.
    """
    connection = session.connection()
    subject = f"{kind}|{key}"[:240]
    for hook in hooks:
        if kind not in hook.kinds:
            continue
        shown = {**masked(content, whole=hook.persons), **({"gone": True} if gone else {})}
        body = body_of(kind, key if hook.persons else "", shown)
        if len(body.encode()) > BODY_BYTES_MAX:
            body = body_of(kind, key if hook.persons else "", {"too_large": True})
        about = (_O.hook == hook.name, _O.subject == subject)
        last = connection.execute(select(_O.message, _O.body).where(*about).order_by(_O.id.desc()).limit(1)).first()
        if (last is None and not gone) or (last is not None and last.body != body):
            name = name_of(body, "" if last is None else last.message)
            row = {"hook": hook.name, "message": name, "subject": subject, "body": body}
            connection.execute(insert(OUTBOX), {**row, "state": "pending", "attempts": 0, "next_ms": 0})


def due_messages(session: Session, hook: str, now_ms: int, limit: int) -> list[Mapping[str, Any]]:
    """The oldest of a hook, none where the oldest must still wait: order is kept."""
    query = select(OUTBOX).where(_O.state == "pending", _O.hook == hook).order_by(_O.id).limit(limit)
    rows: list[Mapping[str, Any]] = [dict(row) for row in session.connection().execute(query).mappings()]
    return rows if rows and rows[0]["next_ms"] <= now_ms else []


def note_sent(session: Session, row: Mapping[str, Any], outcome: Outcome, error: str, now_ms: int) -> None:
    """What came of one sending. Refused (410 Gone) and too many failures give it up, with the reason kept."""
    attempts = row["attempts"] + 1
    state = {"delivered": "delivered", "refused": "given-up"}.get(outcome, "pending")
    if state == "pending" and attempts >= ATTEMPTS_MAX:
        state = "given-up"
    values = {"state": state, "attempts": attempts, "error": error[:300] or None}
    if state == "pending":
        values["next_ms"] = now_ms + rest_ms(attempts - 1)
    session.connection().execute(update(OUTBOX).where(_O.id == row["id"]).values(**values))


def try_again(session: Session, hook: str) -> int:
    """What a hook was given up on waits anew, but for what something newer was told of since: what is told last of a
    thing must be what is true of it. How many.
    """
    newer = OUTBOX.alias("newer")
    later = (newer.c.hook == _O.hook, newer.c.subject == _O.subject, newer.c.id > _O.id)
    given_up = (_O.hook == hook, _O.state == "given-up", ~select(newer.c.id).where(*later).exists())
    anew = update(OUTBOX).where(*given_up).values(state="pending", attempts=0, next_ms=0)
    return session.connection().execute(anew).rowcount


def tidy(session: Session, hook: str) -> None:
    """Keep the newest delivered ones for people, and the pending ones within their bound."""
    connection = session.connection()
    for states, kept in ((("delivered", "given-up"), DELIVERED_KEPT), (("pending",), PENDING_MAX)):
        of = (_O.hook == hook, _O.state.in_(states))
        newest = select(_O.id).where(*of).order_by(_O.id.desc()).offset(kept).limit(1).scalar_subquery()
        connection.execute(delete(OUTBOX).where(*of, _O.id <= newest))


def standing(session: Session) -> list[dict[str, Any]]:
    """Per hook and state how many, and why the oldest of them was not taken when it was sent last."""
    counted = select(_O.hook, _O.state, func.count().label("messages"), func.min(_O.id).label("oldest"))
    found = counted.group_by(_O.hook, _O.state).subquery()
    columns = (found.c.hook, found.c.state, found.c.messages, _O.error)
    query = select(*columns).join(OUTBOX, _O.id == found.c.oldest).order_by(found.c.hook, found.c.state)
    return [dict(row) for row in session.connection().execute(query).mappings()]
