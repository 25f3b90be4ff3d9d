"""What a person's statement that cannot stand is answered: which article, and what is missing."""

from collections.abc import Callable
from typing import TypeVar

from sqlmodel import Session

from central.access import Refusal
from central.errors import FactConflict, MoveRefused, NotHere
from central.store.database import Database

T = TypeVar("T")


async def stated(database: Database, work: Callable[[Session], T]) -> T:
    """Run a piece of work that keeps facts.

    Raises:
        Refusal: 404 what it stands on is not here, 409 the law forbids it now or the id is taken.
    """
    try:
        return await database.run(work)
    except NotHere as error:
        raise Refusal(404, str(error), "see /api/v1/leads and /api/v1/cases for what is here") from error
    except FactConflict as error:
        raise Refusal(409, str(error), "a repetition says the same; another statement takes another id") from error
    except MoveRefused as error:
        more = {"clause": error.clause, "missing": list(error.missing)}
        raise Refusal(409, str(error), "; ".join(error.missing) or "date it later", more=more) from error
