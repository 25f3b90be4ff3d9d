"""What simulate says before anything moves: a wrong site is a config error, and its register and ports are told."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.register import load_register
from simulator.faults import FaultPlan, parse_plan
from simulator.vehicles import make_trucks
from weighgate.__main__ import main
from weighgate.shipped import config_dir

Simulate = Callable[..., tuple[int, str]]

QUARRY, TOLL = (config_dir() / "sites" / f"{name}.toml" for name in ("quarry", "toll"))


@pytest.fixture
def simulate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run the command in the test's folder: exit code, and what it says on standard error."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["weighgate", "simulate", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return run


def changed(folder: Path, site: Path, *changes: tuple[str, str]) -> str:
    text = site.read_text(encoding="utf-8").replace("/tmp/weighgate", str(folder / "ports"))
    (folder / "vehicles.csv").write_bytes((site.parent / "vehicles.csv").read_bytes())
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return "site.toml"


def test_a_missing_file_is_named(simulate: Simulate) -> None:
    code, said = simulate("none.toml")
    assert code == 2
    assert "none.toml:\n  cannot be read: No such file" in said


@pytest.mark.parametrize(
    ("site", "change", "said"),
    [
        (QUARRY, ('map = "waveshare-8ch"', 'map = "waveshare"'), "lanes[0].io.map: 'waveshare'; known: cas-ci600d,"),
        (QUARRY, ('map = "waveshare-8ch"', 'map = "laumas"'), "lanes[0].io.map"),
        (QUARRY, ('protocol = "yaohua-continuous-0"', 'protocol = "yaohua"'), "lanes[0].scale.protocol: "),
        (QUARRY, ("[lanes.scale]\nurl", "[lanes.scale]\nlink"), "lanes[0].scale.url: is missing"),
        (TOLL, ("[register]\n", "[registers]\n"), "registers: unknown key; known: site, law, central"),
        (TOLL, ("tcp://127.0.0.1:15121", "replay:///nowhere.bin"),
         "lanes[0].scale.url: 'replay:///nowhere.bin' cannot be simulated; known: serial, tcp"),
        (TOLL, ("tcp://127.0.0.1:15121", "tcp://192.0.2.1:15121"), "tcp://192.0.2.1:15121 cannot be opened"),
        (QUARRY, ("/ports/quarry-1/scale-1", "/real-port"),
         "real-port?baudrate=9600 cannot be opened: something real is there"),
    ],
    ids=["map", "kind-of-map", "protocol", "url", "key", "replay", "address", "real-port"],
)  # fmt: skip
def test_a_wrong_site_is_a_config_error(
    tmp_path: Path, simulate: Simulate, site: Path, change: tuple[str, str], said: str
) -> None:
    (tmp_path / "real-port").write_bytes(b"")
    code, told = simulate(changed(tmp_path, site, change))
    assert code == 2
    assert said in told


def test_a_taken_port_says_what_to_do(tmp_path: Path, simulate: Simulate) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        code, said = simulate(changed(tmp_path, TOLL, ("tcp://127.0.0.1:15121", port)))
    assert code == 2
    assert f"{port} cannot be opened: Address already in use; " in said


def test_a_truth_file_that_cannot_be_written_is_named(tmp_path: Path, simulate: Simulate) -> None:
    (tmp_path / "flat").write_bytes(b"")
    code, said = simulate(changed(tmp_path, TOLL), "--truth", "flat/truth.jsonl")
    assert code == 2
    assert "flat/truth.jsonl:\n  cannot be written" in said


def test_the_register_of_its_trucks_is_written(tmp_path: Path, simulate: Simulate) -> None:
    words = ("--seed", "7", "--trucks", "9", "--write-register", "mine.csv")
    assert simulate(changed(tmp_path, QUARRY), *words) == (0, "")
    register = load_register(tmp_path / "mine.csv")
    trucks = make_trucks(7, 9, "source-exit")
    assert {plate for plate, _ in register} == {truck.plate for truck in trucks if truck.registered}
    code, said = simulate("site.toml", *words)
    assert code == 2
    assert "is already there" in said


def test_the_ports_it_opened_are_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "weighgate", "simulate", changed(tmp_path, QUARRY)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as playing:
        assert playing.stdout is not None
        told = {playing.stdout.readline().split("?")[0].strip() for _ in range(5)}
        playing.kill()
    ports = {f"serial://{tmp_path}/ports/quarry-1/{name}" for name in ("io", "scale-1", "scale-2", "sign-1", "sign-2")}
    assert told == {f"opened {port}" for port in ports}


def test_a_plan_of_wire_faults_is_read() -> None:
    assert parse_plan("split=0.1, flip=0.02") == FaultPlan(split=0.1, flip=0.02)
    assert parse_plan("") == FaultPlan()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("spilt=0.1", "'spilt'; known: split, flip, drop, mute, disconnect, delay"),
        ("split=often", "split: 'often' is not a chance between 0 and 1"),
        ("split=2", "split: '2' is not a chance between 0 and 1"),
        ("split=nan", "split: 'nan' is not a chance between 0 and 1"),
        ("split", "'split' is not NAME=CHANCE"),
        ("split=0.1,split=0.2", "split: stands twice"),
    ],
)  # fmt: skip
def test_a_wrong_plan_of_wire_faults_says_so(simulate: Simulate, spec: str, said: str) -> None:
    code, told = simulate(str(QUARRY), "--wire-faults", spec)
    assert code == 2
    assert said in told
