"""A site's ways to central: what goes up, what comes down, and by which door."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.contract.commands import Command
from gateway.downlink.commands import Commands
from gateway.downlink.intake import Intake, Tell
from gateway.downlink.opening import shelf_of
from gateway.downlink.pull import Pull
from gateway.journal import SqliteJournal
from gateway.outside import Outside
from gateway.settings import SiteSettings
from gateway.stages import Stages
from gateway.uplink.evidence import EvidenceUploader
from gateway.uplink.http import HttpDoor
from gateway.uplink.mqtt import MqttDoor
from gateway.uplink.relay import Relay

STATUS_S = 30.0


@dataclass(frozen=True, slots=True)
class Connecting:
    """`connect` adds every task of the uplink to the stages. `status` is what a site says of itself over MQTT."""

    settings: SiteSettings
    token: str
    outside: Outside
    stages: Stages
    journal: SqliteJournal
    intake: Intake
    tell: Tell
    alarm: Callable[[str, str], None]
    status: Callable[[], Mapping[str, Any]]

    def connect(self) -> Relay:
        central, site = self.settings.central, self.settings.site.id
        doors: list[Any] = []
        relay = Relay(
            self.journal,
            site,
            doors,
            central.public_key,
            self.outside.clock,
            asyncio.sleep,
            self.alarm,
            new_question=self.outside.new_name,
        )
        came = partial(self._came, self._commands(relay))
        mqtt = None
        if central.mqtt:
            mqtt = self.outside.mqtt_door(
                central.mqtt, central.topic_prefix, site, username=site, password=self.token, on_ack=relay.on_ack,
                sleep=asyncio.sleep, on_down=came,
            )  # fmt: skip
            doors.append(mqtt)
            self.stages.add("uplink", "status", self._tell_status(mqtt))
        if central.http:
            doors.append(HttpDoor(central.http, self.token, transport=self.outside.transport))
            self.stages.add("uplink", "evidence", self._uploader().run())
            pull = self._pull(mqtt, came)
            self.intake.fetch = pull.fetch
            self.stages.add("uplink", "bulletins", pull.run())
        for door in doors:
            self.stages.add("uplink", f"door-{door.name}", door.run())
        self.stages.add("uplink", "relay", relay.run())
        return relay

    async def _came(self, commands: Commands, what: str, payload: bytes) -> None:
        """From either door: `commands`, or bulletins of any kind."""
        await (commands if what == "commands" else self.intake).take(payload)

    def _commands(self, relay: Relay) -> Commands:
        """What central may order of this site: nothing that lets anybody go."""

        async def tell_state(_: Command) -> Mapping[str, Any]:
            return {"state": {**self.status(), "down": self.intake.seen(), "outbox": dict(await self.journal.depth())}}

        async def offer_again(command: Command) -> Mapping[str, Any]:
            offered = await self.journal.offer_again(command.above_seq)
            relay.kick()
            return {"offered": offered, "above_seq": command.above_seq}

        known = {"tell-state": tell_state, "offer-again": offer_again}
        return Commands(
            self.settings.site.id,
            self.settings.central.public_key,
            shelf_of(self.settings),
            known,
            now=self.outside.clock.now,
            tell=self.tell,
        )

    def _uploader(self) -> EvidenceUploader:
        return EvidenceUploader(
            self.journal,
            self.settings.central.http,
            self.token,
            sleep=asyncio.sleep,
            alarm=self.alarm,
            transport=self.outside.transport,
        )

    def _pull(self, mqtt: MqttDoor | None, came: Callable[[str, bytes], Awaitable[None]]) -> Pull:
        return Pull(
            self.settings.central.http,
            self.token,
            self.settings.site.id,
            seen=self.intake.seen,
            take=came,
            needed=lambda: mqtt is None or not mqtt.ready,
            sleep=asyncio.sleep,
            transport=self.outside.transport,
        )

    async def _tell_status(self, door: MqttDoor) -> None:
        """Central calls a site offline that has said nothing for three minutes, and sends down what it lacks."""
        while True:
            await door.publish_status({**self.status(), "down": self.intake.seen()})
            await asyncio.sleep(STATUS_S)
