"""`weighgate sniff` as an installer runs it: on a port, on a server's socket, on a recording."""

import json
import os
import pty
import re
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.protocol import load_protocols
from drivers.readings import WeightReading
from drivers.sniff.line import Line
from gateway.errors import GatewayError
from weighgate.sniffing import listen_to

YAOHUA = load_protocols()["yaohua-continuous-0"]
TRUCK = b"".join(YAOHUA.encode(WeightReading(Decimal(load))) for load in (0, 1560, 15360, 15380, 15380))


def sniff(*words: str, sent: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "weighgate", "sniff", *words]
    return subprocess.run(command, input=sent, capture_output=True, timeout=60, check=False)


def objects(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def talking(write: object) -> Iterator[None]:
    """An indicator that sends the truck over and over until nobody is left to hear it."""
    over = threading.Event()

    def talk() -> None:
        while not over.wait(0.05):
            try:
                write(TRUCK)  # type: ignore[operator]
            except OSError:
                return

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(5)


def test_a_recording_is_one_object_a_candidate() -> None:
    done = sniff("-", "--json", sent=TRUCK)
    assert done.returncode == 0, done.stderr
    (found,) = objects(done)
    assert list(found) == [
        "protocol", "options", "line", "score", "frames", "rejected", "readings", "evidence", "ambiguous_with",
    ]  # fmt: skip
    assert (found["protocol"], found["line"], found["frames"], found["rejected"]) == (YAOHUA.name, None, 5, 0)
    command = [sys.executable, "-m", "weighgate", "decode", YAOHUA.name]
    decoded = subprocess.run(command, input=TRUCK, capture_output=True, timeout=60, check=True)
    assert found["readings"] == objects(decoded)


def test_a_port_gets_lines_to_paste(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    path = os.ttyname(theirs)
    with talking(lambda data: os.write(ours, data)):
        done = sniff(path)
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr
    pasted = tomllib.loads(done.stdout.decode().partition("for the site file:")[2].replace("[lanes.scale]", "[scale]"))
    assert pasted["scale"]["url"] == f"serial://{path}?baudrate=9600"
    assert pasted["scale"]["protocol"] == YAOHUA.name


def test_a_serial_server_is_listened_to() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]

        def talk(data: bytes) -> None:
            talk.line = getattr(talk, "line", None) or server.accept()[0]  # type: ignore[attr-defined]
            talk.line.sendall(data)  # type: ignore[attr-defined]

        with talking(talk):
            done = sniff(f"tcp://127.0.0.1:{port}", "--json")
        talk.line.close()  # type: ignore[attr-defined]
    assert [found["protocol"] for found in objects(done)] == [YAOHUA.name], done.stderr


def test_what_nobody_sends_is_shown_as_hex_for_the_maker(tmp_path: Path) -> None:
    capture = tmp_path / "strange.bin"
    capture.write_bytes(b"\x10\x80\xffHELLO\x00" * 5)
    done = sniff(str(capture))
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"not recognised" in done.stderr
    assert b"0000  10 80 FF 48 45 4C 4C 4F 00" in done.stderr


def test_a_silent_port_ends_by_itself_with_the_cure() -> None:
    ours, theirs = pty.openpty()
    done = sniff(os.ttyname(theirs))
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 1
    assert b"silent" in done.stderr
    assert b"--ask" in done.stderr


def test_a_wrong_place_is_named(tmp_path: Path) -> None:
    done = sniff(str(tmp_path / "nothing.bin"))
    assert done.returncode == 2
    assert b"nothing.bin" in done.stderr
    assert b"empty" in sniff("-").stderr
    assert sniff("-", "--ask", sent=TRUCK).returncode == 2
    assert sniff("-", "--hex", sent=b"02 2").returncode == 2


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("serial:///dev/ttyUSB99?baudrate=abc", "baudrate 'abc' is not a whole number"),
        ("serial:///dev/ttyUSB99?baud=9600", "unknown parameter baud; known: baudrate"),
        ("/dev/ttyUSB99", "is the adapter plugged in"),
        ("serial:///dev/ttyUSB99?parity=E", "is the adapter plugged in"),
    ],
)
def test_a_wrong_port_is_told_with_its_cure(where: str, said: str) -> None:
    with pytest.raises(GatewayError, match=re.escape(said)):
        listen_to(where, ask=False, hex_text=False, told=print)


def test_settings_that_a_url_names_are_kept_while_the_rate_is_sought(capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = pty.openpty()
    with talking(lambda data: os.write(ours, data)):
        heard = listen_to(f"serial://{os.ttyname(theirs)}?bytesize=7&parity=E", ask=False, hex_text=False, told=print)
    os.close(ours)
    os.close(theirs)
    assert heard.line == Line(9600, 7, "E")
    assert "9600 7E1" in capsys.readouterr().out


def test_a_modbus_device_gets_the_lines_in_which_only_its_map_is_missing() -> None:
    done = sniff("-", sent=bytes.fromhex("01 83 02 C0 F1") * 5)
    assert done.returncode == 0, done.stderr
    assert b"unit 1: refuses function 3, code 2" in b" ".join(done.stdout.split()).replace(b" \xe2\x94\x82 ", b" ")
    pasted = tomllib.loads(done.stdout.decode().partition("for the site file:")[2])
    assert set(pasted["lanes"]) == {"scale", "io"}
    assert pasted["lanes"]["scale"]["protocol"] == "modbus:…"
