"""A site's own relay, journal and doors behind a bad network: nothing is lost or doubled, and what is wrong is named.

Broker and central are processes of their own; both wires to them lead through a proxy.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from killing import await_ready
from ledger import central_rows
from load_child import weigh
from programs import private_folder
from stand import ENVIRON, Stand, build_stand
from wire_proxy import HALF_OPEN, Fault, WireProxy, cut_after, slow

from gateway.bootstrap import Site
from gateway.settings import load_site
from weighgate.shipped import config_dir

pytestmark = pytest.mark.needs_mosquitto
BEFORE, DURING = 5, 30
UP_ONLY, DOWN_ONLY = Fault(hold_down=True), Fault(hold_up=True)
PATIENCE_S = 0.4
Logs = list[MutableMapping[str, Any]]


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    """A broker and a central, for all tests of this file; no gateway."""
    with private_folder() as folder:
        made = build_stand(folder, entries=0, store="sqlite")
        del made.programs["gateway"]
        try:
            made.start()
            for name in made.programs:
                await_ready(made, name)
            yield made
        finally:
            made.stop()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same doors, less patient: their bounds are not what is tested here."""
    monkeypatch.setattr("gateway.uplink.mqtt.PUBLISH_S", PATIENCE_S)
    monkeypatch.setattr("gateway.uplink.http.TIMEOUT_S", PATIENCE_S)


class Gateway:
    """One site in this process, with a journal of its own, and its two wires."""

    def __init__(self, site: Site, stand: Stand, wires: dict[str, WireProxy]) -> None:
        self.site, self._stand, self.wires = site, stand, wires
        self._passage = 0

    async def weigh(self, count: int) -> None:
        lane = next(iter(self.site.station.lanes.values()))
        for _ in range(count):
            self._passage += 1
            await weigh(self.site, lane, self._passage, f"豫A{self._passage:05}")

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not done():  # noqa: ASYNC110 - what is awaited happens in other processes
                await asyncio.sleep(0.01)

    async def until_delivered(self) -> None:
        async with asyncio.timeout(10):
            while (await self.site.journal.depth())["pending"]:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)

    async def assert_all_once(self) -> None:
        ours = {entry.seq: entry.hash for entry in await self.site.journal.all_entries(0, 1000)}
        query = f"SELECT seq, hash FROM entries WHERE journal = '{self.site.journal.name}'"
        with central_rows(self._stand, query) as rows:
            assert sorted((seq, bytes(digest)) for seq, digest in rows) == sorted(ours.items())
        assert len(ours) >= self._passage
        assert (await self.site.journal.depth())["parked"] == 0


@asynccontextmanager
async def gateway(stand: Stand, folder: Path, doors: str) -> AsyncIterator[Gateway]:
    """`doors`: mqtt, http or both."""
    settings = load_site(stand.folder / "site.toml")
    broker, central = (int(url.rpartition(":")[2]) for url in (settings.central.mqtt, settings.central.http))
    store = folder / "store"
    store.mkdir()
    (store / "box.key").write_bytes((stand.store / "box.key").read_bytes())
    (store / "box.key").chmod(0o600)
    async with WireProxy(broker).standing() as mqtt, WireProxy(central).standing() as http:
        door = settings.central.model_copy(
            update={
                "mqtt": f"mqtt://127.0.0.1:{mqtt.port}" if doors != "http" else "",
                "http": f"http://127.0.0.1:{http.port}" if doors != "mqtt" else "",
            }
        )
        storage = settings.storage.model_copy(update={"dir": str(store)})
        changed = settings.model_copy(update={"central": door, "storage": storage, "lanes": settings.lanes[:1]})
        site = Site(changed, config_dir(), {**os.environ, **ENVIRON})
        await site.build()
        tasks = site.start()
        try:
            yield Gateway(site, stand, {"mqtt": mqtt, "http": http})
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            await site.journal.close()
            assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends


ONE_DOOR = [
    pytest.param("mqtt", slow(0.05), id="mqtt-slow"),
    pytest.param("mqtt", cut_after(20_000), id="mqtt-cut"),
    pytest.param("mqtt", HALF_OPEN, id="mqtt-half-open"),
    pytest.param("mqtt", UP_ONLY, id="mqtt-up-only"),
    pytest.param("mqtt", DOWN_ONLY, id="mqtt-down-only"),
    pytest.param("http", slow(0.05), id="http-slow"),
    pytest.param("http", cut_after(20_000), id="http-cut"),
    pytest.param("http", HALF_OPEN, id="http-half-open"),
]


@pytest.mark.parametrize(("door", "fault"), ONE_DOOR)
async def test_a_bad_wire_to_the_only_door_costs_time_and_nothing_else(
    stand: Stand, tmp_path: Path, door: str, fault: Fault
) -> None:
    with structlog.testing.capture_logs() as logs:
        async with gateway(stand, tmp_path, door) as site:
            await site.weigh(BEFORE)
            await site.until_delivered()
            await site.wires[door].set(fault)
            await site.weigh(DURING)
            if fault == slow(0.05):
                await site.until_delivered()
            else:
                await site.until(lambda: named(logs, site, door))
                await site.wires[door].mend()
                await site.until_delivered()
            await site.assert_all_once()


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        pytest.param("mqtt", cut_after(20_000), id="mqtt-cut"),
        pytest.param("mqtt", HALF_OPEN, id="mqtt-half-open"),
        pytest.param("mqtt", UP_ONLY, id="mqtt-up-only"),
        pytest.param("mqtt", DOWN_ONLY, id="mqtt-down-only"),
        pytest.param("http", HALF_OPEN, id="http-half-open"),
    ],
)
async def test_the_other_door_is_taken_while_one_wire_is_bad(
    stand: Stand, tmp_path: Path, bad: str, fault: Fault
) -> None:
    async with gateway(stand, tmp_path, "both") as site:
        await site.weigh(BEFORE)
        await site.until_delivered()
        await site.wires[bad].set(fault)
        await site.weigh(DURING)
        await site.until_delivered()
        await site.assert_all_once()


async def test_an_answer_that_is_lost_on_the_way_doubles_nothing(stand: Stand, tmp_path: Path) -> None:
    """Central has stored and said so; the wire breaks before the gateway hears it."""
    async with gateway(stand, tmp_path, "http") as site:
        await site.wires["http"].set(UP_ONLY)
        await site.weigh(DURING)
        query = f"SELECT count(*) FROM entries WHERE journal = '{site.site.journal.name}'"

        def stored() -> bool:
            with central_rows(stand, query) as rows:
                return int(str(rows[0][0])) >= 1

        await site.until(stored)
        assert (await site.site.journal.depth())["pending"] >= DURING
        await site.wires["http"].tear()
        await site.until_delivered()
        await site.assert_all_once()


def named(logs: Logs, site: Gateway, door: str) -> bool:
    """An operator can read that this door does not deliver: in the log, or in what the page shows."""
    told = [line for line in logs if line["event"] in ("central_not_reached", "broker_lost") and line.get("reason")]
    status = site.site.relay.status()
    return bool(told) or status["timed_out"] > 0 or (door == "mqtt" and not status["doors"]["mqtt"])
