"""thingsboard-gateway, polling the same eight Modbus devices, in a venv of its own beside this file.

Two settings are measured. `shipped`: the configuration files of its package, with our broker, our devices and ten polls
a second put in. `tuned`: besides, no statistics, no remote configuration, logs at errors only, no rate limits, values
told only when they change, one read for all registers of a device, packets of up to a second.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figures import MissingPeerError
from programs_at_work import Program

VENV = Path(__file__).with_name(".venv-peer")
WANTED = Path(__file__).with_name("peer.txt")
INSTALL_S_MAX = 300
POLL_MS = 100
SETTINGS = ("shipped", "tuned")
REGISTERS = (("status", 6, 1, "16uint"), ("gross", 7, 2, "32uint"), ("net", 9, 2, "32uint"))


def install() -> Path:
    """Its interpreter, with the package in it; made at the first call.

    Raises:
        MissingPeerError: it cannot be installed here.
    """
    python, ready = VENV / "bin" / "python", VENV / "ready"
    if ready.exists() and ready.read_bytes() == WANTED.read_bytes():
        return python
    try:
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, capture_output=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(WANTED)]
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_S_MAX)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise MissingPeerError(f"thingsboard-gateway cannot be installed: {' '.join(said)}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingPeerError(f"thingsboard-gateway cannot be installed: {error}") from error
    ready.write_bytes(WANTED.read_bytes())
    return python


def gateway(folder: Path, settings: str, broker: int, ports: Sequence[int]) -> Program:
    """The process, not started. It is ready at once; whether it polls, the devices tell."""
    assert settings in SETTINGS
    python = install()
    shipped = next(VENV.glob("lib/python*/site-packages/thingsboard_gateway/config"))
    place = folder / f"peer-{settings}"
    place.mkdir()
    for name in ("logs.json", "statistics", "list.json", "connected_devices.json"):
        source = shipped / name
        if source.is_file():
            (place / name).write_bytes(source.read_bytes())
        elif source.is_dir():
            (place / name).mkdir()
            for one in source.iterdir():
                (place / name / one.name).write_bytes(one.read_bytes())
    (place / "logs").mkdir()
    main = json.loads((shipped / "tb_gateway.json").read_text())
    _main_settings(main, broker, tuned=settings == "tuned")
    (place / "tb_gateway.json").write_text(json.dumps(main, indent=1))
    polled = {"master": {"slaves": [_slave(number, port, settings == "tuned") for number, port in enumerate(ports)]},
              "logLevel": "ERROR" if settings == "tuned" else "INFO"}  # fmt: skip
    (place / "modbus.json").write_text(json.dumps(polled, indent=1))
    code = "from thingsboard_gateway.tb_gateway import main; main()"
    environ = {"TB_GW_CONFIG_DIR": str(place), "TB_GW_LOGS_PATH": str(place / "logs"), "PYTHONPATH": "",
               "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}  # fmt: skip
    return Program(f"peer-{settings}", [str(python), "-c", code], place, lambda: True, environ)


def _main_settings(main: dict[str, Any], broker: int, *, tuned: bool) -> None:
    thingsboard = main["thingsboard"]
    thingsboard.update(host="127.0.0.1", port=broker)
    thingsboard["security"] = {"type": "accessToken", "accessToken": "bench"}
    main["connectors"] = [{"type": "modbus", "name": "Modbus", "configuration": "modbus.json"}]
    if not tuned:
        return
    thingsboard["statistics"]["enable"] = False
    thingsboard.update(
        remoteConfiguration=False, remoteShell=False, handleDeviceRenaming=False,
        checkConnectorsConfigurationInSeconds=86_400, minPackSendDelayMS=1000, maxPayloadSizeBytes=65_536,
        reportStrategy={"type": "ON_CHANGE"},
    )  # fmt: skip
    for name in [name for name in thingsboard if name.lower().endswith("ratelimits")]:
        thingsboard[name] = "0:0,"


def _slave(number: int, port: int, tuned: bool) -> dict[str, Any]:
    tags = [
        {"tag": name, "type": kind, "functionCode": 3, "objectsCount": count, "address": address}
        for name, address, count, kind in REGISTERS
    ]
    if tuned:
        tags = [{"tag": "all", "type": "bytes", "functionCode": 3, "objectsCount": 5, "address": 6}]
    return {
        "host": "127.0.0.1", "port": port, "type": "tcp", "method": "socket", "unitId": 1,
        "deviceName": f"scale-{number}", "deviceType": "default", "timeout": 5, "byteOrder": "BIG",
        "wordOrder": "BIG", "retries": 3, "pollPeriod": POLL_MS, "connectAttemptTimeMs": 5000,
        "connectAttemptCount": 5, "waitAfterFailedAttemptsMs": 30_000,
        "attributes": [], "timeseries": tags, "attributeUpdates": [], "rpc": [],
    }  # fmt: skip
