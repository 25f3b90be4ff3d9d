"""What `init` makes for the services is what they take: read by our own programs and by a real broker."""

import asyncio
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import aiomqtt
import pytest
from programs import find_program, free_port, started
from site_at_work import Child

from central.settings import load_central
from gateway.settings import load_site

INIT = Path(__file__).resolve().parents[2] / "deploy" / "compose" / "init.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("init")
    for _ in range(2):
        subprocess.run([sys.executable, str(INIT), str(folder)], check=True, capture_output=True)
    return folder


def environ_of(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def init() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compose_init", INIT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_central_and_site_take_their_files(made: Path) -> None:
    central = load_central(made / "central/central.toml", environ_of(made / "central/env"))
    site = load_site(made / "site/toll-1.toml")
    assert [one.id for one in central.sites] == [site.site.id] == ["toll-1"]
    assert (site.central.http, site.central.mqtt) == ("http://central:8700", "mqtt://broker:1883")
    assert central.mqtt is not None
    assert central.mqtt.host == "broker"
    assert central.sites[0].token == environ_of(made / "site/env")["WEIGHGATE_SITE_TOKEN"]


def test_every_secret_is_drawn_anew_and_lies_where_only_its_user_reads(made: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(INIT), str(tmp_path)], check=True)
    secrets_of = {
        folder: {value for file in ("site/env", "central/env") for value in environ_of(folder / file).values()}
        for folder in (made, tmp_path)
    }
    assert secrets_of[made] & secrets_of[tmp_path] == {"central"}, "a user's name is no secret"
    for file in made.rglob("*"):
        if file.is_file():
            mode = stat.S_IMODE(file.stat().st_mode)
            assert mode == (0o644 if file == made / "postgres/password" else 0o600), file
    broker = (made / "broker/passwords").read_text()
    assert not [value for value in secrets_of[made] if value != "central" and value in broker]


@pytest.mark.needs_mosquitto
async def test_the_broker_lets_in_whom_it_knows_and_each_to_its_own_topics(made: Path, tmp_path: Path) -> None:
    program, folder = find_program("mosquitto"), tmp_path / "broker"
    folder.mkdir()
    for name in ("passwords", "access"):
        (folder / name).write_text((made / "broker" / name).read_text())
        (folder / name).chmod(0o600)
    text = (made / "broker/mosquitto.conf").read_text().replace("/etc/weighgate/broker", str(folder))

    def command(port: int) -> list[str]:
        own = text.replace("listener 1883", f"listener {port} 127.0.0.1") + ("user root\n" if os.geteuid() == 0 else "")
        (folder / "mosquitto.conf").write_text(own)
        return [program, "-c", str(folder / "mosquitto.conf")]

    process, port = started(command, folder / "log")
    try:
        site = environ_of(made / "site/env")["WEIGHGATE_SITE_TOKEN"]
        central = environ_of(made / "central/env")["WEIGHGATE_MQTT_PASSWORD"]
        await _talk(port, site, central)
    finally:
        process.terminate()
        process.wait(10)


async def _talk(port: int, site: str, central: str) -> None:
    for user, password in ((None, None), ("toll-1", "wrong"), ("toll-1", central)):
        with pytest.raises(aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", port, username=user, password=password):
                pass
    async with (
        asyncio.timeout(20),
        aiomqtt.Client("127.0.0.1", port, username="central", password=central) as centre,
        aiomqtt.Client("127.0.0.1", port, username="toll-1", password=site) as edge,
    ):
        await centre.subscribe("weighgate/v1/+/entries", qos=1)
        await edge.subscribe("weighgate/v1/toll-1/acks", qos=1)
        await edge.publish("weighgate/v1/quarry-1/entries", b"another's", qos=1)
        await edge.publish("weighgate/v1/toll-1/entries", b"its own", qos=1)
        assert (await anext(aiter(centre.messages))).payload == b"its own"
        await centre.publish("weighgate/v1/toll-1/acks", b"answer", qos=1)
        assert (await anext(aiter(edge.messages))).payload == b"answer"


@pytest.mark.slow
def test_the_site_that_it_makes_weighs_its_simulated_devices(made: Path, tmp_path: Path) -> None:
    """Gateway and devices as compose starts them, side by side on one loopback: every scale is live, trucks come."""
    folder = tmp_path / "site"
    shutil.copytree(made / "site", folder)
    text = (folder / "toll-1.toml").read_text().replace("/var/lib/weighgate", str(folder))
    for port in sorted(set(re.findall(r"127\.0\.0\.1:(\d+)", text))):
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free_port()}")
    text = text.replace("0.0.0.0:8703", f"127.0.0.1:{free_port()}")
    (folder / "toll-1.toml").write_text(text)
    found = re.search(r'bind = "(.*)"', text)
    assert found is not None
    environ, url = environ_of(folder / "env"), f"http://{found[1]}"
    devices = ["simulate", "toll-1.toml", "--trucks", "10000", "--truth", "truth.jsonl"]
    children = [
        Child("gateway", folder, ["run", "toll-1.toml"], url, environ),
        Child("devices", folder, devices, url, environ),
    ]
    try:
        for child in children:
            child.start()
            children[0].until("/healthz")
        children[0].until("/readyz")
        until_s = time.monotonic() + 60
        while "gateway_weighings_total{" not in children[0].ask("/metrics")[1]:
            assert time.monotonic() < until_s, children[1].log_file.read_text()[-2000:]
            time.sleep(0.2)
        assert children[0].stop()[0] == 0
    finally:
        for child in children:
            if child.process is not None and child.process.poll() is None:
                child.process.kill()
                child.process.wait()


def test_a_health_check_says_no_where_nobody_answers() -> None:
    environ = {"WEIGHGATE_HEALTH_URL": f"http://127.0.0.1:{free_port()}/healthz"}
    words = [sys.executable, str(INIT.parents[1] / "healthcheck.py")]
    assert subprocess.run(words, env=environ, capture_output=True, check=False).returncode == 1


def test_the_shipped_sample_still_has_what_init_replaces() -> None:
    assert "http://central:8700" in init().site_file("0" * 64)
