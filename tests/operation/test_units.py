"""The units as a service manager reads them."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.service import STOP_S

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = {"weighgate@.service": "run", "weighgate-central.service": "central"}


class Unit(configparser.RawConfigParser):
    """One value a key is enough here: the last one."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, interpolation=None)
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.read_string(path.read_text())


@pytest.mark.parametrize("name", UNITS)
def test_it_is_watched_stopped_in_time_and_shut_in(name: str) -> None:
    service = Unit(DEPLOY / name)["Service"]
    assert (service["Type"], service["NotifyAccess"], service["Restart"]) == ("notify", "main", "always")
    assert int(service["WatchdogSec"]) >= 10
    assert float(service["TimeoutStopSec"]) > STOP_S
    assert service["ExecStart"].split()[1] == UNITS[name]
    assert service["User"] != "root"
    for name_of, value in (
        ("NoNewPrivileges", "true"), ("ProtectSystem", "strict"), ("ProtectHome", "true"), ("PrivateTmp", "true"),
        ("CapabilityBoundingSet", ""), ("RestrictNamespaces", "true"), ("UMask", "0077"), ("LimitCORE", "0"),
    ):  # fmt: skip
        assert service[name_of] == value, name_of


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_no_fault_in_it(name: str, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    text = (DEPLOY / name).read_text().replace("/opt/weighgate/bin/weighgate", "/bin/true")
    unit = tmp_path / name.replace("@", "@quarry-1")
    unit.write_text(text)
    done = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
