"""The database's own name, its incarnation: a new one tells every edge to offer again what this database may lack."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session

from central.errors import StoreError
from central.store.tables import IDENTITY, AlarmRow, IdentityRow

WENT_BACK = "store-went-back"
_ONE_MORE = update(IDENTITY).values(commits=IDENTITY.c.commits + 1).returning(IDENTITY.c.commits)


@dataclass(frozen=True, slots=True)
class Identity:
    """`went_back` says how that shows, empty where the database is as far as it ever was."""

    incarnation: str
    commits: int
    went_back: str


def identify(
    session: Session, new_incarnation: Callable[[], str], now_ms: int, *, known: int | None, sites: Sequence[str]
) -> Identity:
    """Who this database is. `known`: how many commits the file outside it says there were, None for no file.

    A database that went back has a new name, and an alarm for each site.
    """
    row = session.get(IdentityRow, 1)
    fresh = row is None
    row = row or IdentityRow(id=1, incarnation=new_incarnation(), created_ms=now_ms, commits=0)
    went_back = _went_back(row.commits, known)
    if went_back:
        row.incarnation = row.incarnation if fresh else new_incarnation()
        row.commits = max(row.commits, known or 0)
        row.commits += 1  # two restored copies of one backup are two databases
        session.add_all(_alarm(site, row.commits, went_back, now_ms) for site in sites)
    session.add(row)
    session.flush()
    return Identity(row.incarnation, row.commits, went_back)


def _went_back(commits: int, known: int | None) -> str:
    if known is None and commits:
        return f"the database counts {commits} commits and the file beside the evidence is missing or unreadable"
    if known is not None and commits < known:
        return f"the database counts {commits} commits and had counted {known}: it was restored from a backup"
    return ""


def _alarm(site: str, commits: int, detail: str, now_ms: int) -> AlarmRow:
    return AlarmRow(kind=WENT_BACK, site=site, journal="", seq=commits, detail=detail, raised_ms=now_ms)


def count_commit(session: Session) -> int:
    """Count the transaction that is about to be committed.

    Raises:
        StoreError: this database has no name any more.
    """
    commits: int | None = session.connection().execute(_ONE_MORE).scalar()
    if commits is None:
        raise StoreError("the database has lost its identity; restore it from a backup")
    return commits
