"""Central's composition root: the only place that knows every part, and the only one that reads clock and chance."""

import asyncio
import contextlib
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from central.access import Access, Refusal, answer_refusal, problem
from central.api import public_router, read_router, site_state_router
from central.doors import site_router
from central.errors import StoreError
from central.evidence import EvidenceStore
from central.listening import listen
from central.metrics import Metrics
from central.mqtt import MqttDoor
from central.readiness import Readiness
from central.receiver import Receiver
from central.settings import CentralSettings
from central.signing import load_signing_key
from central.store.database import Database, epoch_ms, incarnation_of, open_database

REQUESTS_MAX = 128
STOP_S = 3

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Central:
    """The parts of a running central, at `app.state.central`."""

    settings: CentralSettings
    database: Database
    receiver: Receiver
    evidence: EvidenceStore
    metrics: Metrics
    mqtt: MqttDoor | None

    def close(self) -> None:
        self.database.close()


def build_central(
    settings: CentralSettings,
    *,
    clock: Callable[[], datetime],
    new_incarnation: Callable[[], str],
    inline: bool = False,
) -> Central:
    """Open key, database and evidence store. `inline` keeps the database on the caller's thread.

    Raises:
        ConfigError, StoreError: the key, the evidence folder or the database cannot be used.
    """
    key = load_signing_key(settings.key_file)
    evidence = EvidenceStore(settings.evidence_dir)
    evidence.prepare()
    database = open_database(settings.database_url, inline=inline)
    now_ms = epoch_ms(clock())
    incarnation = database.run_here(lambda session: incarnation_of(session, new_incarnation, now_ms))
    metrics = Metrics(site.id for site in settings.sites)
    receiver = Receiver(settings, database, key, incarnation, clock, metrics)
    mqtt = None if settings.mqtt is None else MqttDoor(settings.mqtt, receiver, metrics)
    return Central(settings, database, receiver, evidence, metrics, mqtt)


def create_app(
    settings: CentralSettings,
    *,
    clock: Callable[[], datetime],
    new_incarnation: Callable[[], str],
    inline: bool = False,
) -> FastAPI:
    """The HTTP application, ready to be called through ASGI. Who does not run its lifespan calls
    `app.state.central.close()` at the end.
    """
    central = build_central(settings, clock=clock, new_incarnation=new_incarnation, inline=inline)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        central.close()

    app = FastAPI(title="Weighgate central", version="1", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.central = central
    access = Access(settings, central.metrics)
    app.include_router(site_router(central.receiver, central.evidence, access, central.metrics))
    app.include_router(read_router(central.database, access))
    app.include_router(site_state_router(settings, central.database, central.receiver, central.evidence, access, clock))
    readiness = Readiness(central.database, central.evidence, central.mqtt.connected if central.mqtt else None)
    app.include_router(public_router(readiness, central.metrics))
    app.add_exception_handler(Refusal, answer_refusal)
    app.add_exception_handler(StoreError, _answer_store_error)
    app.add_exception_handler(RequestValidationError, _answer_bad_request)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    return app


async def run_central(settings: CentralSettings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        ConfigError, ListenError, StoreError: it cannot start.
    """
    if not __debug__:
        sys.exit("central refuses python -O: its assertions are part of the product")
    with listen(settings.host, settings.port) as listener:
        await _serve(settings, listener)


async def _serve(settings: CentralSettings, listener: socket.socket) -> None:
    app = create_app(settings, clock=lambda: datetime.now(UTC), new_incarnation=lambda: secrets.token_hex(16))
    central: Central = app.state.central
    server = _Server(
        uvicorn.Config(
            app,
            limit_concurrency=REQUESTS_MAX,
            timeout_graceful_shutdown=STOP_S,
            log_level="warning",
            server_header=False,
        )
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    tasks = {asyncio.create_task(server.serve(sockets=[listener]), name="http")}
    if central.mqtt is not None:
        tasks.add(asyncio.create_task(central.mqtt.run(), name="mqtt"))
    log.info("central_started", host=settings.host, port=settings.port, incarnation=central.receiver.incarnation)
    try:
        done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=STOP_S)
        for task in done:
            task.result()
    finally:
        central.close()
    log.info("central_stopped")


class _Server(uvicorn.Server):
    """Leaves signals to run_central: uvicorn would raise them again at its end and so spoil the exit code."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self.should_exit = True


async def _answer_store_error(_request: Request, error: Exception) -> Response:
    log.error("store_failed", reason=str(error))
    return problem(
        503, "nothing was stored: the database does not answer", "offer it again later", {"Retry-After": "5"}
    )


async def _answer_bad_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()[:10])
    return problem(422, faults, "see /openapi.json")


async def _answer_nobody(request: Request, _error: Exception) -> Response:
    log.info("client_vanished", method=request.method, path=request.url.path)
    return Response(status_code=499)  # nobody reads it; what came of a file stays
