"""Devices that are not there: said once each, with what to do, from the start of a gateway on."""

import os
import subprocess
import sys
from pathlib import Path

from programs import free_port

from drivers.readings import HealthReading
from gateway.outages import Outage
from weighgate.shipped import config_dir


def test_each_outage_is_told_once() -> None:
    told: list[tuple[str, str]] = []
    outage = Outage("scale-1", "tcp://10.0.0.5:4001", lambda code, detail: told.append((code, detail)))
    for health in (
        HealthReading("lost", "nothing listens there; check the cable"),
        HealthReading("lost", "did not answer in 5 s: check the cable"),
        HealthReading("stale", "no frame for 2000 ms"),
        HealthReading("live"),
        HealthReading("live"),
        HealthReading("stale", "no frame for 2000 ms: the indicator is silent"),
        HealthReading("lost", "hung up"),
    ):
        outage.hear(health)
    assert told == [
        ("device-lost", "scale-1 at tcp://10.0.0.5:4001: nothing listens there; check the cable"),
        ("device-silent", "scale-1 at tcp://10.0.0.5:4001: no frame for 2000 ms: the indicator is silent"),
    ]


def test_a_start_without_devices_names_each(tmp_path: Path) -> None:
    text = (config_dir() / "sites" / "quarry.toml").read_text(encoding="utf-8")
    for old, new in (
        ("/tmp/weighgate", f"{tmp_path}/ports"),
        ("127.0.0.1:8701", f"127.0.0.1:{free_port()}"),
        ("http://127.0.0.1:8700", ""),
        ("mqtt://127.0.0.1:1883", ""),
    ):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "site.toml").write_text(text, encoding="utf-8")
    (tmp_path / "vehicles.csv").write_bytes((config_dir() / "sites" / "vehicles.csv").read_bytes())
    missing = {f"{device} at serial://{tmp_path}/ports/quarry-1/{port}?baudrate=9600: cannot open" for device, port in (
        ("scale-1", "scale-1"), ("scale-2", "scale-2"), ("board-1", "io"), ("board-2", "io"),
    )}  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "weighgate", "run", str(tmp_path / "site.toml")],
        env={**os.environ, "WEIGHGATE_LOCAL_TOKEN": "t" * 24},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as gateway:
        assert gateway.stdout is not None
        lines = 0
        while missing and lines < 30:
            line = gateway.stdout.readline()
            lines += 1
            missing -= {one for one in missing if one in line and "device-lost" in line}
        gateway.kill()
    assert not missing
