"""How far a journal is stored without gaps, what lies above, and what of it stands in quarantine.

The statements are made once, of tables and not of mapped classes: every batch runs them.
"""

from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, literal, select, union, update
from sqlmodel import Session

from central.store.tables import ENTRIES, PROGRESS, QUARANTINE

STEP_MAX = 10_000

_SITE: Any = bindparam("of_site")
_JOURNAL: Any = bindparam("of_journal")
_ABOVE: Any = bindparam("above")
_OF_JOURNAL = (PROGRESS.c.site == _SITE, PROGRESS.c.journal == _JOURNAL)
_PARKED_THERE = (QUARANTINE.c.site == _SITE, QUARANTINE.c.journal == _JOURNAL)

_STANDS = select(PROGRESS.c.through).where(*_OF_JOURNAL)
_BEGIN = insert(PROGRESS)
_MOVE = update(PROGRESS).where(*_OF_JOURNAL).values(through=bindparam("now_through"))
_ANY_PARKED = select(literal(1)).where(*_PARKED_THERE).limit(1)


def _known_above() -> Select[Any]:
    """Each half is cut off by itself, so that neither is read to its end."""
    stored = select(ENTRIES.c.seq).where(ENTRIES.c.journal == _JOURNAL, ENTRIES.c.site == _SITE, ENTRIES.c.seq > _ABOVE)
    parked = select(QUARANTINE.c.seq).where(*_PARKED_THERE, QUARANTINE.c.seq > _ABOVE).distinct()
    lowest = [half.order_by("seq").limit(STEP_MAX).subquery() for half in (stored, parked)]
    both = union(*(select(half.c.seq) for half in lowest)).subquery()
    return select(both.c.seq).order_by(both.c.seq).limit(STEP_MAX)


_KNOWN_ABOVE = _known_above()


def advance(session: Session, site: str, journal: str) -> tuple[int, list[int]]:
    """Move `through` up over what is now without gaps; returns it and the places known above it (at most STEP_MAX)."""
    connection = session.connection()
    place = {"of_site": site, "of_journal": journal}
    stood: int | None = connection.execute(_STANDS, place).scalar()
    through = stood or 0
    above = _read_above(connection, place, through)
    while above:
        steps = 0
        while steps < len(above) and above[steps] == through + 1:
            through += 1
            steps += 1
        full = len(above) == STEP_MAX
        above = above[steps:]
        if not (steps and full):
            break
        above = _read_above(connection, place, through)
    if stood is not None and through > stood:
        connection.execute(_MOVE, {**place, "now_through": through})
    elif stood is None and (through or above):  # a name of which nothing was kept leaves no row
        connection.execute(_BEGIN, {"site": site, "journal": journal, "through": through})
    return through, above


def known_above(session: Session, site: str, journal: str, through: int) -> list[int]:
    """The lowest seqs above `through` that are stored or quarantined, ascending."""
    return _read_above(session.connection(), {"of_site": site, "of_journal": journal}, through)


def any_parked(session: Session, site: str, journal: str) -> bool:
    """Whether anything at all of this journal is in quarantine."""
    place = {"of_site": site, "of_journal": journal}
    return session.connection().execute(_ANY_PARKED, place).first() is not None


def _read_above(connection: Connection, place: dict[str, str], through: int) -> list[int]:
    return [seq for (seq,) in connection.execute(_KNOWN_ABOVE, {**place, "above": through})]
