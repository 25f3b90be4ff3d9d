"""One site, one broker, one central with its database, as files in a folder and programs ready to be started."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from programs import answers, find_program, ordinary_user, takes_statements
from programs_at_work import Program, free_ports

from gateway.keys import load_key, new_key

ROOT = Path(__file__).resolve().parents[2]
SITE = "quarry-1"
LANES = 8
SITE_TOKEN, ADMIN_TOKEN, LOCAL_TOKEN = "site-token-of-the-stand", "admin-token-of-the-stand", "local-token-of-the-stand"
ENVIRON = {
    "PYTHONPATH": str(ROOT),
    "WEIGHGATE_SITE_TOKEN": SITE_TOKEN,
    "WEIGHGATE_LOCAL_TOKEN": LOCAL_TOKEN,
    "STAND_SITE_TOKEN": SITE_TOKEN,
    "STAND_ADMIN_TOKEN": ADMIN_TOKEN,
}

LANE = """
[[lanes]]
id = "{lane}"
kind = "platform"
whole_vehicle = "presumed"
[lanes.scale]
url = "serial://{folder}/no-port-{lane}?baudrate=9600"
protocol = "yaohua-continuous-0"
unit = "kg"
interval_kg = 20
stale_ms = 2000
serial_number = "stand-{lane}"
certificate = "stand, not a certificate"
issuer = "stand"
valid_until = 2099-12-31
class = "III"
[lanes.passage]
presence_kg = 500
zero_band_kg = 100
identify_timeout_ms = 3000
clear_ms = 500
"""
SITE_FILE = """
[site]
id = "{site}"
name = "{site}"
kind = "source-exit"
enforcement_mode = "operator"
region = "410000"
[law]
limits = "cn-annex124-2016"
undetermined = "hold"
[central]
public_key = "{central_key}"
http = "http://127.0.0.1:{central}"
mqtt = "mqtt://127.0.0.1:{broker}"
token_env = "WEIGHGATE_SITE_TOKEN"
[storage]
dir = "store"
raw_window_s = 10
[web]
bind = "127.0.0.1:{web}"
token_env = "WEIGHGATE_LOCAL_TOKEN"
[register]
vehicles = "vehicles.csv"
"""
CENTRAL_FILE = """
[central]
bind = "127.0.0.1:{central}"
database = "{database}"
evidence_dir = "evidence"
key_file = "central.key"
admin_token_env = "STAND_ADMIN_TOKEN"
[mqtt]
url = "mqtt://127.0.0.1:{broker}"
topic_prefix = "weighgate/v1"
[[sites]]
id = "{site}"
token_env = "STAND_SITE_TOKEN"
box_keys = ["{box_key}"]
"""


@dataclass
class Stand:
    """The folder and what stands in it. `database` is the SQLAlchemy URL; `programs` are in order of their start."""

    folder: Path
    entries: int
    database: str
    programs: dict[str, Program] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def promised_file(self) -> Path:
        return self.folder / "promised"

    def set_pace(self, per_s: float) -> None:
        fresh = self.folder / "pace.new"
        fresh.write_text(f"{per_s:.3f}")
        fresh.replace(self.folder / "pace")

    def start(self) -> None:
        for program in self.programs.values():
            program.start()

    def look_after(self) -> None:
        for program in self.programs.values():
            program.look_after()

    def stop(self) -> dict[str, int]:
        """In reverse order of the start; exit codes by name."""
        programs = [program for program in reversed(self.programs.values()) if program.process is not None]
        return {program.name: program.stop() for program in programs}


def build_stand(folder: Path, *, entries: int, store: str) -> Stand:
    """Files, keys and commands; nothing runs yet. `store` is central's: sqlite or postgresql."""
    ports = dict(zip(("broker", "central", "web", "database"), free_ports(4), strict=True))
    (folder / "store").mkdir()
    new_key(folder / "store" / "box.key")
    new_key(folder / "central.key")
    database = "sqlite:///central.db"
    if store == "postgresql":
        database = f"postgresql+psycopg://weighgate@127.0.0.1:{ports['database']}/postgres"
    names = {
        **ports,
        "site": SITE,
        "database": database,
        "box_key": load_key(folder / "store" / "box.key").public_hex,
        "central_key": load_key(folder / "central.key").public_hex,
    }
    lanes = "".join(LANE.format(lane=number, folder=folder) for number in range(1, LANES + 1))
    (folder / "site.toml").write_text(SITE_FILE.format(**names) + lanes, encoding="utf-8")
    (folder / "central.toml").write_text(CENTRAL_FILE.format(**names), encoding="utf-8")
    (folder / "vehicles.csv").write_bytes((ROOT / "config" / "sites" / "vehicles.csv").read_bytes())
    stand = Stand(folder, entries, database.replace("sqlite:///", f"sqlite:///{folder}/"))
    stand.set_pace(1.0)
    if store == "postgresql":
        stand.programs["database"] = _postgres(folder, ports["database"])
    stand.programs["broker"] = _mosquitto(folder, ports["broker"])
    stand.programs["central"] = Program(
        "central",
        [sys.executable, "-m", "weighgate.cli", "central", "central.toml"],
        folder,
        partial(answers, ports["central"]),
        ENVIRON,
    )
    stand.programs["gateway"] = Program(
        "gateway",
        [sys.executable, str(Path(__file__).with_name("load_child.py")), "site.toml", str(entries), "promised", "pace"],
        folder,
        partial(answers, ports["web"]),
        ENVIRON,
    )
    return stand


def _mosquitto(folder: Path, port: int) -> Program:
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", "persistence false"]
    if os.geteuid() == 0:
        lines.append("user root")
    (folder / "mosquitto.conf").write_text("\n".join([*lines, ""]))
    command = [find_program("mosquitto"), "-c", str(folder / "mosquitto.conf")]
    return Program("broker", command, folder, partial(answers, port))


def _postgres(folder: Path, port: int) -> Program:
    """With its own durability: what it says is committed must outlive its kill."""
    user = ordinary_user()
    own = folder / "postgres"
    own.mkdir(mode=0o700)
    if user is not None:
        folder.chmod(0o755)
        subprocess.run(["chown", user, str(own)], check=True)
    command = [find_program("initdb"), "-D", str(own), "-U", "weighgate", "-A", "trust", "-E", "UTF8", "--locale=C"]
    subprocess.run([*command, "--no-sync"], check=True, capture_output=True, user=user, cwd=own)
    settings = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", "shared_buffers=32MB"]
    words = [word for setting in settings for word in ("-c", setting)]
    ready = partial(takes_statements, port)
    return Program("database", [find_program("postgres"), "-D", str(own), *words], folder, ready, user=user)
