"""The gateway's composition root: the only place that knows every concrete part of one site's process."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from gateway.actuation import Actuation
from gateway.clock import local_day
from gateway.core.passage import PassageSettings, Restored, new_passage
from gateway.core.plaza import Plaza
from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Judgement
from gateway.equipment import Equipment, to_board, to_scale
from gateway.errors import ConfigError, JournalError
from gateway.journal import Keep, SqliteJournal, open_journal
from gateway.keys import own_key
from gateway.lanes import LaneShell
from gateway.law.dossier import dossier
from gateway.law.limits import Law, judge
from gateway.lawfiles import choose_limits
from gateway.outages import Outage
from gateway.outside import Outside, real_outside
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
from gateway.web.state import site_state

STOP_S = 5.0
STATUS_S = 30.0


def build_law(settings: SiteSettings, config_dir: Path) -> Law:
    """The site's rule set, the others beside it, and what follows from a verdict here."""
    chosen = choose_limits(config_dir / "law", settings.law.limits)
    return Law(
        rule_set=chosen.rule_set,
        others=chosen.others,
        linkage=chosen.linkage,
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
        self._tasks: dict[str, Coroutine[Any, Any, None]] = {}
        self._equipment = Equipment(settings, config_dir / "registers", self._clock, self._outside.open_link)
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
        law = build_law(settings, self._config)
        register = load_register(Path(settings.register_.vehicles))
        self.journal: SqliteJournal = await open_journal(
            storage,
            site=settings.site.id,
            key=box_key,
            clock=self._clock,
            new_name=self._outside.new_name,
            new_salt=self._outside.new_salt,
            inline=self._outside.inline,
            alarm=self._alarm,
            keep=Keep(settings.storage.raw_keep_days, settings.storage.max_mb),
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
        self.app = create_app(self.station, cameras, self.journal, token=local_token, status=self.status)
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
            new_question=self._outside.new_name,
        )
        if central.mqtt:
            mqtt = self._outside.mqtt_door(
                central.mqtt, central.topic_prefix, site, username=site, password=token, on_ack=relay.on_ack,
                sleep=asyncio.sleep,
            )  # fmt: skip
            doors.append(mqtt)
            self._tasks["status"] = self._tell_status(mqtt)
        if central.http:
            doors.append(HttpDoor(central.http, token, transport=self._outside.transport))
            uploader = EvidenceUploader(
                self.journal,
                central.http,
                token,
                sleep=asyncio.sleep,
                alarm=self.station.alarm,
                transport=self._outside.transport,
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
        tasks[f"scale-{lane.id}"] = gear.scale.run(
            to_scale(shell, Outage(f"scale-{lane.id}", lane.scale.url, self.station.alarm)), shell.raw
        )
        if gear.board:
            tasks[f"board-{lane.id}"] = gear.board.run(
                to_board(shell, gear.inputs, Outage(f"board-{lane.id}", gear.board_url, self.station.alarm))
            )
        for name, task in actuation.tasks():
            tasks[f"{name}-{lane.id}"] = task

    # running ---------------------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """What the page and /readyz show."""
        return site_state(self.station, self._equipment.health, self.relay.status())

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

    def start(self) -> list["asyncio.Task[None]"]:
        """Everything but the web server, which runs `app`, is at work from here on; none of it ends by itself."""
        return [asyncio.create_task(work, name=name) for name, work in self._tasks.items()]

    async def run(self) -> None:
        """Until SIGTERM or SIGINT, or until one of our own tasks ends, which is a mistake of ours."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        server = server_of(self.app, self.settings.site.id, self.settings.web.bind)
        tasks = [*self.start(), asyncio.create_task(serve(server), name="web")]
        for task in tasks:
            task.add_done_callback(lambda _: stop.set())
        self._log.info("site_started", lanes=len(self.settings.lanes), web=self.settings.web.bind)
        await stop.wait()
        ended = [task for task in tasks if task.done()]
        server.should_exit = True
        await self._stop(tasks)
        for task in ended:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _stop(self, tasks: list["asyncio.Task[None]"]) -> None:
        """Everything that could still write at once, the journal last."""
        for task in tasks[:-1]:
            task.cancel()  # the web server, the last, ends by itself
        await asyncio.wait(tasks, timeout=STOP_S)
        await self.journal.close()
        self._log.info("site_stopped")


async def run_site(settings: SiteSettings, config_dir: Path, environ: Mapping[str, str] | None = None) -> None:
    """Build and run one site until it is told to stop."""
    site = Site(settings, config_dir, os.environ if environ is None else environ)
    await site.build()
    await site.run()
