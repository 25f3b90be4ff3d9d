"""Everything derived is a pure function of the set of facts: recomputed per touched key, never changed by arrival.

Entries and facts mark the keys they touch (`central/store/due.py`). A derivation reads all facts of one key in their
fixed order, replaces that key's derived rows, and says which further keys stand on what it changed. Topics go from
those that entries touch to those that stand on others, so a drained queue means that everything is up to date.
"""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Protocol

import structlog
from sqlmodel import Session

from central.errors import StoreError
from central.store.database import Database
from central.store.due import Due, drop_due, mark_due, take_due

KEYS_AT_ONCE = 5
"""Derived in one transaction at most; entries that wait for the store wait for one. A key takes some twenty statements,
5 to 15 ms.
"""

ROUNDS_MAX = 100_000
"""Of one settle(): derivations that mark each other for ever are a fault of ours, and are found."""

IDLE_S = 1.0
FAILED_S = 5.0

log = structlog.get_logger()


class Derivation(Protocol):
    """Recompute the derived rows of one due key; answers the keys that stand on what it changed, none if nothing."""

    def __call__(self, session: Session, due: Due, /) -> Iterable[Due]: ...


Derivations = Mapping[str, tuple[Derivation, ...]]
"""By topic, in the order in which topics are drained."""


class Deriver:
    """`derivations` come from the composition root; marks of unknown topics are left for a newer program."""

    def __init__(self, database: Database, derivations: Derivations) -> None:
        self._database = database
        self._derivations = derivations

    def step(self, session: Session, *, patient: bool = False) -> int:
        """Derive the first due keys of the first topic that has any; how many. `patient`: fewer if others wait."""
        for topic, derivations in self._derivations.items():
            taken = take_due(session, topic, KEYS_AT_ONCE)
            for done, due in enumerate(taken):
                if done and patient and self._database.wanted:
                    mark_due(session.connection(), taken[done:])
                    return done
                self._derive(session, due, derivations)
            if taken:
                return len(taken)
        return 0

    def bring_up_to_date(self, session: Session, topic: str, key: str) -> None:
        """Derive one key now, if it is due: for a person whose next move stands on it."""
        due = drop_due(session, topic, key)
        if due is not None:
            self._derive(session, due, self._derivations[topic])

    async def settle(self, *, patient: bool = False) -> int:
        """Until nothing is due; how many keys were derived. `patient`: each step waits for a pause of the store.

        Raises:
            StoreError: a transaction was not committed; what it took is still due.
        """
        done, run = 0, self._database.run_in_a_pause if patient else self._database.run
        for _ in range(ROUNDS_MAX):
            count = await run(partial(self.step, patient=patient))
            if count == 0:
                return done
            done += count
        raise AssertionError(f"still due after {done} keys: derivations mark each other for ever")

    async def run(self) -> None:
        """For ever: derive what is due, beside the receiver, a few keys between its commits."""
        while True:
            pause_s = IDLE_S
            try:
                await self.settle(patient=True)
            except StoreError as error:
                log.warning("derivation_failed", reason=str(error))
                pause_s = FAILED_S
            await asyncio.sleep(pause_s)

    def _derive(self, session: Session, due: Due, derivations: tuple[Derivation, ...]) -> None:
        further = [one for derive in derivations for one in derive(session, due)]
        mark_due(session.connection(), further)
