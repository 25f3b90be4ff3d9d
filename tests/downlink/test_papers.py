"""What is learnt later of a weighing is an entry; who it was can be forgotten, and the chain stays whole."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from down_world import START
from set_clock import SetClock

from gateway.core.vehicle import Identity
from gateway.core.verdict import Judgement, Verdict
from gateway.history import document_of
from gateway.journal import SqliteJournal, open_journal, verify
from gateway.keys import BoxKey
from gateway.law.dossier import Completion, dossier
from gateway.papers import NoSuchWeighing, Papers, UnknownFact
from gateway.ports import Draft
from gateway.records import personal

SAID = Judgement("r", "0" * 64, Verdict("exceeded"), Verdict("within"), Verdict("within"), (), "hold", "over-limit")
WHO = Identity(plate="豫A00001", colour="yellow", source="camera", parties={"driver": {"driver": "张某"}})
PLACE = {"id": "s1", "name": "示例站", "kind": "checkpoint"}
KEY = BoxKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


class Desk:
    """A real journal with one weighing, and the papers over it."""

    def __init__(self, folder: Path, journal: SqliteJournal, weighing: str) -> None:
        self.folder, self.journal, self.weighing = folder, journal, weighing
        self.kicks = 0
        self.papers = Papers(journal, SetClock(START), self._kick)

    def _kick(self) -> None:
        self.kicks += 1

    def on_disk(self, text: str) -> bool:
        """Whether these words stand in any row."""
        with sqlite3.connect(self.folder / "journal.sqlite") as connection:
            rows = connection.execute("select body from entries").fetchall()
            rows += connection.execute("select content from personal").fetchall()
        return any(text in bytes(one).decode() for (one,) in rows)


@asynccontextmanager
async def desk_at(folder: Path) -> AsyncIterator[Desk]:
    clock = SetClock(START)
    journal = await open_journal(
        folder, site="s1", key=KEY, clock=clock, new_name=lambda: "j-000000000001", new_salt=lambda: bytes(32),
        alarm=lambda _code, _detail: None,
    )  # fmt: skip
    async with journal:
        content: dict[str, Any] = {"passage": 1, "dossier": dossier(WHO, SAID, PLACE)}
        draft = Draft("weighing", "1", content, clock.now(), clock.quality(), personal=personal(WHO))
        yield Desk(folder, journal, (await journal.append(draft)).id)


async def test_a_completion_is_an_entry_that_refers_to_the_weighing_and_the_dossier_knows_it(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        first = (await desk.papers.dossier(desk.weighing))["source"]
        assert (first["identified"], first["missing"]) == (False, ["name", "id", "loading_document"])
        learnt = Completion("source", "name", "示例采石场", "loading-document")
        entry = await desk.journal.read(await desk.papers.complete(desk.weighing, learnt, by="王伟"))
        assert entry is not None
        assert entry.type == "correction"
        assert document_of(entry)["content"] == {
            "weighing": desk.weighing,
            "by": "王伟",
            "what": "dossier",
            "completes": [{"party": "source", "fact": "name", "source": "loading-document", "value": "示例采石场"}],
        }
        now = (await desk.papers.dossier(desk.weighing))["source"]
        assert (now["identified"], now["missing"]) == (True, ["id", "loading_document"])
        assert now["sources"] == {"name": "loading-document"}
        assert desk.kicks == 1
        other = Completion("source", "name", "别处", "officer")
        await desk.papers.complete(desk.weighing, other, by="李雷")
        said = (await desk.papers.dossier(desk.weighing))["source"]
        assert said["known"]["name"] == "示例采石场"
        assert said["conflicts"] == [{"fact": "name", "source": "officer", "value": "别处"}]


async def test_a_person_stands_beside_the_entry_under_a_commitment_and_is_forgotten(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        learnt = Completion("driver", "licence", "410000199001010000", "card")
        entry = await desk.journal.read(await desk.papers.complete(desk.weighing, learnt, by="王伟"))
        assert entry is not None
        content = document_of(entry)["content"]
        assert content["completes"] == [{"party": "driver", "fact": "licence", "source": "card"}]
        assert len(content["personal_commitment"]) == 64
        driver = (await desk.papers.dossier(desk.weighing))["driver"]
        assert (driver["identified"], driver["apart"]) == (True, ["licence", "name"])
        assert "410000199001010000" not in json.dumps(driver, ensure_ascii=False)
        assert desk.on_disk("410000199001010000")
        assert desk.on_disk("张某")
        assert await desk.papers.forget(desk.weighing, by="王伟", reason="asked for") == 2
        assert not desk.on_disk("410000199001010000")
        assert not desk.on_disk("张某")
        assert (await desk.papers.dossier(desk.weighing))["driver"]["apart"] == ["licence", "name"]
        last = document_of((await desk.journal.recent("audit", 1))[0])["content"]
        assert (last["event"], last["weighing"], last["by"]) == ("personal-forgotten", desk.weighing, "王伟")
        assert await desk.papers.forget(desk.weighing, by="王伟", reason="asked again") == 0
    found = verify(tmp_path)
    assert (found.ok, found.entries) == (True, 4)


async def test_what_is_no_weighing_or_no_fact_stores_nothing(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        with pytest.raises(UnknownFact, match="known: name, licence, qualification_certificate"):
            await desk.papers.complete(desk.weighing, Completion("driver", "age", "40", "officer"), by="王伟")
        done = await desk.papers.complete(desk.weighing, Completion("enterprise", "id", "e-1", "officer"), by="王伟")
        for entry in ("j-000000000001/99", done, "nonsense"):
            with pytest.raises(NoSuchWeighing):
                await desk.papers.complete(entry, Completion("driver", "name", "张某", "officer"), by="王伟")
            with pytest.raises(NoSuchWeighing):
                await desk.papers.forget(entry, by="王伟", reason="none")
        assert len(await desk.journal.all_entries(0, 10)) == 2


async def test_completions_of_another_weighing_are_not_taken_for_this_one(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        clock = SetClock(START)
        content = {"passage": 2, "dossier": dossier(Identity(), SAID, PLACE)}
        draft = Draft("weighing", "1", content, clock.now(), clock.quality())
        other = (await desk.journal.append(draft)).id
        await desk.papers.complete(other, Completion("enterprise", "id", "e-9", "officer"), by="王伟")
        assert (await desk.papers.dossier(desk.weighing))["enterprise"]["known"] == {}
        assert (await desk.papers.dossier(other))["enterprise"]["known"] == {"id": "e-9"}
