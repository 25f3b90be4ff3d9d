"""A computer whose power can fail at any await, or in the middle of a commit, and what is on its disk afterwards.

On restart a store is its main file plus any prefix of the write-ahead log that is not shorter than the last commit
that returned (SQLite, "Write-Ahead Logging"; a longer one may have reached the disk, a shorter one cannot be lost
with synchronous=FULL). From the moment of the cut nothing the old tasks still do can reach disk, wire or network.
"""

import asyncio
import random
import shutil
import struct
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

WAL_HEADER, FRAME_HEADER = 32, 24
BURIED_S = 60.0


class PowerCut(BaseException):
    """Raised where the machine was at work when its power failed."""


class Machine:
    """One computer. `power_off` takes effect at once; `bury` then lets go of what is left of the old tasks."""

    def __init__(self, name: str, root: Path, rng: random.Random) -> None:
        self.name = name
        self._root, self._rng = root / name, rng
        self._lives = 0
        self.directory = self._root / "0"
        self.directory.mkdir(parents=True)
        self.alive = False
        self.cut_in_commits: int | None = None
        self.cut_after: tuple[int, int] | None = None
        """(n, turns): so many turns of the loop after the n-th commit from now that changed anything."""
        self._turns_left: int | None = None
        self._changes = 0
        self.version = 0
        """Another one whenever something on its disk may have changed."""
        self.on_cut: Callable[[], None] = lambda: None
        self._died = asyncio.Event()
        self._tasks: dict[asyncio.Task[Any], None] = {}  # in their order: a set's would be another in each run
        self.stubborn: list[str] = []
        """What went on though it was cancelled."""
        self._engine: Engine | None = None

    def copied(self, name: str) -> "Machine":
        """Another machine with a copy of this one's disk."""
        other = Machine(name, self._root.parent, random.Random(self._rng.random()))
        shutil.copytree(self.directory, other.directory, ignore=shutil.ignore_patterns("*-shm"), dirs_exist_ok=True)
        return other

    def power_on(self) -> None:
        assert not self.alive
        self.alive = True
        self._died = asyncio.Event()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        """Run it here: it dies with the machine."""
        task = asyncio.create_task(work, name=f"{self.name} {name}")
        self.adopt(task)
        return task

    def adopt(self, task: "asyncio.Task[Any]") -> None:
        """It runs here and dies with the machine."""
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def until_dead(self) -> None:
        await self._died.wait()

    def watch(self, engine: Engine) -> None:
        """Its commits are those in whose midst the power may fail."""
        self._engine = engine
        self.version += 1
        event.listen(engine, "commit", self._committing)

    def power_off(self) -> None:
        """Between two steps: every commit so far has returned, or was never begun."""
        if self.alive:
            self._cut(None)

    async def bury(self) -> None:
        """Cancel what ran here. Whatever it does about that, it does to files nobody reads again."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            buried, left = await asyncio.wait(tasks, timeout=BURIED_S)
            self.stubborn += [task.get_name() for task in left]
            for task in buried:
                if not task.cancelled():
                    task.exception()  # looked at: PowerCut, or a complaint about its links
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _turn(self) -> None:
        """Between two steps of the loop: every task stands at an await."""
        if self._turns_left == 0:
            self.power_off()
        elif self._turns_left is not None:
            self._turns_left -= 1
            asyncio.get_running_loop().call_soon(self._turn)

    def _changed(self, connection: Connection) -> bool:
        """Whether this transaction changes anything."""
        raw = connection.connection.dbapi_connection
        assert raw is not None
        changes, before = raw.total_changes, self._changes
        self._changes = changes
        return bool(changes != before)

    def _count(self) -> None:
        assert self.cut_after is not None
        commits, turns = self.cut_after
        self.cut_after = (commits - 1, turns) if commits > 1 else None
        if commits <= 1:
            self._turns_left = turns
            asyncio.get_running_loop().call_soon(self._turn)

    def _committing(self, connection: Connection) -> None:
        changed = self._changed(connection)
        self.version += changed
        if self.alive and changed and self.cut_after is not None:
            self._count()
        if not self.alive or self.cut_in_commits is None:
            return
        self.cut_in_commits -= 1
        if self.cut_in_commits > 0:
            return
        self.cut_in_commits = None
        wal = _wal_of(connection)
        before = frames_of(wal)
        if self._rng.random() < 0.3:
            self._cut(None)
        else:
            main = Path(str(wal).removesuffix("-wal"))
            main_before = main.read_bytes()
            connection.exec_driver_sql("COMMIT")
            after = frames_of(wal)
            checkpointed = main.read_bytes() != main_before  # then the log had reached the disk before
            self._cut((wal.name, after if checkpointed else self._rng.randint(before, max(before, after))))
        raise PowerCut(self.name)

    def _cut(self, kept: tuple[str, int] | None) -> None:
        self.alive = False
        self.cut_after = self._turns_left = None
        self._lives += 1
        self.version += 1
        fresh = self._root / str(self._lives)
        shutil.copytree(self.directory, fresh, ignore=shutil.ignore_patterns("*-shm"))
        if kept is not None:
            for wal in fresh.rglob(kept[0]):
                keep_frames(wal, kept[1], self._rng)
        self.directory = fresh
        self._died.set()
        self.on_cut()


def _wal_of(connection: Connection) -> Path:
    rows = connection.exec_driver_sql("PRAGMA database_list").fetchall()
    return Path(f"{rows[0][2]}-wal")


def _layout(wal: Path) -> tuple[int, bytes]:
    """Bytes of one frame, and the salts that valid frames bear; 0 where there is no log."""
    head = wal.read_bytes()[:WAL_HEADER] if wal.exists() else b""
    if len(head) < WAL_HEADER:
        return 0, b""
    page: int = struct.unpack(">I", head[8:12])[0]
    return page + FRAME_HEADER, head[16:24]


def frames_of(wal: Path) -> int:
    """How many frames from the start belong to the present log; those behind them are left from an earlier one."""
    frame, salts = _layout(wal)
    if not frame:
        return 0
    data = wal.read_bytes()
    count = 0
    for start in range(WAL_HEADER, len(data) - frame + 1, frame):
        if data[start + 8 : start + 16] != salts:
            break
        count += 1
    return count


def keep_frames(wal: Path, count: int, rng: random.Random) -> None:
    """Only so many frames reached the disk, and perhaps a piece of the next."""
    frame, _ = _layout(wal)
    if not frame:
        return
    data = wal.read_bytes()
    end = WAL_HEADER + count * frame
    torn = rng.randrange(frame) if len(data) > end else 0
    wal.write_bytes(data[: end + torn])
