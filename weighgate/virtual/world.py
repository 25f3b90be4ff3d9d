"""The virtual world: real gateways, real central, real stores, on clocks that cost nothing.

build ──▶ run with faults ──▶ heal ──▶ every truck gone, nothing pending? ──▶ checkers, digest
"""

import asyncio
import gc
import hashlib
import logging
import random
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from gateway.uplink.relay import ASK_MAX_MS
from weighgate.shipped import config_dir
from weighgate.virtual.authority import Authority
from weighgate.virtual.box import Box
from weighgate.virtual.broker import VirtualBroker
from weighgate.virtual.centre import Centre
from weighgate.virtual.checkers import CHECKERS, Checker
from weighgate.virtual.clock import BoxClock, TrueClock
from weighgate.virtual.keyring import token, write_key
from weighgate.virtual.loop import VirtualLoop
from weighgate.virtual.machine import Machine
from weighgate.virtual.misfortunes import play
from weighgate.virtual.place import SHIPPED, Place, kind_of
from weighgate.virtual.swarm import Swarm, draw
from weighgate.virtual.wires import VirtualPorts

LOOK_S = 1.0
DRAIN_S = 900.0
COLLECT_AFTER = 50_000  # new objects: a world makes many and keeps few
TRAFFIC_S_MAX = 6 * 3600.0
STEPS_MAX = 2_000_000
"""Turns of the loop, and as many more for each hour of a long world: a short one takes some ten thousand."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one seed came to. `broken` lists violated invariants, each with the time it was seen."""

    seed: int
    digest: str
    broken: tuple[str, ...]
    virtual_s: float
    crossings: int
    entries: int
    faults: tuple[str, ...]


@dataclass
class World:
    """All of it, while it runs."""

    seed: int
    swarm: Swarm
    clock: TrueClock
    broker: VirtualBroker
    centre: Centre
    authority: Authority
    places: list[Place]
    checkers: list[Checker] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    lived_s: float = 0.0

    def twin_of(self, place: Place) -> Box:
        """A second box with the same disk, on no wires."""
        machine = place.box.machine.copied(f"{place.id}-twin{len(self.happened)}")
        rng = random.Random(f"{self.seed}/{machine.name}")
        return Box(
            machine, self.centre, self.broker, BoxClock(self.clock), VirtualPorts(), place.config, place.environ, rng
        )

    def tell(self, what: str) -> None:
        self.happened.append(f"{self.clock.monotonic_s():.3f} {what}")

    def blame(self, checker: str, what: str) -> None:
        line = f"{checker}: {what}"
        if line not in self.broken and len(self.broken) < 50:
            self.broken.append(line)

    async def run(self, limit_s: float) -> None:
        await self.centre.boot()
        for place in self.places:
            await place.open(self.swarm.wires)
            await place.box.boot()
        for checker in self.checkers:
            checker.begin(self)
        faults = asyncio.create_task(play(self))
        lists = [
            asyncio.create_task(self.authority.publish(self.places[one.place], one)) for one in self.swarm.listings
        ]
        looking = asyncio.create_task(self._look())
        traffic = [asyncio.create_task(place.run(self.swarm, 3.0)) for place in self.places]
        async with asyncio.timeout(limit_s):
            await asyncio.gather(*traffic)
        await faults
        await asyncio.gather(*lists)
        await self._drain()
        looking.cancel()
        for checker in self.checkers:
            checker.end(self)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            for checker in self.checkers:
                checker.look(self)

    async def _drain(self) -> None:
        """Healed, everything must arrive. What a restored central has lost shows when the boxes next ask it."""
        if any("older copy" in line for line in self.happened):
            await asyncio.sleep(ASK_MAX_MS / 1000 + 5)
        for _ in range(int(DRAIN_S)):
            await asyncio.sleep(1.0)
            if not self.pending():
                return
        self.blame("liveness", f"after {DRAIN_S:g} s of peace there still waits: {'; '.join(self.pending())}")

    def forked(self, place: Place) -> bool:
        """Two boxes with one identity, and a central that forgot which it had believed: none can say who is right."""
        twin, restored = f"box-twin {place.id} ", "older copy"
        return any(twin in line for line in self.happened) and any(restored in line for line in self.happened)

    def pending(self) -> list[str]:
        """What still waits, in words."""
        found = []
        for place in self.places:
            if not place.box.machine.alive:
                found.append(f"{place.id}: the box is down")
            rest = ("acked", "parked")  # parked: refused, and a person's from there on
            seen = 0 if place.box.site is None else place.box.site.intake.seen().get("lists", 0)
            if seen < self.authority.newest.get(place.id, 0):
                found.append(f"{place.id}: list {self.authority.newest[place.id]} has not come down")
            waiting = {name: count for name, count in place.box.pending().items() if count and name not in rest}
            if waiting:
                found.append(f"{place.id}: {waiting}")
        return found if self.centre.machine.alive else [*found, "central is down"]

    def digest(self) -> str:
        """The same for the same seed: every entry, what central has, what happened on the road."""
        hashed = hashlib.sha256()
        for site, journal, seq, body in self.centre.stored():
            hashed.update(f"{site} {journal} {seq} ".encode() + body)
        for place in self.places:
            for document in place.box.documents():
                hashed.update(repr(sorted(document.items(), key=str)).encode())
            for event in place.truth.events:
                hashed.update(repr(event).encode())
        return hashed.hexdigest()


def build(seed: int, root: Path, loop: VirtualLoop, swarm: Swarm, sites: tuple[Path, ...] = ()) -> World:
    """Everything by the seed; nothing runs yet. `sites` replace the shipped files, in the order of the places."""
    clock = TrueClock(loop)
    rng = random.Random(f"{seed}/world")
    config = config_dir()
    broker = VirtualBroker(random.Random(f"{seed}/broker"))
    files = sites or tuple(config / "sites" / f"{SHIPPED[kind]}.toml" for kind in swarm.kinds)
    places = [Place(n + 1, file, seed, swarm.trucks, clock, config) for n, file in enumerate(files)]
    central = Machine("central", root, random.Random(f"{seed}/central"))
    environ = {"ADMIN": token(rng)} | {place.id.upper(): place.environ["WEIGHGATE_SITE_TOKEN"] for place in places}
    centre = Centre(central, broker, clock, environ, rng)
    authority = Authority(centre, environ["ADMIN"], clock, random.Random(f"{seed}/authority"))
    central_key = write_key(central.directory / "central.key", rng)
    blocks = []
    for place in places:
        machine = Machine(place.id, root, random.Random(f"{seed}/{place.id}/machine"))
        keys = ", ".join(f'"{key}"' for key in place.furnish(machine.directory, central_key))
        blocks.append(f'[[sites]]\nid = "{place.id}"\ntoken_env = "{place.id.upper()}"\nbox_keys = [{keys}]\n')
        place.box = Box(
            machine, centre, broker, BoxClock(clock), place.ports, config, place.environ,
            random.Random(f"{seed}/{place.id}/box"),
        )  # fmt: skip
    (central.directory / "central.toml").write_text(CENTRAL + "\n".join(blocks), encoding="utf-8")
    return World(seed, swarm, clock, broker, centre, authority, places)


CENTRAL = """\
[central]
bind = "127.0.0.1:8700"
database = "sqlite:///central/central.db"
evidence_dir = "central/evidence"
key_file = "central.key"
admin_token_env = "ADMIN"

[mqtt]
url = "mqtt://127.0.0.1:1883"
topic_prefix = "weighgate/v1"
username_env = ""
password_env = ""

"""


def run_seed(
    seed: int,
    *,
    hours: float | None = None,
    sites: tuple[Path, ...] = (),
    swarm: Swarm | None = None,
    checkers: Sequence[Checker] | None = None,
    keep: Path | None = None,
) -> Outcome:
    """One world from start to end; its files are gone afterwards unless `keep` names a new folder for them.

    `swarm` and `checkers` replace what the seed would draw and every checker there is.
    """
    drawn = swarm or draw(seed, hours=hours, kinds=tuple(kind_of(path) for path in sites) or None)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    shm = Path("/dev/shm")  # noqa: S108 - memory instead of disk, where there is such a place: thousands of fsyncs
    root = keep or Path(tempfile.mkdtemp(prefix="weighgate-virtual-", dir=shm if shm.is_dir() else None))
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(lambda _loop, _context: None)  # of buried tasks; living ones are watched
    world = build(seed, root, loop, drawn, sites)
    world.checkers = [one() for one in CHECKERS] if checkers is None else list(checkers)
    collecting = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER)
    limit_s = TRAFFIC_S_MAX + (hours or 0) * 3600
    try:
        loop.run_until_complete(_whole(world, limit_s, round(STEPS_MAX * (1 + (hours or 0)))))
        return Outcome(
            seed,
            world.digest(),
            tuple(world.broken),
            world.lived_s,
            sum(event["event"] == "crossing" for place in world.places for event in place.truth.events),
            len(world.centre.stored()),
            tuple(world.happened),
        )
    finally:
        gc.set_threshold(*collecting)
        asyncio.set_event_loop(None)
        loop.close()
        if keep is None:
            shutil.rmtree(root, ignore_errors=True)


async def _whole(world: World, limit_s: float, steps_max: int) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert isinstance(loop, VirtualLoop)
    assert task is not None
    loop.on_endless = task.cancel
    for part, steps in ((_live(world, limit_s), steps_max), (_switch_off(world), STEPS_MAX)):
        loop.steps_max = loop.steps + steps
        try:
            await part
        except asyncio.CancelledError:
            world.blame("endless", f"{steps} turns of the loop, and it is only {loop.time():.3f} s")


async def _live(world: World, limit_s: float) -> None:
    try:
        await world.run(limit_s)
    except TimeoutError:
        world.blame("liveness", f"trucks were still on site after {limit_s:g} s; {'; '.join(world.pending())}")
    finally:
        world.lived_s = world.clock.monotonic_s()  # switching off takes a moment too, in no order worth a promise


async def _switch_off(world: World) -> None:
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    machines: list[Box | Centre] = [*(place.box for place in world.places), world.centre]
    for part in machines:
        await part.crash()
        for name in part.machine.stubborn:
            world.blame("endless", f"{part.machine.name}: {name} went on though it was cancelled")
