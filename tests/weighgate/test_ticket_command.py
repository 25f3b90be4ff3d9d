"""`weighgate ticket`: the paper before it is printed, and printed only when told to."""

import socket
import threading
from contextlib import closing
from pathlib import Path

import pytest

from drivers.tickets.printer import printed
from gateway.errors import ConfigError, GatewayError
from weighgate.shipped import config_dir
from weighgate.ticketing import ticket

QUARRY = config_dir() / "sites" / "quarry.toml"


def site(folder: Path, url: str) -> Path:
    """The shipped file, with a printer on its second lane and a sign there that speaks English."""
    head, found, tail = QUARRY.read_text(encoding="utf-8").rpartition("[lanes.sign]\n")
    assert found
    printer = f'[lanes.printer]\nurl = "{url}"\nchars = 48\n'
    (folder / "site.toml").write_text(f'{head}{printer}{found}language = "en"\n{tail}', encoding="utf-8")
    (folder / "vehicles.csv").write_bytes(QUARRY.with_name("vehicles.csv").read_bytes())
    return folder / "site.toml"


def test_it_shows_the_paper_and_prints_the_same_only_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as printer:
        file = site(tmp_path, f"tcp://127.0.0.1:{printer.getsockname()[1]}")
        ticket(file)
        shown = capsys.readouterr().out
        paper = bytearray()

        def take() -> None:
            line, _ = printer.accept()
            with line:
                while more := line.recv(4096):
                    paper.extend(more)

        taking = threading.Thread(target=take, daemon=True)
        taking.start()
        ticket(file, to_printer=True)
        taking.join(10)
    assert "Weighing ticket" in shown
    assert all(len(line) == 50 for line in shown.splitlines()[1:-2] if line.isascii())
    titles = [line.split()[0] for line in printed(bytes(paper)) if line[:1].isalpha()]
    assert titles == [line.strip("| ").split()[0] for line in shown.splitlines() if line.strip("| ")[:1].isalpha()]


def test_a_lane_speaks_chinese_where_its_sign_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ticket(site(tmp_path, "tcp://127.0.0.1:9"), lane="1")
    assert "称重单" in capsys.readouterr().out


def test_what_cannot_be_done_is_told_with_its_cure(tmp_path: Path) -> None:
    file = site(tmp_path, "tcp://127.0.0.1:9")
    with pytest.raises(ConfigError, match="'9'; known: 1, 2"):
        ticket(file, lane="9")
    with pytest.raises(ConfigError, match=r"write \[lanes.printer\] into the site file"):
        ticket(file, lane="1", to_printer=True)
    with pytest.raises(ConfigError, match="needs --font"):
        ticket(file, image=tmp_path / "ticket.png")
    with pytest.raises(ConfigError, match="is no font file"):
        ticket(file, image=tmp_path / "ticket.png", font=file)
    with pytest.raises(GatewayError, match="nothing listens there"):
        ticket(file, to_printer=True)
