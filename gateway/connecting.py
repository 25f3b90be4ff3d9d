"""A site's ways to central: what goes up, what comes down, and by which door."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.downlink.intake import Intake
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
        mqtt = None
        if central.mqtt:
            mqtt = self.outside.mqtt_door(
                central.mqtt, central.topic_prefix, site, username=site, password=self.token, on_ack=relay.on_ack,
                sleep=asyncio.sleep, on_down=self.intake.take,
            )  # fmt: skip
            doors.append(mqtt)
            self.stages.add("uplink", "status", self._tell_status(mqtt))
        if central.http:
            doors.append(HttpDoor(central.http, self.token, transport=self.outside.transport))
            self.stages.add("uplink", "evidence", self._uploader().run())
            pull = self._pull(mqtt)
            self.intake.fetch = pull.fetch
            self.stages.add("uplink", "bulletins", pull.run())
        for door in doors:
            self.stages.add("uplink", f"door-{door.name}", door.run())
        self.stages.add("uplink", "relay", relay.run())
        return relay

    def _uploader(self) -> EvidenceUploader:
        return EvidenceUploader(
            self.journal,
            self.settings.central.http,
            self.token,
            sleep=asyncio.sleep,
            alarm=self.alarm,
            transport=self.outside.transport,
        )

    def _pull(self, mqtt: MqttDoor | None) -> Pull:
        return Pull(
            self.settings.central.http,
            self.token,
            self.settings.site.id,
            seen=self.intake.seen,
            take=self.intake.take,
            needed=lambda: mqtt is None or not mqtt.ready,
            sleep=asyncio.sleep,
            transport=self.outside.transport,
        )

    async def _tell_status(self, door: MqttDoor) -> None:
        """Central calls a site offline that has said nothing for three minutes, and sends down what it lacks."""
        while True:
            await door.publish_status({**self.status(), "down": self.intake.seen()})
            await asyncio.sleep(STATUS_S)
