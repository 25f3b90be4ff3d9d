"""The evidence door: every upload can be finished or begun anew, whatever a crash or a faulty edge left behind."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from boxes import ADMIN, NOW, TOKEN, write_key

from central import evidence as evidence_module
from central.bootstrap import create_app
from central.errors import Busy, EvidenceError, NoRoom, Stalled
from central.evidence import EvidenceStore
from central.settings import CentralSettings, SiteSettings
from gateway.contract.together import together_of
from gateway.ports import Evidence
from gateway.uplink.evidence import EvidenceUploader

DATA = b"picture" * 1000
NAME = hashlib.sha256(DATA).hexdigest()
EMPTY = hashlib.sha256(b"").hexdigest()
AUTH = {"Authorization": f"Bearer {TOKEN}"}


def path_of(name: str) -> str:
    return f"/api/v1/evidence/{name}"


def ranged(first: int, last: int, total: int = len(DATA)) -> dict[str, str]:
    return {**AUTH, "Content-Range": f"bytes {first}-{last}/{total}"}


async def once(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    write_key(tmp_path / "central.key")
    sites = (SiteSettings("quarry-1", TOKEN, ()), SiteSettings("toll-1", "site-token-2", ()))
    url = f"sqlite:///{tmp_path}/central.db"
    settings = CentralSettings("127.0.0.1", 0, url, tmp_path / "evidence", tmp_path / "central.key", ADMIN, None, sites)
    app = create_app(settings, clock=lambda: NOW, new_incarnation=lambda: "first")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://central") as client:
        yield client
    app.state.central.close()


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", free_bytes_min=0)


async def test_the_empty_file_is_taken_and_an_empty_body_for_another_name_is_not(http: httpx.AsyncClient) -> None:
    assert (await http.put(path_of(EMPTY), content=b"", headers=AUTH)).status_code == 201
    assert (await http.head(path_of(EMPTY), headers=AUTH)).status_code == 200
    empty = await http.put(path_of(NAME), content=b"", headers=AUTH)
    assert (empty.status_code, empty.headers["upload-offset"]) == (422, "0")


async def test_a_whole_file_left_unfinished_by_a_crash_is_finished_without_sending_it_again(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    partial = tmp_path / "evidence" / "partial" / "quarry-1" / NAME
    partial.parent.mkdir(parents=True)
    partial.write_bytes(DATA)
    head = await http.head(path_of(NAME), headers=AUTH)
    assert (head.status_code, head.headers["upload-offset"]) == (404, str(len(DATA)))
    done = await http.put(path_of(NAME), content=b"", headers={**AUTH, "Content-Range": f"bytes */{len(DATA)}"})
    assert (done.status_code, done.headers["upload-offset"]) == (201, str(len(DATA)))
    assert (await http.head(path_of(NAME), headers=AUTH)).status_code == 200


async def test_nothing_more_to_send_is_no_way_to_skip_bytes(http: httpx.AsyncClient) -> None:
    await http.put(path_of(NAME), content=DATA[:100], headers=ranged(0, 99))
    early = await http.put(path_of(NAME), content=b"", headers={**AUTH, "Content-Range": f"bytes */{len(DATA)}"})
    assert (early.status_code, early.headers["upload-offset"]) == (409, "100")


async def test_a_part_longer_than_the_whole_is_begun_anew(http: httpx.AsyncClient) -> None:
    longer = DATA + b"x" * 50
    await http.put(path_of(NAME), content=longer[:-1], headers=ranged(0, len(longer) - 2, len(longer)))
    done = await http.put(path_of(NAME), content=DATA, headers=AUTH)
    assert done.status_code == 201


async def test_a_piece_that_starts_at_no_place_of_ours_is_told_where(http: httpx.AsyncClient) -> None:
    await http.put(path_of(NAME), content=DATA[:100], headers=ranged(0, 99))
    gap = await http.put(path_of(NAME), content=DATA[200:300], headers=ranged(200, 299))
    assert (gap.status_code, gap.headers["upload-offset"]) == (409, "100")
    unread = await http.put(path_of(NAME), content=b"", headers={**AUTH, "Content-Range": "bytes 0--1/0"})
    assert unread.status_code == 400


async def test_a_file_larger_than_any_evidence_is_refused_as_too_large(http: httpx.AsyncClient) -> None:
    size = evidence_module.EVIDENCE_BYTES_MAX + 1
    refused = await http.put(path_of(NAME), content=b"x", headers=ranged(0, 0, size))
    assert refused.status_code == 413


async def test_small_files_in_one_body_are_all_here_but_what_is_not_its_name(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    good = [(hashlib.sha256(one).hexdigest(), one) for one in (b"", b"one", DATA)]
    bad = (hashlib.sha256(b"another").hexdigest(), b"its bytes")
    door = "/api/v1/evidence"
    for _ in range(2):
        answer = await http.put(door, content=together_of([*good, bad]), headers=AUTH)
        assert (answer.status_code, answer.json()) == (200, [name for name, _ in good])
    heads = [(await http.head(path_of(name), headers=AUTH)).status_code for name, _ in [*good, bad]]
    assert heads == [200, 200, 200, 404]
    assert not any((tmp_path / "evidence" / "partial" / "quarry-1").iterdir())
    assert (await http.put(door, content=b"no such body", headers=AUTH)).status_code == 400
    assert (await http.put(door, content=b"0" * 300_000, headers=AUTH)).status_code == 413
    assert (await http.put(door, content=together_of(good))).status_code == 401


async def test_a_file_that_another_request_writes_is_left_to_it(store: EvidenceStore) -> None:
    going, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        going.set()
        await go_on.wait()
        yield DATA

    alone = asyncio.create_task(store.put("quarry-1", NAME, 0, len(DATA), slow()))
    await going.wait()
    assert await store.put_together("quarry-1", [(NAME, DATA), (EMPTY, b"")]) == [EMPTY]
    go_on.set()
    assert (await alone).complete
    assert await store.put_together("quarry-1", [(NAME, DATA)]) == [NAME]


async def test_two_sites_send_the_same_file_at_once(store: EvidenceStore) -> None:
    going, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield DATA[:10]
        going.set()
        await go_on.wait()
        yield DATA[10:]

    first = asyncio.create_task(store.put("quarry-1", NAME, 0, len(DATA), slow()))
    await going.wait()
    with pytest.raises(Busy):
        await store.put("quarry-1", NAME, 0, len(DATA), once(DATA))
    assert (await store.put("toll-1", NAME, 0, len(DATA), once(DATA))).complete
    go_on.set()
    assert (await first).complete
    assert store.path(NAME).read_bytes() == DATA
    assert not list((store.path(NAME).parents[1] / "partial").rglob(NAME))


async def test_parts_of_one_site_stay_within_count_and_bytes_and_the_one_being_written_stays(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(evidence_module, "PARTIALS_PER_SITE_MAX", 3)
    monkeypatch.setattr(evidence_module, "PARTIAL_BYTES_PER_SITE_MAX", 1000)
    folder = tmp_path / "evidence" / "partial" / "quarry-1"
    names = [hashlib.sha256(bytes([number])).hexdigest() for number in range(6)]
    for number, name in enumerate(names[:5]):
        await store.put("quarry-1", name, 0, 400, once(b"x" * 200))
        os.utime(folder / name, (number, number))
    assert {path.name for path in folder.iterdir()} == set(names[2:5])
    going, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        going.set()
        await go_on.wait()
        yield b"y"

    writing = asyncio.create_task(store.put("quarry-1", names[2], 200, 400, slow()))
    await going.wait()
    os.utime(folder / names[2], (0, 0))
    await store.put("quarry-1", names[5], 0, 600, once(b"x" * 599))
    left = {path.name for path in folder.iterdir()}
    assert left == {names[2], names[5]}
    go_on.set()
    assert (await writing).offset == 202
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 1000
    with pytest.raises(NoRoom):
        await store.put("quarry-1", names[0], 0, 1001, once(b"x"))


async def test_a_part_that_is_finished_while_room_is_looked_for_is_no_fault(
    store: EvidenceStore, tmp_path: Path
) -> None:
    folder = tmp_path / "evidence" / "partial" / "quarry-1"
    folder.mkdir(parents=True)
    (folder / EMPTY).symlink_to("gone")  # listed, and no longer there when it is looked at
    assert (await store.put("quarry-1", NAME, 0, len(DATA), once(DATA))).complete


async def test_many_files_at_once_all_arrive(store: EvidenceStore) -> None:
    files = {hashlib.sha256(content).hexdigest(): content for content in (b"raw %d" % one for one in range(200))}
    due = list(files.items())

    async def bring() -> None:
        while due:
            name, content = due.pop()
            assert (await store.put("quarry-1", name, 0, len(content), once(content))).complete

    await asyncio.gather(*(bring() for _ in range(8)))
    assert all(store.path(name).read_bytes() == content for name, content in files.items())


async def test_what_came_of_a_small_file_before_its_edge_vanished_stays(store: EvidenceStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield DATA[:100]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put("quarry-1", NAME, 0, len(DATA), broken())
    assert (await store.held("quarry-1", NAME)).offset == 100
    assert (await store.put("quarry-1", NAME, 100, len(DATA), once(DATA[100:]))).complete


async def test_a_disk_that_takes_nothing_is_said_and_kept_from_no_other_site(
    store: EvidenceStore, tmp_path: Path
) -> None:
    (tmp_path / "evidence" / "partial").mkdir(parents=True)
    (tmp_path / "evidence" / "partial" / "quarry-1").write_text("in the way")
    with pytest.raises(EvidenceError, match="does not take"):
        await store.put("quarry-1", NAME, 0, len(DATA), once(DATA))
    assert (await store.put("toll-1", NAME, 0, len(DATA), once(DATA))).complete


@pytest.mark.parametrize(
    ("content", "left"),
    [(DATA, DATA), (DATA, DATA + b"x"), (DATA, DATA[:10]), (DATA, b""), (b"", b""), (b"", b"x")],
    ids=["whole", "longer", "begun", "none", "empty", "empty-longer"],
)
async def test_the_edge_brings_its_file_up_whatever_part_was_left(
    http: httpx.AsyncClient, tmp_path: Path, content: bytes, left: bytes
) -> None:
    one = Evidence(hashlib.sha256(content).hexdigest(), "image/jpeg", content)
    partial = tmp_path / "evidence" / "partial" / "quarry-1" / one.sha256
    partial.parent.mkdir(parents=True)
    partial.write_bytes(left)
    waiting = Waiting([one])
    alarms: list[str] = []
    edge = EvidenceUploader(
        waiting, "http://central", TOKEN,
        sleep=asyncio.sleep, alarm=lambda code, detail: alarms.append(f"{code} {detail}"), transport=http._transport,
    )  # fmt: skip
    assert await edge.upload_due() == 1
    assert (waiting.blobs, alarms) == ([], [])
    assert (tmp_path / "evidence" / one.sha256[:2] / one.sha256).read_bytes() == content


async def test_a_body_that_stands_still_gives_the_file_up(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_module, "SILENT_S_MAX", 0)

    async def silent() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    with pytest.raises(Stalled):
        await store.put("quarry-1", NAME, 0, len(DATA), silent())
    assert (await store.put("quarry-1", NAME, 0, len(DATA), once(DATA))).complete


class Waiting:
    """The evidence side of an outbox."""

    def __init__(self, blobs: list[Evidence]) -> None:
        self.blobs = blobs

    async def pending_evidence(self, limit: int, *, exclude: frozenset[str] = frozenset()) -> list[Evidence]:
        return [one for one in self.blobs if one.sha256 not in exclude][:limit]

    async def evidence_delivered(self, *sha256: str) -> None:
        self.blobs = [one for one in self.blobs if one.sha256 not in sha256]
