"""The one thread that writes: jobs that wait together are committed together, and answered only after the commit.

    callers ──job──▶ handed over each turn of the loop ──batch──▶ BEGIN · job · … · COMMIT ──▶ each caller's future

One bad job does not take its neighbours with it: what a batch with one has written is rolled back, and each job of it
runs anew in a savepoint of its own (for all jobs, always, these cost a fifth of what the writer does). A storage fault
fails the whole batch. After it nothing is written until a probe of real size has been, and the alarm is raised once per
fault, not once per refused entry.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from gateway.errors import JournalError
from gateway.journal.database import translate
from gateway.journal.store import Store

QUEUE_JOBS_MAX = 1_024
BATCH_JOBS_MAX = 64
TIDY_EVERY_BATCHES = 8
TIDY_PUT_OFF_MAX = 16
PROBE_BYTES = 256 * 1024
"""More than one largest entry needs: a probe that fits says that an entry will."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work inside a transaction. A reading job is still served while writing is refused."""

    run: Callable[[Connection], Any]
    writes: bool
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True)
class Outcome:
    value: Any = None
    error: BaseException | None = None


class _BadJob(Exception):  # noqa: N818 - never seen outside
    """A job of this batch failed by itself; nothing of the batch is committed yet."""


class Writer:
    """Runs jobs, on its own thread or (`inline`, for a virtual world) on the loop."""

    def __init__(
        self,
        store: Store,
        alarm: Callable[[str, str], None],
        *,
        inline: bool,
        tidy: Callable[[Connection], object] | None = None,
    ) -> None:
        """`tidy` is one small step of housekeeping, taken now and then when nothing waits."""
        self._store = store
        self._tidy_step = tidy
        self._until_tidy = TIDY_EVERY_BATCHES
        self._alarm = alarm
        self._inline = inline
        self._fault: str | None = None
        self._waiting: list[Job] = []
        self._queue: queue.SimpleQueue[Sequence[Job] | None] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(QUEUE_JOBS_MAX)
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="journal-writer", daemon=True)
        if not inline:
            self._thread.start()

    async def do(self, run: Callable[[Connection], Any], *, writes: bool) -> Any:
        """The job's result, once durable.

        Raises:
            JournalError: the store cannot keep it.
        """
        loop = asyncio.get_running_loop()
        async with self._room:
            if self._closed:
                raise JournalError("the journal is closed")
            job = Job(run, writes, loop, loop.create_future())
            if self._inline:
                self._answer(job, *self._run_batch([job]))
                self._tidy(loop)
            else:
                self._waiting.append(job)
                if len(self._waiting) == 1:
                    loop.call_soon(self._hand_over)
            return await job.answer

    def _hand_over(self) -> None:
        """What all lanes brought in this turn goes together: the first alone would take a commit to itself."""
        for first in range(0, len(self._waiting), BATCH_JOBS_MAX):
            self._queue.put(self._waiting[first : first + BATCH_JOBS_MAX])
        self._waiting.clear()

    async def close(self) -> None:
        """Finish what waits, then stop."""
        if self._closed:
            return
        self._closed = True
        if not self._inline:
            self._hand_over()
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while True:
            batch, last = self._next_batch()
            if batch:
                self._answer_soon(batch, self._run_batch(batch))
                self._tidy(batch[0].loop)
            if last:
                return

    def _next_batch(self) -> tuple[list[Job], bool]:
        """Wait for the next jobs, then take whatever else already waits."""
        batch: list[Job] = []
        try:
            while len(batch) < BATCH_JOBS_MAX:
                jobs = self._queue.get(block=not batch)
                if jobs is None:
                    return batch, True
                batch.extend(jobs)
        except queue.Empty:
            pass
        return batch, False

    def _run_batch(self, batch: Sequence[Job]) -> list[Outcome]:
        if self._fault is not None and any(job.writes for job in batch):
            self._probe(batch[0].loop)
        try:
            try:
                return self._commit(batch, apart=False)
            except _BadJob:
                return self._commit(batch, apart=True)
        except (DBAPIError, sqlite3.Error) as error:
            self._store.forget_head()
            fault = translate(_first(error), "writing")
            self._fail(batch[0].loop, str(fault))
            return [Outcome(error=JournalError(str(fault))) for _ in batch]

    def _commit(self, batch: Sequence[Job], *, apart: bool) -> list[Outcome]:
        with self._store.connection.begin():
            return [self._run(job, apart=apart) for job in batch]

    def _run(self, job: Job, *, apart: bool) -> Outcome:
        """Raises _BadJob where it failed and may have written, and was not `apart` in a savepoint."""
        if job.writes and self._fault is not None:
            return Outcome(error=JournalError(self._fault))
        connection, driver = self._store.connection, self._store.driver
        apart = apart and job.writes
        if apart:
            driver.execute("SAVEPOINT job")  # by SQLAlchemy it cost as much as the statements inside
        try:
            outcome = Outcome(job.run(connection))
        except (DBAPIError, sqlite3.Error):
            raise
        except Exception as error:
            self._store.forget_head()
            if job.writes and not apart:
                raise _BadJob from error
            if apart:
                driver.execute("ROLLBACK TO job")
            outcome = Outcome(error=error)
        if apart:
            driver.execute("RELEASE job")
        return outcome

    def _tidy(self, loop: asyncio.AbstractEventLoop) -> None:
        """After a commit, once in a while, when nobody waits or it is overdue; one step in a transaction of its own."""
        self._until_tidy -= 1
        overdue = self._until_tidy < -TIDY_PUT_OFF_MAX
        if self._tidy_step is None or self._fault is not None:
            return
        if self._until_tidy > 0 or not (overdue or self._queue.empty()):
            return
        self._until_tidy = TIDY_EVERY_BATCHES
        try:
            with self._store.connection.begin():
                self._tidy_step(self._store.connection)
        except (DBAPIError, sqlite3.Error) as error:
            self._fail(loop, str(translate(_first(error), "deleting old evidence")))

    def _probe(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write and take back as much as an entry may need; success ends the fault."""
        connection = self._store.connection
        try:
            for statement in (
                f"INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', zeroblob({PROBE_BYTES}))",  # noqa: S608
                "DELETE FROM meta WHERE name = 'probe'",
            ):
                with connection.begin():
                    connection.exec_driver_sql(statement)
        except (DBAPIError, sqlite3.Error) as error:
            self._fault = str(translate(error, "writing"))
            return
        self._fault = None
        self._raise_alarm(loop, "journal-recovered", "the journal stores again")

    def _fail(self, loop: asyncio.AbstractEventLoop, fault: str) -> None:
        if self._fault is None:
            self._raise_alarm(loop, "journal-failed", fault)
        self._fault = fault

    def _raise_alarm(self, loop: asyncio.AbstractEventLoop, code: str, detail: str) -> None:
        if self._inline:
            self._alarm(code, detail)
        else:
            _call_soon(loop, self._alarm, code, detail)

    def _answer_soon(self, batch: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
        """All of one loop by one call: each call wakes it by a write to a socket."""
        for loop in {job.loop for job in batch}:
            mine = [(job, outcome) for job, outcome in zip(batch, outcomes, strict=True) if job.loop is loop]
            _call_soon(loop, self._answer_all, mine)

    def _answer_all(self, answers: Sequence[tuple[Job, Outcome]]) -> None:
        for job, outcome in answers:
            self._answer(job, outcome)

    def _answer(self, job: Job, outcome: Outcome) -> None:
        if job.answer.done():
            return  # the caller gave up; what it asked for is stored all the same
        if outcome.error is not None:
            job.answer.set_exception(outcome.error)
        else:
            job.answer.set_result(outcome.value)


def _first(error: BaseException) -> DBAPIError | sqlite3.Error:
    """The fault itself: a savepoint that SQLite already threw away raises another one on the way out."""
    found = [error]
    while found[-1].__context__ is not None:
        found.append(found[-1].__context__)
    return next(one for one in reversed(found) if isinstance(one, DBAPIError | sqlite3.Error))


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[..., object], *arguments: Any) -> None:
    """From the writer's thread. A loop that is gone has nobody left to answer."""
    try:
        loop.call_soon_threadsafe(call, *arguments)
    except RuntimeError:
        if not loop.is_closed():
            raise
