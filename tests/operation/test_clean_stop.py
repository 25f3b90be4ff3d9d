"""Real processes under load: SIGTERM ends them in order within five seconds, and nothing is lost."""

import json
import os
import re
import signal
import socket
import time
from pathlib import Path

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
            ends.append(stand.gateway.stop())
        ends.append(stand.central.stop())
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
    assert len(stopped_twice) == 2


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


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    """The first waits for a request that never ends; the second waits for nothing, and the journal is whole."""
    with stand_at(tmp_path / "stand") as stand:
        stand.gateway.start()
        stand.gateway.until("/readyz")
        under_load(stand, 1)
        host, port = stand.gateway.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as line:
            line.sendall(b"POST /api/v1/release HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            time.sleep(0.3)
            stand.gateway.signal()
            time.sleep(0.2)
            code, took_s = stand.gateway.stop()
        assert code == -signal.SIGTERM
        assert took_s < 0.5
        assert verify(stand.folder / "store").ok


def test_a_process_that_hangs_at_its_end_is_cut_short_and_says_where(tmp_path: Path) -> None:
    """A journal whose disk no longer answers: played by a writer thread that never ends."""
    hang = tmp_path / "hang"
    hang.mkdir()
    (hang / "sitecustomize.py").write_text(
        "import threading\n"
        "from gateway.journal.writer import Writer\n"
        "async def never(self):\n"
        "    import asyncio\n"
        "    await asyncio.to_thread(threading.Event().wait)\n"
        "Writer.close = never\n"
    )
    with stand_at(tmp_path / "stand") as stand:
        stand.gateway.environ["PYTHONPATH"] = os.pathsep.join([str(hang), str(Path(__file__).parents[2])])
        stand.gateway.start()
        stand.gateway.until("/readyz")
        code, took_s = stand.gateway.stop()
        assert code == 1
        assert took_s < STOP_S + 1
        assert "Timeout (0:00:05)" in stand.gateway.log_file.read_text()
        assert verify(stand.folder / "store").ok
