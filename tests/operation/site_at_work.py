"""A real gateway and a real central, with scales on TCP that weigh a truck a second on each lane."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from programs import free_port
from stand_files import central_text, environ, site_text

from drivers.readings import WeightReading
from drivers.scales.yaohua_continuous import PROTOCOL
from gateway.keys import load_key, new_key

SITE, LANES = "quarry-1", 4
FRAME_S, EMPTY_S, LOADED_S = 0.04, 0.4, 0.8
SECRETS = environ("site-token-nobody-may-see", "admin-token-nobody-may-see", "local-token-nobody-may-see")
LANE = """
[[lanes]]
id = "{lane}"
kind = "platform"
whole_vehicle = "presumed"
[lanes.scale]
url = "tcp://127.0.0.1:{port}"
protocol = "yaohua-continuous-0"
unit = "kg"
interval_kg = 20
stale_ms = 2000
serial_number = "{lane}"
certificate = "none"
issuer = "none"
valid_until = 2099-12-31
class = "III"
[lanes.passage]
presence_kg = 500
zero_band_kg = 100
identify_timeout_ms = 100
clear_ms = 100
settle_window_ms = 200
"""


class Scales:
    """An indicator a lane: whoever connects hears an empty platform and a truck, in turn."""

    def __init__(self) -> None:
        self._servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(LANES)]
        self.ports: list[int] = [server.getsockname()[1] for server in self._servers]
        self._over, self._rest = threading.Event(), threading.Event()
        for server in self._servers:
            threading.Thread(target=self._serve, args=(server,), daemon=True).start()

    def _serve(self, server: socket.socket) -> None:
        while not self._over.is_set():
            try:
                line, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        began_s = time.monotonic()
        with closing(line):
            while not self._over.wait(FRAME_S):
                turns, into_s = divmod(time.monotonic() - began_s, EMPTY_S + LOADED_S)
                load_kg = 0 if into_s < EMPTY_S or self._rest.is_set() else 20_000 + 20 * (int(turns) % 500)
                try:
                    line.sendall(PROTOCOL.encode(WeightReading(Decimal(load_kg))))
                except OSError:
                    return

    def rest(self) -> None:
        """No more trucks."""
        self._rest.set()

    def close(self) -> None:
        self._over.set()
        for server in self._servers:
            server.close()


@dataclass
class Child:
    """One of our programs in the folder, with its log."""

    name: str
    folder: Path
    words: list[str]
    url: str
    environ: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "weighgate", *self.words],
                cwd=self.folder, env={**os.environ, **SECRETS, **self.environ}, stdout=log, stderr=log,
            )  # fmt: skip

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, within_s: float = 10) -> tuple[int, float]:
        """Exit code and how long it took."""
        assert self.process is not None
        began_s = time.monotonic()
        self.signal()
        return self.process.wait(within_s), time.monotonic() - began_s

    def ask(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until(self, path: str, code: int = 200, within_s: float = 30) -> str:
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            assert self.process is not None
            assert self.process.poll() is None, self.log_file.read_text()[-3000:]
            found, text = self.ask(path)
            if found == code:
                return text
            time.sleep(0.05)
        raise AssertionError(f"{path} was never {code}: {self.ask(path)}; {self.log_file.read_text()[-3000:]}")

    def lines(self, event: str = "") -> list[dict[str, object]]:
        """What it has said, every line of it JSON."""
        found = [json.loads(line) for line in self.log_file.read_text().splitlines()]
        return [line for line in found if event in ("", line["event"])]


@dataclass
class Stand:
    folder: Path
    gateway: Child
    central: Child
    scales: Scales


@contextmanager
def stand_at(folder: Path, mqtt: str = "") -> Iterator[Stand]:
    """Files and programs; nothing runs yet but the scales. `mqtt`: a broker's address for the site."""
    folder.mkdir(exist_ok=True)
    (folder / "store").mkdir()
    box, central = new_key(folder / "store" / "box.key"), new_key(folder / "central.key")
    assert box.public_hex == load_key(folder / "store" / "box.key").public_hex
    scales = Scales()
    ports = {"central": free_port(), "web": free_port()}
    head = site_text(
        SITE,
        central_key=central.public_hex,
        http=f"http://127.0.0.1:{ports['central']}",
        mqtt=mqtt,
        web=ports["web"],
    )
    lanes = "".join(LANE.format(lane=lane, port=port) for lane, port in enumerate(scales.ports, start=1))
    (folder / "site.toml").write_text(head + lanes)
    (folder / "central.toml").write_text(
        central_text(SITE, box_key=box.public_hex, bind=ports["central"], database="sqlite:///central.db", broker=None)
    )
    (folder / "vehicles.csv").write_bytes((Path(__file__).parents[2] / "config/sites/vehicles.csv").read_bytes())
    stand = Stand(
        folder,
        Child("gateway", folder, ["run", "site.toml"], f"http://127.0.0.1:{ports['web']}"),
        Child("central", folder, ["central", "central.toml"], f"http://127.0.0.1:{ports['central']}"),
        scales,
    )
    try:
        yield stand
    finally:
        scales.close()
        for child in (stand.gateway, stand.central):
            if child.process is not None and child.process.poll() is None:
                child.process.kill()
                child.process.wait()
