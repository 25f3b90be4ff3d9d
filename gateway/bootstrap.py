"""The gateway's composition root: the only place that knows every concrete part of one site's process."""

import asyncio
import json
import os
import secrets
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from gateway.actuation import Actuation
from gateway.clock import SystemClock, local_day
from gateway.core.passage import PassageSettings, Restored, new_passage
from gateway.core.plaza import Plaza
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Judgement
from gateway.equipment import Equipment, to_board, to_scale
from gateway.errors import ConfigError, JournalError
from gateway.journal import SqliteJournal, open_journal
from gateway.keys import BoxKey, load_key, new_key
from gateway.lanes import LaneShell
from gateway.law.dossier import dossier
from gateway.law.limits import Law, judge
from gateway.lawfiles import load_limits_dir, load_linkage
from gateway.ports import LaneMarker
from gateway.register import load_register
from gateway.settings import Lane, SiteSettings
from gateway.station import Station
from gateway.uplink.evidence import EvidenceUploader
from gateway.uplink.http import HttpDoor
from gateway.uplink.mqtt import MqttDoor
from gateway.uplink.relay import Relay
from gateway.web.app import create_app
from gateway.web.cameras import CameraDesk
from gateway.web.serving import serve, server_of

STOP_S = 5.0
STATUS_S = 30.0


def build_law(settings: SiteSettings, config_dir: Path) -> Law:
    """The site's rule set, the others beside it, and what follows from a verdict here."""
    sets = load_limits_dir(config_dir / "law" / "limits")
    if settings.law.limits not in sets:
        raise ConfigError(
            settings.site.id, [f"law.limits: unknown {settings.law.limits!r}; known: {', '.join(sorted(sets))}"]
        )
    return Law(
        rule_set=sets[settings.law.limits],
        others=tuple(one for name, one in sorted(sets.items()) if name != settings.law.limits),
        linkage=load_linkage(config_dir / "law" / "linkage" / "cn-default.toml"),
        site_kind=settings.site.kind,
        enforcement_mode=settings.site.enforcement_mode,
        undetermined=settings.law.undetermined,
    )


def passage_settings(lane: Lane) -> PassageSettings:
    return PassageSettings(
        kind=lane.kind,
        whole_vehicle=lane.whole_vehicle,
        interval_kg=lane.scale.interval_kg,
        has_barrier=lane.barrier is not None,
        has_camera=lane.camera is not None,
        deck_mm=lane.scale.deck_mm,
        treadle_span_mm=lane.scale.treadle_span_mm,
        **lane.passage.model_dump(),
    )


def _box_key(storage: Path) -> BoxKey:
    """The box's own key, made at first start: enrol its public half at central."""
    try:
        storage.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(str(storage), [f"storage.dir: cannot be made: {error.strerror}"]) from error
    if not (storage / "box.key").exists():
        new_key(storage / "box.key")
    return load_key(storage / "box.key")


class Site:
    """One site's process: built by `build`, run by `run` until a signal, the journal closed last."""

    def __init__(self, settings: SiteSettings, config_dir: Path, environ: Mapping[str, str]) -> None:
        self.settings = settings
        self._config = config_dir
        self._environ = environ
        self._clock = SystemClock()
        self._tasks: dict[str, Awaitable[None]] = {}
        self._equipment = Equipment(settings, config_dir / "registers", self._clock)
        self._alarms_before: list[tuple[str, str]] = []
        self._log = structlog.get_logger().bind(site=settings.site.id)

    def _secret(self, name: str, what: str) -> str:
        value = self._environ.get(name, "")
        if len(value) < 16:
            raise ConfigError(
                self.settings.site.id,
                [f"{what}: set {name} in the environment, 16 characters or more; make one: openssl rand -hex 24"],
            )
        return value

    async def build(self) -> None:
        settings = self.settings
        local_token = self._secret(settings.web.token_env, "web.token_env")
        storage = Path(settings.storage.dir)
        box_key = _box_key(storage)
        law = build_law(settings, self._config)
        register = load_register(Path(settings.register_.vehicles))
        self.journal: SqliteJournal = await open_journal(
            storage,
            site=settings.site.id,
            key=box_key,
            clock=self._clock,
            new_name=lambda: f"j-{secrets.token_hex(6)}",
            alarm=self._alarm,
        )
        self.station = Station(
            settings=settings,
            journal=self.journal,
            clock=self._clock,
            judge=self._judge(law),
            dossier=lambda who, said: dossier(who, said, settings.site.model_dump(mode="json")),
            kick_relay=self._kick,
            plaza=Plaza(settings.plaza.validity_s * 1000) if settings.plaza else None,
        )
        for code, detail in self._alarms_before:
            self.station.alarm(code, detail)
        await self.station.restore()
        self.relay = self._uplink()
        markers = await self.journal.markers()
        for lane in settings.lanes:
            self._build_lane(lane, await self._restored(markers.get(lane.id)))
        for name, bus in self._equipment.buses.items():
            self._tasks[f"bus-{name}"] = bus.run()
        cameras = CameraDesk(self.station, register, storage / "spool")
        await cameras.replay()
        app = create_app(self.station, cameras, self.journal, token=local_token, status=self.status)
        self._server = server_of(app, settings.site.id, settings.web.bind)
        self._tasks["clock"] = self._watch_clock()

    def _alarm(self, code: str, detail: str) -> None:
        """The journal's alarms, which may come before there is a station to show them."""
        if hasattr(self, "station"):
            self.station.alarm(code, detail)
        else:
            self._alarms_before.append((code, detail))

    def _judge(self, law: Law) -> Callable[[Identity, Measurement], Judgement]:
        """The law as of the day of weighing: outside its validity nothing is decided."""

        def judged(who: Identity, found: Measurement) -> Judgement:
            if not law.rule_set.in_force(local_day(self._clock.now())):
                found = replace(found, flags=(*found.flags, "rules-not-in-force"))
            return judge(who.vehicle, found, law)

        return judged

    def _kick(self) -> None:
        self.relay.kick()

    def _uplink(self) -> Relay:
        central, site = self.settings.central, self.settings.site.id
        doors: list[Any] = []
        token = self._secret(central.token_env, "central.token_env") if central.http or central.mqtt else ""
        relay = Relay(
            self.journal,
            site,
            doors,
            central.public_key,
            self._clock,
            asyncio.sleep,
            self.station.alarm,
        )
        if central.mqtt:
            self.mqtt = MqttDoor(
                central.mqtt, central.topic_prefix, site, username=site, password=token, on_ack=relay.on_ack,
                sleep=asyncio.sleep,
            )  # fmt: skip
            doors.append(self.mqtt)
            self._tasks["status"] = self._tell_status(self.mqtt)
        if central.http:
            doors.append(HttpDoor(central.http, token))
            uploader = EvidenceUploader(
                self.journal, central.http, token, sleep=asyncio.sleep, alarm=self.station.alarm
            )
            self._tasks["evidence"] = uploader.run()
        for door in doors:
            self._tasks[f"door-{door.name}"] = door.run()
        self._tasks["relay"] = relay.run()
        return relay

    async def _restored(self, marker: LaneMarker | None) -> Restored:
        """Where the lane stood; with what its recorded vehicle weighed, so that another is not taken for it."""
        if marker is None:
            return Restored(0, "cleared", None, None)
        entry = None if marker.entry_id is None else await self.journal.read(marker.entry_id)
        gross_kg = None if entry is None else json.loads(entry.body)["content"]["measurement"]["gross_kg"]
        return Restored(marker.passage, marker.state, marker.entry_id, marker.action, gross_kg)  # type: ignore[arg-type]

    def _build_lane(self, lane: Lane, restored: Restored) -> None:
        gear = self._equipment.of(lane)
        actuation = Actuation(
            lamp=gear.lamp,
            sign=gear.sign,
            barrier=gear.barrier,
            sleep=asyncio.sleep,
            alarm=self.station.alarm,
            english=lane.sign is not None and lane.sign.language == "en",
        )
        shell = LaneShell(
            lane.id,
            new_passage(passage_settings(lane), self.station.judge, restored=restored),
            journal=self.journal,
            actuation=actuation,
            store=self.station.store,
            clock=self._clock,
            alarm=self.station.alarm,
            raw_window_ms=self.settings.storage.raw_window_s * 1000,
        )
        self.station.lanes[lane.id] = shell
        tasks = self._tasks
        tasks[f"lane-{lane.id}"] = shell.run()
        tasks[f"scale-{lane.id}"] = gear.scale.run(to_scale(shell), shell.raw)
        if gear.board:
            tasks[f"board-{lane.id}"] = gear.board.run(to_board(shell, gear.inputs))
        for name, task in actuation.tasks():
            tasks[f"{name}-{lane.id}"] = task

    # running ---------------------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """What the page and /readyz show."""
        lanes = {
            name: {
                **shell.passage.describe(),
                "load_kg": shell.load_kg,
                "shown": shell.actuation.shown,
                "held_entry": shell.held_entry,
                "scale": self._equipment.health[f"scale-{name}"]()["state"],
                "faults": shell.actuation.faults(),
                "loads_dropped": shell.dropped,
            }
            for name, shell in self.station.lanes.items()
        }
        return {
            "site": self.settings.site.model_dump(mode="json"),
            "ready": all(lane["scale"] == "live" for lane in lanes.values()),
            "lanes": lanes,
            "outbox": dict(self.relay.status()),
            "recent": list(self.station.recent)[:50],
            "alarms": list(self.station.alarms)[:50],
            "devices": {name: dict(health()) for name, health in self._equipment.health.items()},
        }

    async def _tell_status(self, door: MqttDoor) -> None:
        """Central calls a site offline that has said nothing for three minutes."""
        while True:
            await door.publish_status({"version": version("weighgate"), "devices": self._device_states()})
            await asyncio.sleep(STATUS_S)

    def _device_states(self) -> dict[str, str]:
        return {name: str(health().get("state", "")) for name, health in self._equipment.health.items()}

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(5)
            jump_ms = self._clock.stepped()
            if jump_ms is not None:
                self.station.alarm("clock-stepped", f"the wall clock jumped by {jump_ms} ms; check its time source")
                try:
                    await self.station.audit("clock-stepped", {"jump_ms": jump_ms})
                except JournalError as error:
                    self.station.alarm("audit-not-stored", str(error))

    async def run(self) -> None:
        """Until SIGTERM or SIGINT, or until one of our own tasks ends, which is a mistake of ours."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        tasks = {asyncio.ensure_future(work): name for name, work in self._tasks.items()}
        for task, name in tasks.items():
            task.set_name(name)
            task.add_done_callback(lambda _: stop.set())
        server = asyncio.ensure_future(serve(self._server))
        self._log.info("site_started", lanes=len(self.settings.lanes), web=self.settings.web.bind)
        server.add_done_callback(lambda _: stop.set())
        await stop.wait()
        ended = [task for task in (*tasks, server) if task.done()]
        await self._stop(list(tasks), server)
        for task in ended:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _stop(self, tasks: list["asyncio.Future[None]"], server: "asyncio.Future[None]") -> None:
        """Everything that could still write at once, the journal last."""
        self._server.should_exit = True
        for task in tasks:
            task.cancel()
        await asyncio.wait([*tasks, server], timeout=STOP_S)
        await self.journal.close()
        self._log.info("site_stopped")


async def run_site(settings: SiteSettings, config_dir: Path, environ: Mapping[str, str] | None = None) -> None:
    """Build and run one site until it is told to stop."""
    site = Site(settings, config_dir, os.environ if environ is None else environ)
    await site.build()
    await site.run()
