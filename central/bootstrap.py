"""Central's composition root: the only place that knows every part, and the only one that reads clock and chance."""

import asyncio
import contextlib
import gc
import os
import secrets
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import structlog
import uvicorn
from fastapi import FastAPI, Request

from central.access import Access
from central.answers import answering
from central.api import public_router, read_router, site_state_router
from central.bulletin_doors import bulletin_router
from central.bulletins import Bulletins
from central.cases.law import CaseLaw, load_case_law
from central.command_doors import command_router
from central.commands import Commands
from central.derivations import derivations
from central.deriver import Deriver
from central.doors import site_router
from central.evidence import EvidenceStore
from central.high_water import HighWater
from central.housekeeping import Housekeeper
from central.listening import listen
from central.metrics import Metrics
from central.mqtt import MqttDoor
from central.readiness import Readiness
from central.receiver import Receiver
from central.routes.casework import casework_routers
from central.routes.supervision import supervision_routers
from central.settings import CentralSettings
from central.sharing.sending import Sender
from central.shipped import law_dir
from central.signing import CentralKey, load_signing_key
from central.store.access_log import note_access
from central.store.database import Database, epoch_ms, open_database
from central.store.identity import WENT_BACK, Identity, identify
from gateway.service import Ending, Pulse, ServiceManager, ended, ending

REQUESTS_MAX = 128
HTTP_END_S, MQTT_END_S = 2, 1.0
SWITCH_S = 0.0005
"""The store's thread waits so long for its turn after each answer of the database while batches are looked at: with
Python's own 5 ms it waits most of its time.
"""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Central:
    """The parts of a running central, at `app.state.central`."""

    settings: CentralSettings
    database: Database
    receiver: Receiver
    evidence: EvidenceStore
    metrics: Metrics
    high_water: HighWater
    mqtt: MqttDoor | None
    deriver: Deriver
    bulletins: Bulletins
    law: CaseLaw
    key: CentralKey
    commands: Commands

    def close(self) -> None:
        """The database last of what can be waited for; then how far it has come."""
        self.database.close()
        self.high_water.to_disk()
        self.high_water.close()


def build_central(
    settings: CentralSettings,
    *,
    clock: Callable[[], datetime],
    new_incarnation: Callable[[], str],
    inline: bool = False,
    law: CaseLaw | None = None,
) -> Central:
    """Open key, database and evidence store. `inline` keeps the database on the caller's thread; `law` None reads it.

    Raises:
        ConfigError, StoreError: the key, the evidence folder or the database cannot be used.
    """
    key = load_signing_key(settings.key_file)
    evidence = EvidenceStore(settings.evidence_dir)
    evidence.prepare()
    database = open_database(settings.database_url, inline=inline)
    high_water = HighWater(settings.evidence_dir)
    metrics = Metrics(site.id for site in settings.sites)
    identity = _identity(database, high_water, settings, new_incarnation, epoch_ms(clock()), metrics)
    receiver = Receiver(settings, database, key, identity.incarnation, high_water, clock, metrics)
    down_dir = settings.down_dir or settings.evidence_dir.parent / "down"
    known = [site.id for site in settings.sites]
    bulletins = Bulletins(down_dir, key, known, clock)
    commands = Commands(down_dir, key, known, database, clock, lambda: new_incarnation()[:16])
    mqtt = (
        None
        if settings.mqtt is None
        else MqttDoor(settings.mqtt, receiver, metrics, bulletins=bulletins, commands=commands)
    )
    law = law or load_case_law(settings.law_dir or law_dir())
    deriver = Deriver(database, derivations(law, settings.cases, settings.tracing, settings.webhooks))
    return Central(
        settings, database, receiver, evidence, metrics, high_water, mqtt, deriver, bulletins, law, key, commands
    )


def _identity(
    database: Database,
    high_water: HighWater,
    settings: CentralSettings,
    new_incarnation: Callable[[], str],
    now_ms: int,
    metrics: Metrics,
) -> Identity:
    """Which incarnation of central this is: another one where the database has lost what was acknowledged."""
    sites = [site.id for site in settings.sites]
    known = high_water.commits
    found = database.run_here(lambda session: identify(session, new_incarnation, now_ms, known=known, sites=sites))
    high_water.note(found.commits)
    high_water.to_disk()
    if found.went_back:
        log.error("alarm_raised", kind=WENT_BACK, detail=found.went_back, incarnation=found.incarnation)
        for site in sites:
            metrics.alarms.labels(site, WENT_BACK).inc()
    return found


def create_app(
    settings: CentralSettings,
    *,
    clock: Callable[[], datetime],
    new_incarnation: Callable[[], str],
    inline: bool = False,
) -> FastAPI:
    """The HTTP application, ready to be called through ASGI; call `app.state.central.close()` at the end."""
    central = build_central(settings, clock=clock, new_incarnation=new_incarnation, inline=inline)
    access = access_to(central, clock)
    app = create_site_app(central, access)
    app.include_router(read_router(central.database, access))
    app.include_router(site_state_router(settings, central.database, central.receiver, central.evidence, access, clock))
    parts = (central.database, central.evidence, central.deriver, central.key, central.law, settings.cases)
    supervision = (central.database, central.key, central.law, settings.cases, central.evidence.arrived)
    for router in (*casework_routers(*parts, access, clock), *supervision_routers(*supervision, access, clock)):
        app.include_router(router)
    readiness = Readiness(central.database, central.evidence, central.mqtt.connected if central.mqtt else None)
    app.include_router(public_router(readiness, central.metrics))
    return app


def create_site_app(central: Central, access: Access) -> FastAPI:
    """What the sites alone speak with: entries and evidence up, bulletins and commands down."""
    app = FastAPI(title="Weighgate central", version="1", docs_url=None, redoc_url=None)
    app.state.central = central
    app.include_router(site_router(central.receiver, central.evidence, access, central.metrics))
    send_down = None if central.mqtt is None else central.mqtt.send_down
    app.include_router(bulletin_router(central.bulletins, access, send_down))
    send_commands = None if central.mqtt is None else central.mqtt.send_commands
    app.include_router(command_router(central.commands, access, send_commands))
    answering(app)
    return app


def access_to(central: Central, clock: Callable[[], datetime]) -> Access:
    """Who may ask it what; every reader is noted first."""

    async def note(who: str, request: Request) -> None:
        asked = request.method, request.url.path, request.url.query
        now_ms = epoch_ms(clock())
        await central.database.run(lambda session: note_access(session, who, *asked, now_ms))

    return Access(central.settings, central.metrics, note)


async def run_central(settings: CentralSettings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        ConfigError, ListenError, StoreError: it cannot start.
    """
    if not __debug__:
        sys.exit("central refuses python -O: its assertions are part of the product")
    sys.setswitchinterval(SWITCH_S)
    with listen(settings.host, settings.port) as listener:
        await _serve(settings, listener)


async def _serve(settings: CentralSettings, listener: socket.socket) -> None:
    app = create_app(settings, clock=lambda: datetime.now(UTC), new_incarnation=lambda: secrets.token_hex(16))
    central: Central = app.state.central
    gc.freeze()  # what is built now stays: looking it all through for garbage takes 100 ms
    server = _Server(
        uvicorn.Config(
            app,
            limit_concurrency=REQUESTS_MAX,
            timeout_graceful_shutdown=HTTP_END_S,
            lifespan="off",
            ws="none",  # nothing here speaks it, and its library is not small
            log_config=None,
            access_log=False,
            server_header=False,
        )
    )
    manager = ServiceManager(os.environ)
    with ending(manager) as end:
        try:
            await _until_asked(server, listener, central, manager, end)
        finally:
            central.close()
    log.info("central_stopped")


async def _until_asked(
    server: uvicorn.Server, listener: socket.socket, central: Central, manager: ServiceManager, end: Ending
) -> None:
    """At work until the end is asked for or something ends by itself; then HTTP ends before MQTT does."""
    http = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    rest = [
        asyncio.create_task(Pulse(manager).run(), name="pulse"),
        asyncio.create_task(central.deriver.run(), name="deriver"),
        asyncio.create_task(_keep_house(central), name="housekeeping"),
    ]
    if central.mqtt is not None:
        rest.append(asyncio.create_task(central.mqtt.run(), name="mqtt"))
    for task in (http, *rest):
        task.add_done_callback(lambda _: end.asked.set())
    settings = central.settings
    log.info("central_started", host=settings.host, port=settings.port, incarnation=central.receiver.incarnation)
    manager.tell("READY=1")
    await end.asked.wait()
    ended_by_themselves = [task for task in (http, *rest) if task.done()]
    end.begin()
    server.should_exit = True
    await ended([http], HTTP_END_S + 0.5, cancel=False)
    await ended(rest, MQTT_END_S, cancel=True)
    for task in ended_by_themselves:
        task.result()


async def _keep_house(central: Central) -> None:
    """Silences, the gates' lists, and whoever is told of changes, until cancelled."""
    settings, clock = central.settings, lambda: datetime.now(UTC)
    sites = [site.id for site in settings.sites]
    send_down = None if central.mqtt is None else central.mqtt.send_down
    keeper = Housekeeper(central.database, central.bulletins, sites, clock, send_down)
    async with httpx.AsyncClient(follow_redirects=False) as client, asyncio.TaskGroup() as group:
        group.create_task(keeper.run(), name="housekeeper")
        sender = Sender(central.database, settings.webhooks, client, central.key.private.sign, clock)
        group.create_task(sender.run(), name="webhooks")


class _Server(uvicorn.Server):
    """Leaves signals to run_central: uvicorn would raise them again at its end and so spoil the exit code."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
