"""The commands of docs/operation.md, in order, on a machine of folders; systemctl starts and stops real programs."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import free_port

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "docs" / "operation.md"
SYSTEMCTL = """\
#!/bin/sh
# start and stop as the units do, without a service manager
set -eu
TOP=@TOP@
verb=$1; shift; [ "$1" = --now ] && shift
unit=$1; pid=$TOP/run/$unit.pid; log=$TOP/run/$unit.log
stop() {
    [ -f "$pid" ] || return 0
    kill "$(cat "$pid")"
    while kill -0 "$(cat "$pid")" 2>/dev/null; do sleep 0.05; done
    rm "$pid"
}
start() {
    case $unit in
        weighgate-central) name=central; work=$TOP/var/lib/weighgate-central; word=central ;;
        weighgate@*) name=${unit#weighgate@}; work=$TOP/var/lib/weighgate/$name; word=run ;;
    esac
    mkdir -p "$work"; cd "$work"
    set -a; . "$TOP/etc/weighgate/$name.env"; set +a
    setsid "$TOP/opt/weighgate/bin/weighgate" $word "$TOP/etc/weighgate/$name.toml" >"$log" 2>&1 </dev/null &
    echo $! >"$pid"
    for _ in $(seq 300); do grep -q _started "$log" && return 0; sleep 0.1; done
    cat "$log" >&2; exit 1
}
case $verb in enable|start) start ;; stop) stop ;; restart) stop; start ;; esac
"""


class Machine:
    """A root of folders, in which the manual's absolute paths begin."""

    def __init__(self, top: Path) -> None:
        self.top = top
        for folder in (
            "etc/weighgate",
            "opt/weighgate/bin",
            "run",
            "bin",
            "var/lib/weighgate",
            "var/lib/weighgate-central",
        ):
            (top / folder).mkdir(parents=True)
        for name, module in (("weighgate", " -m weighgate"), ("python", "")):
            script = f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable}{module} "$@"\n'
            self._program(top / "opt/weighgate/bin" / name, script)
        self._program(top / "bin/systemctl", SYSTEMCTL.replace("@TOP@", str(top)))
        self.ports = {"8700": str(free_port()), "8701": str(free_port())}
        self.shell = f'PATH="{top}/bin:$PATH"\n'

    @staticmethod
    def _program(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def here(self, text: str) -> str:
        text = re.sub(r"(?<![\w.])/(etc|opt|var/lib|var/backups)/", lambda found: f"{self.top}/{found[1]}/", text)
        for shipped, free in self.ports.items():
            text = text.replace(f":{shipped}", f":{free}")
        return text

    def run(self, block: str) -> str:
        """In one shell with all blocks before it: what they set is still set."""
        fix = "".join(
            f"sed -i 's/:{old}\\b/:{new}/' {self.top}/etc/weighgate/*.toml 2>/dev/null || true\n"
            for old, new in self.ports.items()
        )
        state = self.top / "run/state"
        before = f". {state}\n" if state.exists() else ""
        after = f"{fix}declare -p CONFIG TOKEN NEW 2>/dev/null >{state} || true\n"
        text = f"set -euo pipefail\n{self.shell}{before}{self.here(block)}\n{after}"
        done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def end(self) -> None:
        for file in (self.top / "run").glob("*.pid"):
            subprocess.run(["kill", "-9", file.read_text().strip()], check=False, capture_output=True)


def blocks() -> dict[str, str]:
    """The `sh` blocks by the heading above them."""
    parts = re.split(r"^## \d+\. (.+)$", MANUAL.read_text(), flags=re.MULTILINE)
    found = {}
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        code = re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
        if code:
            found[title] = "\n".join(code)
    return found


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    one = Machine(tmp_path)
    yield one
    one.end()


def sites(machine: Machine) -> dict[str, object]:
    token = (machine.top / "etc/weighgate/central.env").read_text().split("WEIGHGATE_ADMIN_TOKEN=")[1].split()[0]
    request = urllib.request.Request(
        f"http://127.0.0.1:{machine.ports['8700']}/api/v1/sites", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        found = json.load(answer)
    assert isinstance(found, dict)
    return found


@pytest.mark.slow
def test_the_manual_from_central_to_a_replaced_box(machine: Machine) -> None:
    code = blocks()
    assert list(code) == [
        "Set up central",
        "Enrol a site",
        "Run",
        "Watch",
        "Send laws and lists down",
        "Stop",
        "Back up",
        "Restore",
        "Replace a box",
    ]
    machine.run(code["Set up central"])
    machine.run(code["Enrol a site"])
    machine.run(code["Run"])
    watched = machine.run(code["Watch"])
    assert '"alive":true' in watched
    assert '"ready":true' in watched
    assert int(watched.rpartition("}")[2]) > 20, "lines of metrics"
    sent = machine.run(code["Send laws and lists down"])
    rows = [
        tuple(cell.strip() for cell in line.split("\u2502")[1:-1]) for line in sent.splitlines() if "\u2502" in line
    ]
    shown = {(row[0], row[3]) for row in rows}
    assert {("laws", "withdrawn"), ("laws", "to come"), ("lists", "former"), ("lists", "in force")} <= shown
    assert {("permits", "in force"), ("vehicles", "in force")} <= shown
    assert "lists 20" in sent.rpartition("law ")[2]
    assert "every one proves true" in machine.run(code["Stop"])
    machine.run(code["Back up"])
    first = sites(machine)["incarnation"]
    high_water = machine.top / "var/lib/weighgate-central/evidence/high-water"
    high_water.write_bytes(b"%020d\n" % (int(high_water.read_bytes()) + 5))  # as if it had gone on after the backup
    machine.run(code["Restore"])
    after = sites(machine)
    assert after["incarnation"] != first
    assert "store-went-back" in json.dumps(after)
    machine.run(code["Replace a box"])
    keys = re.findall(r'box_keys = \[(".*")\]', (machine.top / "etc/weighgate/central.toml").read_text())
    assert len(keys[0].split(",")) == 2
    machine.run("systemctl stop weighgate@quarry-1\nsystemctl stop weighgate-central")


def test_the_tables_name_what_is_there() -> None:
    """Every metric and log field that the manual names is one that the programs have."""
    text = MANUAL.read_text()
    sources = "".join((ROOT / name).read_text() for name in ("gateway/metrics.py", "central/metrics.py"))
    for name in set(re.findall(r"\b((?:gateway|central)_[a-z_]+)\b", text)):
        bare = name.removesuffix("_total")
        if not bare.endswith("_"):
            known = bare in sources or f'"{bare.removeprefix("gateway_")}"' in sources  # a count that devices keep
            assert known, name
    line = (ROOT / "gateway/weighing_line.py").read_text()
    for field in set(re.findall(r"`([a-z]+_ms)`", text)):
        assert f'"{field}"' in line, field
