"""A central whose database came back from a backup takes another name, so that edges offer again what it lost."""

import shutil
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from central_samples import Box, central_settings
from sqlalchemy import create_engine, text

from central.bootstrap import Central, build_central
from central.high_water import FILE_NAME, HighWater
from central.settings import CentralSettings
from gateway.contract.wire import Acknowledgement, event_of


class Machine:
    """Central's files; `start` is a start of the program, names are i1, i2, …"""

    def __init__(self, settings: CentralSettings) -> None:
        self.settings, self.box = settings, Box()
        self._names = (f"i{number}" for number in count(1))
        self.database = Path(settings.database_url.removeprefix("sqlite:///"))

    def start(self) -> Central:
        return build_central(
            self.settings, clock=lambda: self.box.now, new_incarnation=lambda: next(self._names), inline=True
        )

    async def take(self, central: Central, entries: int) -> list[Acknowledgement]:
        events = [event_of(self.box.make(), self.box.site) for _ in range(entries)]
        return await central.receiver.accept(self.box.site, events)

    def alarms(self) -> list[str]:
        engine = create_engine(self.settings.database_url)
        with engine.connect() as connection:
            found = [row[0] for row in connection.execute(text("select kind from alarms"))]
        engine.dispose()
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(central_settings(tmp_path))


async def test_a_start_after_a_start_is_the_same_central(machine: Machine) -> None:
    central = machine.start()
    await machine.take(central, 3)
    central.close()
    for _ in range(3):
        central = machine.start()
        assert central.receiver.incarnation == "i1"
        central.close()
    assert machine.alarms() == []


async def test_a_kill_after_the_commit_is_the_same_central(machine: Machine) -> None:
    """The commit is on disk and its note is not: that is no backup."""
    central = machine.start()
    await machine.take(central, 3)
    central.close()
    file = machine.settings.evidence_dir / FILE_NAME
    file.write_bytes(b"%020d\n" % (int(file.read_bytes()) - 1))
    central = machine.start()
    assert central.receiver.incarnation == "i1"
    central.close()


async def test_a_backup_of_the_same_run_brought_back(machine: Machine, tmp_path: Path) -> None:
    central = machine.start()
    await machine.take(central, 3)
    central.database.close()  # so that the copy is whole; the program runs on in the same life
    shutil.copy(machine.database, tmp_path / "backup.db")
    again = machine.start()
    (told,) = await machine.take(again, 2)
    assert (told.through, told.incarnation) == (5, "i1")
    again.close()
    shutil.copy(tmp_path / "backup.db", machine.database)
    back = machine.start()
    assert back.receiver.incarnation == "i2"
    assert machine.alarms() == ["store-went-back"]
    await machine.take(back, 1)
    back.close()
    twice = machine.start()
    assert twice.receiver.incarnation == "i2", "it has its new name now"
    twice.close()


async def test_the_same_backup_brought_back_twice_is_two_centrals(machine: Machine, tmp_path: Path) -> None:
    machine.start().close()
    shutil.copy(machine.database, tmp_path / "backup.db")
    names = []
    for _ in range(2):
        central = machine.start()
        await machine.take(central, 1)
        central.close()
        shutil.copy(tmp_path / "backup.db", machine.database)
        central = machine.start()
        names.append(central.receiver.incarnation)
        central.close()
    assert names == ["i2", "i3"]


async def test_a_database_that_is_gone_is_told(machine: Machine) -> None:
    central = machine.start()
    await machine.take(central, 1)
    central.close()
    machine.database.unlink()
    central = machine.start()
    assert central.receiver.incarnation == "i2"
    assert machine.alarms() == ["store-went-back"]
    central.close()


@pytest.mark.parametrize("left", [None, b"", b"12\n", b"rubbish-rubbish-rub\n"])
async def test_where_nobody_knows_how_far_it_was_it_takes_a_new_name(machine: Machine, left: bytes | None) -> None:
    central = machine.start()
    await machine.take(central, 1)
    central.close()
    file = machine.settings.evidence_dir / FILE_NAME
    file.unlink() if left is None else file.write_bytes(left)
    central = machine.start()
    assert central.receiver.incarnation == "i2"
    central.close()


async def test_a_database_from_before_the_count_keeps_its_name(machine: Machine) -> None:
    machine.start().close()
    engine = create_engine(machine.settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("update identity set commits = 0"))
    engine.dispose()
    (machine.settings.evidence_dir / FILE_NAME).unlink()
    central = machine.start()
    assert central.receiver.incarnation == "i1"
    central.close()


def test_the_mark_never_goes_down(tmp_path: Path) -> None:
    mark = HighWater(tmp_path)
    mark.note(7)
    mark.note(5)
    mark.close()
    again = HighWater(tmp_path)
    assert again.commits == 7
    again.close()


def test_each_site_has_the_alarm(tmp_path: Path) -> None:
    settings = central_settings(tmp_path)
    machine = Machine(replace(settings, sites=(*settings.sites, replace(settings.sites[0], id="toll-1"))))
    machine.start().close()
    (settings.evidence_dir / FILE_NAME).write_bytes(b"%020d\n" % 9)
    machine.start().close()
    assert machine.alarms() == ["store-went-back"] * 2
