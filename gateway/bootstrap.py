"""The gateway's composition root: the only place that knows every concrete part of one site's process."""

import asyncio
import gc
import os
import sys
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from gateway.actuation import Actuation
from gateway.choices import passage_settings
from gateway.connecting import Connecting
from gateway.core.passage import Restored, new_passage
from gateway.core.plaza import Plaza
from gateway.downlink.in_force import RegisterInForce
from gateway.downlink.opening import open_intake
from gateway.equipment import Equipment, to_board, to_scale
from gateway.errors import ConfigError, JournalError
from gateway.history import restored
from gateway.journal import Keep, SqliteJournal, open_journal
from gateway.judging import SiteJudge
from gateway.keys import own_key
from gateway.lanes import LaneShell
from gateway.metrics import MeasuredJournal, Metrics
from gateway.outages import Outage
from gateway.outside import Outside, real_outside
from gateway.papers import Papers
from gateway.printing import ticketed
from gateway.record_desk import RecordDesk
from gateway.record_folder import RecordFolder
from gateway.register import load_register
from gateway.scale_orders import ScaleOrders
from gateway.service import ServiceManager, ending
from gateway.settings import Lane, SiteSettings
from gateway.stages import Stages
from gateway.station import Station
from gateway.uplink.relay import Relay
from gateway.vitals import Vitals
from gateway.web.app import create_app
from gateway.web.cameras import CameraDesk
from gateway.web.serving import serve, server_of
from gateway.web.state import site_state

LISTENING_POLL_S = 0.02
SWITCH_S = 0.0005
"""The journal's thread waits so long for its turn after a commit while the loop is busy; Python's own is 5 ms."""


class Site:
    """One site's process: built by `build`, run by `run` until a signal, the journal closed last."""

    def __init__(
        self, settings: SiteSettings, config_dir: Path, environ: Mapping[str, str], outside: Outside | None = None
    ) -> None:
        self.settings = settings
        self._config = config_dir
        self._environ = environ
        self._outside = real_outside() if outside is None else outside
        self._clock = self._outside.clock
        self._manager = ServiceManager(environ)
        self._stages = Stages()
        self.metrics = Metrics([lane.id for lane in settings.lanes], version("weighgate"))
        maps = config_dir / "registers"
        self._equipment = Equipment(settings, maps, self._clock, self._outside.open_link, self._password)
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
        box_key = own_key(storage / "box.key")
        register = load_register(Path(settings.register_.vehicles))
        self.intake = open_intake(
            settings, self._config, register, self._clock,
            tell=lambda event, detail: self.station.audit(event, detail),  # noqa: PLW0108 - there is no station yet
            alarm=self._alarm, inline=self._outside.inline, law=self._outside.law,
        )  # fmt: skip
        self.journal: SqliteJournal = await open_journal(
            storage, site=settings.site.id, key=box_key, clock=self._clock, new_name=self._outside.new_name,
            new_salt=self._outside.new_salt, inline=self._outside.inline, alarm=self._alarm,
            keep=Keep(settings.storage.raw_keep_days, settings.storage.max_mb),
        )  # fmt: skip
        self.station = self._station()
        for code, detail in self._alarms_before:
            self.station.alarm(code, detail)
        await self.station.restore()
        self.relay = self._uplink()
        markers = await self.journal.markers()
        for lane in settings.lanes:
            self._build_lane(lane, await restored(self.journal, markers.get(lane.id)))
        for name, bus in self._equipment.buses.items():
            self._stages.add("devices", f"bus-{name}", bus.run())
        cameras = await self._cameras(storage / "spool")
        self.vitals = self._vitals(storage)
        self.app = create_app(
            self.station,
            cameras,
            self.journal,
            token=local_token,
            status=self.status,
            vitals=self.vitals,
            papers=Papers(self.journal, self._clock, self._kick),
            intake=self.intake,
            finished=self._records(),
            scales=ScaleOrders(self.station, self._equipment.scales),
        )
        self._stages.add("uplink", "clock", self._watch_clock())

    def _station(self) -> Station:
        """With the law as it is in force at each moment."""
        law = SiteJudge(self.settings, self.intake.in_force, self._clock)
        return Station(
            settings=self.settings,
            journal=MeasuredJournal(self.journal, self.metrics, asyncio.get_running_loop().time),
            clock=self._clock,
            judge=law.judge,
            dossier=law.dossier,
            kick_relay=self._kick,
            prove=law.prove,
            plaza=Plaza(self.settings.plaza.validity_s * 1000) if self.settings.plaza else None,
            alarm_raised=self.metrics.alarm,
        )

    async def _cameras(self, spool: Path) -> CameraDesk:
        desk = CameraDesk(self.station, RegisterInForce(self.intake.in_force, self._clock.now), spool)
        await desk.replay()
        for one in self._equipment.cameras:
            told = Outage(one.watch.name, one.url, self.station.alarm)
            hear = partial(desk.watched, one.lane, rear=one.rear)
            self._stages.add("devices", one.watch.name, one.watch.run(hear, told.hear))
        return desk

    def _records(self) -> RecordDesk:
        desk = RecordDesk(self.station, self.intake.in_force)
        for source in filter(lambda one: one.folder, self.settings.records):
            self._stages.add("devices", f"records-{source.id}", RecordFolder(source, desk, self.station.alarm).run())
        return desk

    def _password(self, name: str) -> str:
        value = self._environ.get(name, "")
        if not value:
            raise ConfigError(self.settings.site.id, [f"camera.password_env: {name} is not set in the environment"])
        return value

    def _vitals(self, storage: Path) -> Vitals:
        return Vitals(
            lanes=self.station.lanes,
            health=self._equipment.health,
            relay=self.relay.status,
            journal=self.journal,
            metrics=self.metrics,
            clock=self._clock,
            storage=storage,
            manager=self._manager,
        )

    def _alarm(self, code: str, detail: str) -> None:
        """The journal's alarms, which may come before there is a station to show them."""
        if hasattr(self, "station"):
            self.station.alarm(code, detail)
        else:
            self._alarms_before.append((code, detail))

    def _kick(self) -> None:
        self.relay.kick()

    def _uplink(self) -> Relay:
        central = self.settings.central
        return Connecting(
            settings=self.settings,
            token=self._secret(central.token_env, "central.token_env") if central.http or central.mqtt else "",
            outside=self._outside,
            stages=self._stages,
            journal=self.journal,
            intake=self.intake,
            tell=self.station.audit,
            alarm=self.station.alarm,
            status=lambda: {"version": version("weighgate"), "devices": self._device_states()},
        ).connect()

    def _build_lane(self, lane: Lane, restored: Restored) -> None:
        gear, add, alarm = self._equipment.of(lane), self._stages.add, self.station.alarm
        actuation = Actuation(
            lamp=gear.lamp,
            sign=gear.sign,
            barrier=gear.barrier,
            front=gear.front,
            voice=gear.voice,
            sleep=asyncio.sleep,
            alarm=alarm,
            words=self.intake.words,
            english=lane.sign is not None and lane.sign.language == "en",
        )
        store, tickets = ticketed(self.station, gear.printer, lane)
        shell = LaneShell(
            lane.id,
            new_passage(passage_settings(lane), self.station.judge, restored=restored),
            journal=self.journal,
            actuation=actuation,
            store=store,
            clock=self._clock,
            alarm=alarm,
            raw_window_ms=self.settings.storage.raw_window_s * 1000,
            tell=self._tell_weighing,
        )
        self.station.lanes[lane.id] = shell
        add("lanes", f"lane-{lane.id}", shell.run())
        to_lane = to_scale(shell, Outage(f"scale-{lane.id}", lane.scale.url, alarm))
        add("devices", f"scale-{lane.id}", gear.scale.run(to_lane, shell.raw))
        if gear.board:
            outage = Outage(f"board-{lane.id}", gear.board_url, alarm)
            add("devices", f"board-{lane.id}", gear.board.run(to_board(shell, gear.wired, gear.inputs, outage)))
        if tickets:
            add("devices", f"printer-{lane.id}", tickets.run())
        for what, sign, at in (("sign", gear.sign, lane.sign), ("voice", gear.voice, lane.voice)):
            if sign and at:
                add("devices", f"{what}-watch-{lane.id}", sign.watch(Outage(f"{what}-{lane.id}", at.url, alarm).hear))
        for name, task in actuation.tasks():
            add("devices", f"{name}-{lane.id}", task)

    def _tell_weighing(self, line: Mapping[str, Any]) -> None:
        self._log.info("weighing", **line)
        self.metrics.weighed(line)

    # running ---------------------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """What the page and /readyz show."""
        state = site_state(self.station, self._equipment.health, self.relay.status())
        return {**state, "down": self.intake.state()}

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

    def start(self) -> list["asyncio.Task[None]"]:
        """Everything but the web server, which runs `app`, is at work from here on; none of it ends by itself."""
        return self._stages.start()

    async def run(self) -> None:
        """Until SIGTERM or SIGINT, or until one of our own tasks ends, which is a mistake of ours."""
        server = server_of(self.app, self.settings.site.id, self.settings.web.bind)
        self._stages.add("web", "web", serve(server))
        self._stages.add("uplink", "pulse", self.vitals.pulse.run())
        with ending(self._manager) as end:
            tasks = self.start()
            for task in tasks:
                task.add_done_callback(lambda _: end.asked.set())
            while not server.started and not end.asked.is_set():  # noqa: ASYNC110 - the library has no event for it
                await asyncio.sleep(LISTENING_POLL_S)
            self._log.info("site_started", lanes=len(self.settings.lanes), web=self.settings.web.bind)
            self._manager.tell("READY=1")
            await end.asked.wait()
            unbidden = [task for task in tasks if task.done()]
            end.begin()
            server.should_exit = True
            await self._stages.end(self.station.lanes.values())
            await self.journal.close()
        self._log.info("site_stopped")
        for task in unbidden:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error


async def run_site(settings: SiteSettings, config_dir: Path, environ: Mapping[str, str] | None = None) -> None:
    """Build and run one site until it is told to stop."""
    site = Site(settings, config_dir, os.environ if environ is None else environ)
    await site.build()
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()  # what is built now stays: looking it all through for garbage held every lane up for 70 to 110 ms
    await site.run()
