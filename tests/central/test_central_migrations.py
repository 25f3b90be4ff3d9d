"""From the first form of central's store to the newest: every row stays as it was, and what it says is derived."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from roads import Centre, Place
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel, select

from central.store import database
from central.store.case_tables import ActRow, LeadRow
from gateway.contract.entry import StoredEntry

PLATE = "豫A12345"
FIRST_TABLES = ("entries", "quarantine", "progress", "alarms", "site_states", "identity")


def _first_form(url: str) -> None:
    """A store as the first version made it."""
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    engine = create_engine(url)
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()


def _row(place: Place, entry: StoredEntry, **said: Any) -> dict[str, Any]:
    return {
        "journal": entry.journal, "seq": entry.seq, "site": place.site, "type": entry.type, "lane": "1",
        "at_ms": 1_772_420_400_000 + entry.seq * 3_600_000, "received_ms": 1_772_500_000_000, "body": entry.body,
        "prev_hash": entry.prev_hash, "hash": entry.hash, "signature": entry.signature, "key_id": entry.key_id,
        "alg": entry.alg, "plate": PLATE, "colour": "yellow", "gross_kg": None, "outcome": None, "excess_kg": None,
        "action": None, "parent": None, **said,
    }  # fmt: skip


def _fill(url: str, place: Place) -> None:
    held = place.sees(PLATE, "2026-03-02 12:00", 58_400)
    released = place.lets_go(held, PLATE, "2026-03-02 13:00", "the buyer waits")
    nameless = place.make(place={"kind": "checkpoint"})
    rows = [
        _row(place, held, gross_kg=58_400, outcome="exceeded", excess_kg=9_400, action="hold"),
        _row(place, released, parent=held.id),
        _row(place, nameless, plate=None, colour=None),
    ]
    engine = create_engine(url)
    with engine.connect() as connection, connection.begin():
        names = ", ".join(rows[0])
        values = ", ".join(f":{name}" for name in rows[0])
        connection.execute(text(f"INSERT INTO entries ({names}) VALUES ({values})"), rows)
        place_of = f"'{place.site}', '{place.journal}'"
        event = "'{}', 1772500000000"
        connection.execute(text(f"INSERT INTO quarantine VALUES ({place_of}, 9, 'f', 'rejected', 'why', {event})"))
        connection.execute(text(f"INSERT INTO progress VALUES ({place_of}, 3)"))
        connection.execute(text(f"INSERT INTO alarms VALUES ('rejected', {place_of}, 9, 'why', 1772500000000)"))
        connection.execute(text(f"INSERT INTO site_states VALUES ('{place.site}', 1772500000000, NULL, NULL)"))
        connection.execute(text("INSERT INTO identity VALUES (1, 'the first', 1772500000000)"))
    engine.dispose()


def _rows(url: str) -> dict[str, list[dict[str, Any]]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table: [dict(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).mappings()]
            for table in FIRST_TABLES
        }
    engine.dispose()
    return found


def _differences(url: str) -> list[Any]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))
    engine.dispose()
    indexes: dict[str, set[str]] = {"add_index": set(), "remove_index": set()}
    for one in found:
        if one[0] in indexes:
            indexes[one[0]].add(one[1].name)
    both = indexes["add_index"] & indexes["remove_index"]  # descending ones, which the comparison cannot read back
    return [one for one in found if one[0] not in indexes or one[1].name not in both]


def test_every_row_of_the_first_form_stays_and_is_derived(database_url: str, tmp_path: Path) -> None:
    place = Place("quarry-1", "source-exit")
    _first_form(database_url)
    _fill(database_url, place)
    before = _rows(database_url)
    centre = Centre(tmp_path, [place], url=database_url)

    async def derive() -> None:
        await centre.central.deriver.settle()
        await centre.close()

    asyncio.run(derive())
    after = _rows(database_url)
    for table, rows in before.items():
        kept = [{name: row[name] for name in rows[0]} for row in after[table]]
        if table == "site_states":
            kept = [row for row in kept if row["site"] == place.site]
        assert kept == rows, table
    store = database.open_database(database_url, inline=True)
    acts, leads = store.run_here(
        lambda session: (session.exec(select(ActRow)).all(), session.exec(select(LeadRow)).all())
    )
    store.close()
    assert [(one.id, one.excess_kg) for one in acts] == [("quarry-1-j/1", 9_400)]
    assert [one.kind for one in leads] == ["source-release"]


def test_no_revision_takes_records_apart() -> None:
    revisions = list(ScriptDirectory(str(Path(database.__file__).parent / "migrations")).walk_revisions())
    assert len(revisions) >= 10
    for one in revisions:
        with pytest.raises(NotImplementedError, match="never taken apart"):
            one.module.downgrade()


def test_the_newest_schema_is_what_the_tables_say(database_url: str) -> None:
    database.open_database(database_url, inline=True).close()
    assert _differences(database_url) == []
