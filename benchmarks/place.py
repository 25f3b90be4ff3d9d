"""A site of eight lanes, broker, PostgreSQL and central as files in one folder, and the commands that start them."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from programs import answers
from programs_at_work import Program, broker_at, database_at, free_ports
from stand_files import central_text, environ, site_text

from gateway.keys import load_key, new_key

ROOT = Path(__file__).resolve().parents[1]
SITE, LANES, TRUCKS = "bench-1", 8, 100
SITE_TOKEN, ADMIN_TOKEN, LOCAL_TOKEN = "site-token-of-the-bench", "admin-token-of-the-bench", "local-token-of-the-bench"
ENVIRON = {"PYTHONPATH": str(ROOT), **environ(SITE_TOKEN, ADMIN_TOKEN, LOCAL_TOKEN)}

BUS = """
[[buses]]
id = "io-{number}"
url = "serial://{folder}/ports/io-{number}?baudrate=9600"
timeout_ms = 100
"""
LANE = """
[[lanes]]
id = "{lane}"
kind = "platform"
whole_vehicle = "{whole}"
[lanes.scale]
url = "{scale}"
protocol = "{protocol}"
poll_ms = 100
unit = "kg"
interval_kg = 20
stale_ms = 2000
serial_number = "bench-{lane}"
certificate = "bench, not a certificate"
issuer = "bench"
valid_until = 2099-12-31
class = "III"
{gear}
[lanes.passage]
presence_kg = 500
settle_window_ms = 950
settle_band_kg = 20
equal_frames = 3
settle_timeout_ms = 20000
zero_band_kg = 100
identify_timeout_ms = 3000
clear_ms = 300
"""
GEAR = """
[lanes.io]
bus = "io-{bus}"
unit = {unit}
map = "waveshare-8ch"
poll_ms = 100
inputs = {{ loop_entry = 0, loop_exit = 1, barrier_open = 2, barrier_closed = 3 }}
outputs = {{ barrier_open = 0, barrier_close = 1, lamp_red = 2, lamp_green = 3 }}
[lanes.barrier]
pulse_ms = 100
travel_ms = 4000
interlock = "loop_exit"
[lanes.camera]
protocol = "zhenshi"
device = "cam-{lane}"
"""
REGISTER = """\
plate,colour,body,layout,drive_axles,tyres,air_suspension,licence_gross_kg,rated_load_kg,kerb_kg,owner,owner_id,driver,\
enterprise,enterprise_id
"""
TRUCK = (
    "{plate},yellow,rigid,2+2,2,2/2/4/4,false,31000,20000,11000,示例运输队,bench-owner,,示例运输队,bench-enterprise\n"
)


def plate_of(lane: int, number: int) -> str:
    """The `number`th truck of this lane, both from 0; after TRUCKS they come again."""
    return f"豫A{lane + 1}{number % TRUCKS:04}"


class NotStartedError(Exception):
    """A program of the bench did not come up; the end of its log is in the message."""


@dataclass(frozen=True, slots=True)
class Scales:
    """How a lane's scale is reached, by lane number; `gear`: with loops, barrier and lamp on buses of two boards."""

    url: Callable[[int], str]
    protocol: str
    gear: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The folder. Nothing runs until `start`; the stack ends whatever was started, the last first."""

    folder: Path
    ports: dict[str, int]
    stack: ExitStack

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.ports['web']}"

    def start(self, program: Program, wait_s: float = 30.0) -> Program:
        """Start it and wait until it answers.

        Raises:
            NotStartedError: it ended, or did not answer in time.
        """
        program.start()
        self.stack.callback(_end, program)
        if not wait_ready(program, wait_s):
            raise NotStartedError(f"{program.name} did not start: {program.log_tail()}")
        return program

    def gateway(self) -> Program:
        command = [sys.executable, "-m", "weighgate", "run", "site.toml"]
        return Program("gateway", command, self.folder, partial(answers, self.ports["web"]), ENVIRON)

    def central(self) -> Program:
        command = [sys.executable, "-m", "weighgate", "central", "central.toml"]
        return Program("central", command, self.folder, partial(answers, self.ports["central"]), ENVIRON)

    def broker(self) -> Program:
        return broker_at(self.folder, self.ports["broker"])

    def database(self) -> Program:
        return database_at(self.folder, self.ports["database"], "shared_buffers=64MB")

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.ports["database"], user="weighgate", dbname="postgres", autocommit=True
        )


def build_place(folder: Path, stack: ExitStack, scales: Scales, *, http: bool = True, mqtt: bool = True) -> Place:
    """Files and keys."""
    names = ("broker", "central", "web", "database")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    (folder / "store").mkdir()
    (folder / "ports").mkdir(exist_ok=True)
    new_key(folder / "store" / "box.key")
    new_key(folder / "central.key")
    text = site_text(
        SITE,
        central_key=load_key(folder / "central.key").public_hex,
        http=f"http://127.0.0.1:{ports['central']}" if http else "",
        mqtt=f"mqtt://127.0.0.1:{ports['broker']}" if mqtt else "",
        web=ports["web"],
        raw_window_s=120,
    )
    if scales.gear:
        text += "".join(BUS.format(number=number, folder=folder) for number in range(LANES // 2))
    for lane in range(LANES):
        text += LANE.format(
            lane=lane + 1,
            whole="loops" if scales.gear else "presumed",
            scale=scales.url(lane),
            protocol=scales.protocol,
            gear=GEAR.format(bus=lane // 2, unit=lane % 2 + 1, lane=lane + 1) if scales.gear else "",
        )
    (folder / "site.toml").write_text(text, encoding="utf-8")
    box_key = load_key(folder / "store" / "box.key").public_hex
    database = f"postgresql+psycopg://weighgate@127.0.0.1:{ports['database']}/postgres"
    central = central_text(SITE, box_key=box_key, bind=ports["central"], database=database, broker=ports["broker"])
    (folder / "central.toml").write_text(central, encoding="utf-8")
    trucks = "".join(TRUCK.format(plate=plate_of(lane, one)) for lane in range(LANES) for one in range(TRUCKS))
    (folder / "vehicles.csv").write_text(REGISTER + trucks, encoding="utf-8")
    return Place(folder, ports, stack)


def wait_ready(program: Program, wait_s: float) -> bool:
    until_s = time.monotonic() + wait_s
    while time.monotonic() < until_s:
        if not program.running:
            return False
        if program.ready():
            return True
        time.sleep(0.02)
    return False


def _end(program: Program) -> None:
    if program.running:
        program.stop()
