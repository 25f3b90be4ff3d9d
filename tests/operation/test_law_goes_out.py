"""Real programs: laws and lists go out by command, over the broker or without, and come back; a bad one is told."""

import base64
import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from site_at_work import SECRETS, Stand, stand_at

from gateway.journal import export
from weighgate.orders import down_rows

ADMIN = "WEIGHGATE_ADMIN_TOKEN"
ROOT = Path(__file__).resolve().parents[2]
ANNEX = ROOT / "config" / "law" / "limits" / "cn-annex124-2016.toml"
WATCHED = {"plate": "豫A00002", "colour": "yellow", "status": "watched", "since": "2026-01-01", "source": "a test"}


def command(stand: Stand, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "weighgate", *words],
        cwd=stand.folder, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **SECRETS}, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def asked(url: str, token: str, body: Any = None) -> Any:
    headers = {"authorization": f"Bearer {SECRETS[token]}", "content-type": "application/json"}
    content, method = (None, "GET") if body is None else (json.dumps(body).encode(), "PUT")
    with urllib.request.urlopen(urllib.request.Request(url, content, headers, method=method), timeout=10) as answer:
        return json.loads(answer.read())


def held(stand: Stand) -> list[dict[str, Any]]:
    """As `weighgate down list` shows it."""
    state = asked(f"{stand.gateway.url}/api/v1/down", "WEIGHGATE_LOCAL_TOKEN")
    return down_rows(state)


def until_held(stand: Stand, kind: str, state: str, within_s: float = 30) -> dict[str, Any]:
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        for row in held(stand):
            if (row.get("kind"), row["state"]) == (kind, state):
                return row
        time.sleep(0.2)
    raise AssertionError(f"{kind} was never {state}: {held(stand)}; {stand.gateway.log_file.read_text()[-2000:]}")


def start(stand: Stand, mqtt: str = "") -> None:
    if mqtt:
        with (stand.folder / "central.toml").open("a") as file:
            file.write(f'[mqtt]\nurl = "{mqtt}"\ntopic_prefix = "weighgate/v1"\n')
    (stand.folder / "lists.json").write_text(json.dumps({"listed": [WATCHED]}))
    for child in (stand.central, stand.gateway):
        child.start()
    stand.central.until("/readyz")
    stand.gateway.until("/healthz")


@pytest.mark.needs_mosquitto
def test_over_the_broker_a_law_goes_out_judges_and_comes_back(mosquitto: int, tmp_path: Path) -> None:
    broker = f"mqtt://127.0.0.1:{mosquitto}"
    with stand_at(tmp_path / "stand", broker) as stand:
        start(stand, broker)
        law = stand.folder / "limits" / ANNEX.name
        law.parent.mkdir()
        law.write_text(ANNEX.read_text(encoding="utf-8") + "\n# as of today\n", encoding="utf-8")
        said = command(stand, "publish", "laws", "limits", "--site", "quarry-1")
        number = until_held(stand, "laws", "in force")["number"]
        assert f"quarry-1 laws {number} from " in said
        assert str(number) in command(stand, "down", "list", "site.toml", "--json")
        weighed = until_weighed_under(stand, number)
        assert weighed["judgement"]["rule_set"] == "cn-annex124-2016"

        assert "quarry-1 tell-state c-" in command(stand, "command", "tell-state", "--site", "quarry-1")
        until_central_knows(stand, "command-done", None)

        law.write_text(ANNEX.read_text(encoding="utf-8").replace("gross_kg = 18001", "gross_kg = 17000", 1))
        refused = command(stand, "publish", "laws", "limits", "--site", "quarry-1", code=2)
        assert "examples" in refused

        assert "as shipped" in command(
            stand, "down", "withdraw", "site.toml", "laws", "--by", "王伟", "--reason", "not yet"
        )
        until_weighed_under(stand, None)
        assert until_held(stand, "laws", "withdrawn")["number"] == number
        stand.gateway.stop()
        stand.gateway.start()
        stand.gateway.until("/healthz")
        assert until_held(stand, "laws", "withdrawn")["number"] == number


def test_without_a_broker_the_site_fetches_and_tells_central_what_it_refuses(tmp_path: Path) -> None:
    with stand_at(tmp_path / "stand") as stand:
        start(stand)
        command(stand, "publish", "lists", "lists.json", "--site", "quarry-1")
        bad = {"content": {"files": {"limits/cn-annex124-2016.toml": "id = 1"}}}
        # past the command, which would prove it
        answer = asked(f"{stand.central.url}/api/v1/down/quarry-1/laws", ADMIN, bad)
        assert answer["kind"] == "laws"
        command(stand, "down", "fetch", "site.toml")
        number = until_held(stand, "lists", "in force")["number"]
        refused = until_held(stand, "laws", "refused")
        assert refused["number"] == answer["number"]
        until_central_knows(stand, "bulletin-refused", answer["number"])
        until_central_knows(stand, "bulletin-kept", number)
        checked = command(stand, "check", "site.toml")
        assert f"lists {number} in force" in checked.replace("\n", " ")
        assert f"laws {answer['number']} was refused" in checked.replace("\n", " ")


def until_weighed_under(stand: Stand, number: int | None, within_s: float = 30) -> dict[str, Any]:
    """A weighing whose entry names this law."""
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        events = [json.loads(line) for line in export(stand.folder / "store")]
        bodies = [one["data_base64"] for one in events if one["type"].endswith(".weighing")]
        if bodies:
            content: dict[str, Any] = json.loads(base64.b64decode(bodies[-1]))["content"]
            if content["judgement"]["bulletins"].get("laws") == number:
                return content
        time.sleep(0.3)
    raise AssertionError(f"nothing was weighed under {number}")


def until_central_knows(stand: Stand, event: str, number: int | None, within_s: float = 30) -> None:
    """An audit entry of the site says it."""
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        for one in asked(f"{stand.central.url}/api/v1/records?type=audit&limit=100", ADMIN)["records"]:
            content = asked(f"{stand.central.url}/api/v1/records/{one['id']}", ADMIN)["document"]["content"]
            if (content["event"], content.get("number")) == (event, number):
                return
        time.sleep(0.2)
    raise AssertionError(f"central never heard {event} {number}")
