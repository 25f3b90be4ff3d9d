"""One site, one broker, one central with its database, as files in a folder and programs ready to be started."""

import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from programs import answers
from programs_at_work import Program, broker_at, database_at, free_ports
from stand_files import central_text, environ, site_text

from gateway.keys import load_key, new_key

ROOT = Path(__file__).resolve().parents[2]
SITE = "quarry-1"
LANES = 8
SITE_TOKEN, ADMIN_TOKEN, LOCAL_TOKEN = "site-token-of-the-stand", "admin-token-of-the-stand", "local-token-of-the-stand"
ENVIRON = {"PYTHONPATH": str(ROOT), **environ(SITE_TOKEN, ADMIN_TOKEN, LOCAL_TOKEN)}

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
    head = site_text(
        SITE,
        central_key=load_key(folder / "central.key").public_hex,
        http=f"http://127.0.0.1:{ports['central']}",
        mqtt=f"mqtt://127.0.0.1:{ports['broker']}",
        web=ports["web"],
    )
    lanes = "".join(LANE.format(lane=number, folder=folder) for number in range(1, LANES + 1))
    (folder / "site.toml").write_text(head + lanes, encoding="utf-8")
    box_key = load_key(folder / "store" / "box.key").public_hex
    central = central_text(SITE, box_key=box_key, bind=ports["central"], database=database, broker=ports["broker"])
    (folder / "central.toml").write_text(central, encoding="utf-8")
    (folder / "vehicles.csv").write_bytes((ROOT / "config" / "sites" / "vehicles.csv").read_bytes())
    stand = Stand(folder, entries, database.replace("sqlite:///", f"sqlite:///{folder}/"))
    stand.set_pace(1.0)
    if store == "postgresql":
        stand.programs["database"] = database_at(folder, ports["database"], "shared_buffers=32MB")
    stand.programs["broker"] = broker_at(folder, ports["broker"])
    stand.programs["central"] = Program(
        "central",
        [sys.executable, "-m", "weighgate", "central", "central.toml"],
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
