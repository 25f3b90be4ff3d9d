"""The simulator plays the rest of a lane on real ports, and the gateway's own drivers speak with it."""

import asyncio
import random
import socket
import tomllib
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from drivers.cameras import PROTOCOLS as CAMERAS
from drivers.cameras.feed import Body
from drivers.link import open_link
from drivers.readings import HealthReading, Reading, WeightReading
from gateway.clock import SystemClock
from gateway.equipment import Equipment, LaneEquipment
from gateway.settings import parse_site
from simulator.faults import FaultPlan
from simulator.ports import MachinePorts
from simulator.run import RealClock, Site
from simulator.truth import Truth
from simulator.vehicles import make_trucks

CONFIG = Path(__file__).resolve().parents[2] / "config"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def site_file(folder: Path, scale: str, camera: str, sign: str) -> dict[str, Any]:
    """The quarry's first lane with other devices, each on a port of its own."""
    site = tomllib.loads((CONFIG / "sites" / "quarry.toml").read_text(encoding="utf-8"))
    site["lanes"], lane = site["lanes"][:1], site["lanes"][0]
    site["buses"] = [{"id": "io", "url": f"serial://{folder}/io?baudrate=9600", "timeout_ms": 500}]
    lane["scale"] |= {"protocol": f"modbus:{scale}", "url": f"serial://{folder}/io?baudrate=9600", "unit_id": 9}
    lane["scale"]["options"] = {"addresses_proven": True} if scale == "cas-ci600d" else {}
    lane["io"] |= {
        "inputs": {"beam_entry": 0, "beam_exit": 1, "barrier_open": 2, "barrier_closed": 3, "front_open": 4,
                   "front_closed": 5, "emergency": 6, "loop_exit": 7},
        "outputs": {"barrier_open": 0, "barrier_close": 1, "lamp_red": 2, "lamp_green": 3, "lamp_yellow": 4,
                    "front_open": 5, "front_close": 6},
        "inverted": ["emergency"],
    }  # fmt: skip
    lane["front_barrier"] = {"pulse_ms": 200, "travel_ms": 4000, "interlock": ["beam_entry"]}
    kind = "tcp" if camera == "zhenshi" else "http"
    lane["camera"] = {"protocol": camera, "device": "cam-1", "url": f"{kind}://127.0.0.1:{free_port()}"}
    tcp = sign == "onbon-bx6"
    lane["sign"] = {
        "protocol": sign, "url": f"tcp://127.0.0.1:{free_port()}" if tcp else f"serial://{folder}/sign?baudrate=9600",
    }  # fmt: skip
    lane["voice"] = {"protocol": "voice-64", "url": f"serial://{folder}/voice?baudrate=9600"}
    return site


async def until(done: Any) -> None:
    async with asyncio.timeout(20):
        while not done():  # noqa: ASYNC110 - what is waited for is on the other side of a wire
            await asyncio.sleep(0.01)


LANES = (
    ("rinstrum-c5xx", "dahua", "onbon-bx6"),
    ("flintec", "hikvision", "board-64"),
    ("cas-ci600d", "zhenshi", "remote-display"),
    ("laumas", "dahua", "weilipu"),
)
"""Scale, camera that is asked, and sign."""


@pytest.mark.parametrize(("scale", "camera", "sign"), LANES)
async def test_a_lane_of_these_devices_works_on_real_ports(tmp_path: Path, scale: str, camera: str, sign: str) -> None:
    document = site_file(tmp_path, scale, camera, sign)
    async with AsyncExitStack() as stack:
        truth = stack.enter_context(Truth(tmp_path / "truth.jsonl"))
        world = Site(
            document, maps=CONFIG / "registers", seed=1, faults=FaultPlan(), truth=truth, clock=RealClock(),
            sleep=asyncio.sleep,
        )  # fmt: skip
        ports = MachinePorts(stack)
        await world.open(ports)
        await world.open_cameras(ports)
        settings = parse_site(document, CONFIG / "sites" / "quarry.toml")
        equipment = Equipment(settings, CONFIG / "registers", SystemClock(), open_link, lambda _: "secret")
        gear = equipment.of(settings.lanes[0])
        assert len(equipment.buses) == 1  # the scale shares its line with the board
        tasks = [asyncio.create_task(bus.run()) for bus in equipment.buses.values()]
        try:
            await work(world, equipment, gear, tasks, sign)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for one in (gear.sign, gear.voice):
                if one is not None:
                    await one.close()


async def work(
    world: Site, equipment: Equipment, gear: LaneEquipment, tasks: list["asyncio.Task[None]"], sign: str
) -> None:
    road, told, loads, bodies = world.lanes[0], [], [], []
    assert gear.board is not None
    assert gear.front is not None
    assert gear.lamp is not None
    assert gear.sign is not None
    assert gear.voice is not None

    def hear(reading: Reading) -> None:
        told.append(reading)
        if not isinstance(reading, HealthReading):
            gear.inputs[reading.name] = reading.on  # type: ignore[union-attr]

    async def seen(body: Body) -> None:
        bodies.append(body)

    watch = equipment.cameras[0].watch
    tasks.append(asyncio.create_task(gear.board.run(hear)))
    tasks.append(asyncio.create_task(gear.scale.run(loads.append, lambda *_: None)))
    tasks.append(asyncio.create_task(watch.run(seen, lambda _: None)))
    await until(lambda: len(gear.inputs) == 8)
    assert gear.inputs["emergency"] is False  # its contact is closed
    await gear.lamp.show("yellow")
    assert road.lamp == "red"
    await asyncio.gather(gear.front.open(), gear.sign.show(("豫A12345", "49.3吨 超限"), "red"))
    assert road.front is not None
    assert road.front.height == 1
    assert world.signs["1"].lines[-1] == ("49300 kg" if sign == "remote-display" else "49.3吨 超限") or (
        world.signs["1"].lines[:2] == ("豫A12345", "49.3吨 超限")
    )
    await gear.voice.show(("豫A12345,已超限",), "")
    await until(lambda: any(isinstance(one, WeightReading) and one.value == 0 for one in loads))
    truck = next(one for one in make_trucks(1, 20, "source-exit") if one.plate_readable)
    road.enter(truck, 30_000, random.Random(1))
    road.drive(19_000, 20_000, "steady")
    await until(lambda: any(isinstance(one, WeightReading) and (one.value or 0) > 10_000 for one in loads))
    await until(lambda: watch.health()["state"] == "live")
    assert await world.cameras(None)["1"].push(truck)  # type: ignore[arg-type]
    await until(lambda: bodies)
    name = world._site["lanes"][0]["camera"]["protocol"]
    read = CAMERAS[name].decode(*bodies[0])
    assert read is not None
    assert read.plate == truck.plate
    road.emergency = True
    await until(lambda: gear.inputs["emergency"] is True)
