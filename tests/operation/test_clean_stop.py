"""Real processes under load: SIGTERM ends them in order within five seconds, and nothing is lost."""

import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import aiomqtt
import pytest
from site_at_work import LANES, SECRETS, Stand, stand_at

from gateway.journal import verify
from gateway.service import STOP_S
from weighgate.journals import documents

pytestmark = pytest.mark.slow
WEIGHED = 'gateway_weighings_total{action="hold"'


def weighings(stand: Stand) -> int:
    text = stand.gateway.ask("/metrics")[1]
    return sum(round(float(line.split()[-1])) for line in text.splitlines() if line.startswith(WEIGHED))


def under_load(stand: Stand, count: int) -> None:
    until_s = time.monotonic() + 40
    while weighings(stand) < count:
        assert time.monotonic() < until_s, stand.gateway.log_file.read_text()[-2000:]
        time.sleep(0.05)


def until_delivered(stand: Stand) -> None:
    stand.gateway.until("/readyz")
    until_s = time.monotonic() + 30
    while 'gateway_outbox_entries{state="pending"} 0.0' not in stand.gateway.ask("/metrics")[1]:
        assert time.monotonic() < until_s, stand.gateway.log_file.read_text()[-2000:]
        time.sleep(0.1)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """One run: start, load, watch, stop in the middle; twice, so that the second start finds the first's end."""
    with stand_at(tmp_path_factory.mktemp("stop") / "stand") as stand:
        stand.central.start()
        stand.central.until("/readyz")
        ends = []
        watched: dict[str, str] = {}
        for _ in range(2):
            stand.gateway.start()
            stand.gateway.until("/readyz")
            under_load(stand, 2 * LANES)
            watched = {path: stand.gateway.until(path) for path in ("/healthz", "/readyz", "/metrics")}
            ends.append(stand.central.stop())  # in the middle of what the site delivers
            stand.central.start()
            stand.central.until("/readyz")
            ends.append(stand.gateway.stop())
        stand.scales.rest()
        stand.gateway.start()
        until_delivered(stand)
        ends += [stand.gateway.stop(), stand.central.stop()]
        return {"stand": stand, "ends": ends, "watched": watched}


def test_it_ends_with_zero_within_five_seconds(stopped: dict[str, object]) -> None:
    for code, took_s in stopped["ends"]:  # type: ignore[attr-defined]
        assert code == 0
        assert took_s < STOP_S


def test_the_journal_is_whole_and_each_weighing_has_one_line(stopped: dict[str, object]) -> None:
    stand = stopped["stand"]
    assert isinstance(stand, Stand)
    found = verify(stand.folder / "store")
    assert (found.ok, found.faults) == (True, ())
    stored = [one["id"] for one in documents(stand.folder / "store") if one["type"] == "weighing"]
    told = [line["entry"] for line in stand.gateway.lines("weighing")]
    assert sorted(map(str, told)) == sorted(stored)
    assert len(stored) >= 4 * LANES
    stopped_twice = stand.gateway.lines("site_stopped")
    assert len(stopped_twice) == 3


def test_central_has_every_entry_once(stopped: dict[str, object]) -> None:
    stand = stopped["stand"]
    assert isinstance(stand, Stand)
    with closing(sqlite3.connect(stand.folder / "central.db")) as database:
        found = [row[0] for row in database.execute("SELECT journal || '/' || seq FROM entries ORDER BY 1")]
        incarnations = database.execute("SELECT count(*) FROM alarms").fetchone()
    assert found == sorted(str(one["id"]) for one in documents(stand.folder / "store"))
    assert incarnations == (0,), "no start took it for a restored one"
    assert len(stand.central.lines("central_stopped")) == 3


def test_the_line_says_where_the_time_went(stopped: dict[str, object]) -> None:
    stand = stopped["stand"]
    assert isinstance(stand, Stand)
    for line in stand.gateway.lines("weighing"):
        times = {name: line[name] for name in line if name.endswith("_ms")}
        assert set(times) == {
            "settle_ms", "identify_ms", "queue_ms", "judge_ms", "store_ms", "act_ms", "total_ms",
        }  # fmt: skip
        if line["total_ms"] is not None:
            parts = sum(float(str(ms)) for name, ms in times.items() if name != "total_ms")
            assert parts == pytest.approx(float(str(line["total_ms"])), abs=20)
        assert line["site"] == "quarry-1"
        assert {"level", "timestamp", "lane", "entry", "outcome", "action", "ground"} <= set(line)


def test_no_secret_is_said_or_shown(stopped: dict[str, object]) -> None:
    stand, watched = stopped["stand"], stopped["watched"]
    assert isinstance(stand, Stand)
    said = stand.gateway.log_file.read_text() + stand.central.log_file.read_text() + str(watched)
    assert not [secret for secret in SECRETS.values() if secret in said]


def test_what_is_open_to_all_names_what_it_counts(stopped: dict[str, object]) -> None:
    watched = stopped["watched"]
    assert isinstance(watched, dict)
    assert json.loads(watched["/healthz"]) == {"alive": True, "faults": []}
    assert json.loads(watched["/readyz"]) == {"ready": True, "missing": []}
    names = set(re.findall(r"^# TYPE (\S+)", watched["/metrics"], re.MULTILINE))
    assert {
        "gateway_readings_total", "gateway_frames_rejected_total", "gateway_reconnects_total", "gateway_device_state",
        "gateway_weighings_total", "gateway_journal_append_seconds", "gateway_outbox_entries",
        "gateway_outbox_oldest_seconds", "gateway_relay_entries_total", "gateway_alarms_total",
        "gateway_loop_lag_seconds", "gateway_disk_free_bytes", "process_resident_memory_bytes",
    } <= names  # fmt: skip
    sent = re.search(r'gateway_relay_entries_total\{door="http",what="sent"\} (\S+)', watched["/metrics"])
    assert sent is not None
    assert float(sent[1]) > 0


def test_a_request_that_never_ends_is_given_up(tmp_path: Path) -> None:
    with stand_at(tmp_path / "stand") as stand:
        stand.gateway.start()
        stand.gateway.until("/readyz")
        under_load(stand, 1)
        host, port = stand.gateway.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as line:
            line.sendall(b"POST /api/v1/release HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            time.sleep(0.3)
            found, took_s = stand.gateway.stop()
        assert found == 0
        assert took_s < STOP_S
        assert verify(stand.folder / "store").ok


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    """It waits for nothing, not even for an end that is under way, and the journal is whole."""
    with stand_at(tmp_path / "stand") as stand:
        marker = hang_at_the_end(stand, tmp_path)
        stand.gateway.start()
        stand.gateway.until("/readyz")
        under_load(stand, 1)
        stand.gateway.signal()
        until_s = time.monotonic() + STOP_S / 2
        while not marker.exists():
            assert time.monotonic() < until_s
            time.sleep(0.02)
        code, took_s = stand.gateway.stop()
        assert code == -signal.SIGTERM
        assert took_s < 0.5
        assert verify(stand.folder / "store").ok


@pytest.mark.needs_mosquitto
async def test_the_broker_is_told_goodbye(tmp_path: Path, mosquitto: int) -> None:
    """An orderly end says so itself, at once: nobody has to wait for the last will."""
    topic = "weighgate/v1/quarry-1/status"
    with stand_at(tmp_path / "stand", f"mqtt://127.0.0.1:{mosquitto}") as stand:
        async with asyncio.timeout(40), aiomqtt.Client("127.0.0.1", mosquitto) as client:
            await client.subscribe(topic)
            stand.gateway.start()
            heard = (message async for message in client.messages if not message.retain)  # of this run, no former one's
            states = (json.loads(str(message.payload, "utf-8"))["online"] async for message in heard)
            while not await anext(states):
                pass
            stand.gateway.signal()
            while await anext(states):
                pass
            assert stand.gateway.process is not None
            assert await asyncio.to_thread(stand.gateway.process.wait, 20) == 0
            await client.publish(topic, b"", retain=True)


def hang_at_the_end(stand: Stand, folder: Path) -> Path:
    """A journal whose disk no longer answers, played by a writer thread that never ends; the file is there once it
    is waited for.
    """
    marker = folder / "waiting"
    (folder / "sitecustomize.py").write_text(
        "import pathlib, threading\n"
        "from gateway.journal.writer import Writer\n"
        "async def never(self):\n"
        "    import asyncio\n"
        f"    pathlib.Path({str(marker)!r}).touch()\n"
        "    await asyncio.to_thread(threading.Event().wait)\n"
        "Writer.close = never\n"
    )
    stand.gateway.environ["PYTHONPATH"] = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])
    return marker


def test_a_process_that_hangs_at_its_end_is_cut_short_and_says_where(tmp_path: Path) -> None:
    with stand_at(tmp_path / "stand") as stand:
        hang_at_the_end(stand, tmp_path)
        stand.gateway.start()
        stand.gateway.until("/readyz")
        code, took_s = stand.gateway.stop()
        assert code == 1
        assert took_s < STOP_S + 1
        assert "Timeout (0:00:05)" in stand.gateway.log_file.read_text()
        assert verify(stand.folder / "store").ok
