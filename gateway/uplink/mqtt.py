"""The MQTT door: entries up, acknowledgements down, a retained status with a last will."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiomqtt
import structlog
from pydantic import ValidationError

from gateway.contract.wire import Acknowledgement
from gateway.errors import GatewayError, Unreachable

BACKOFF_MIN_S, BACKOFF_MAX_S = 0.5, 10.0
PUBLISH_S = 5.0
GOODBYE_S = 1.0
ACK_BYTES_MAX = 4 * 1024 * 1024
QUEUED_MAX = 1_000


class MqttDoor:
    """Keeps one connection to the broker; `on_ack` gets each acknowledgement, `on_down` what central sends down."""

    name = "mqtt"

    def __init__(
        self,
        url: str,
        topic_prefix: str,
        site: str,
        *,
        username: str | None,
        password: str | None,
        on_ack: Callable[[Acknowledgement], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]],
        on_down: Callable[[str, bytes], Awaitable[None]] | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._host, self._port = (
            parts.hostname or "127.0.0.1",
            parts.port or (8883 if parts.scheme == "mqtts" else 1883),
        )
        self._tls = aiomqtt.TLSParameters() if parts.scheme == "mqtts" else None
        self._base = f"{topic_prefix}/{site}"
        self._username, self._password = username, password
        self._on_ack, self._on_down = on_ack, on_down
        self._sleep = sleep
        self._client: aiomqtt.Client | None = None
        self._status: Mapping[str, Any] = {}
        self._log = structlog.get_logger().bind(broker=f"{self._host}:{self._port}")

    @property
    def ready(self) -> bool:
        return self._client is not None

    async def run(self) -> None:
        backoff_s = BACKOFF_MIN_S
        while True:
            try:
                async with self._connection() as client:
                    backoff_s = BACKOFF_MIN_S
                    try:
                        await self._attend(client)
                    except asyncio.CancelledError:
                        await self._say_goodbye(client)
                        raise
            except (aiomqtt.MqttError, OSError) as error:
                self._log.info("broker_lost", reason=str(error), retry_s=backoff_s)
            finally:
                self._client = None
            await self._sleep(backoff_s)
            backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)

    def _connection(self) -> aiomqtt.Client:
        gone = aiomqtt.Will(f"{self._base}/status", json.dumps({"online": False}), qos=1, retain=True)
        return aiomqtt.Client(
            self._host,
            self._port,
            username=self._username,
            password=self._password,
            tls_params=self._tls,
            will=gone,
            timeout=PUBLISH_S,
            max_queued_incoming_messages=QUEUED_MAX,
        )

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        """The last will covers a sudden end only: after an orderly one the broker drops it."""
        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
            payload = json.dumps({"online": False})
            await client.publish(f"{self._base}/status", payload, qos=1, retain=True, timeout=GOODBYE_S)

    async def _attend(self, client: aiomqtt.Client) -> None:
        await client.subscribe([(f"{self._base}/acks", 1), (f"{self._base}/down/#", 1)])
        self._client = client
        await self.publish_status(self._status)
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes | bytearray) else b""
            if len(payload) > ACK_BYTES_MAX:
                self._log.warning("message_too_long", topic=message.topic.value, bytes=len(payload))
                continue
            try:
                await self._take(message.topic.value, bytes(payload))
            except GatewayError as error:  # a full journal must not close the door; what was lost is offered again
                self._log.warning("message_not_applied", topic=message.topic.value, reason=str(error))

    async def _take(self, topic: str, payload: bytes) -> None:
        if topic == f"{self._base}/acks":
            await self._acknowledged(payload)
        elif self._on_down is not None:
            await self._on_down(topic.removeprefix(f"{self._base}/down/"), payload)

    async def _acknowledged(self, payload: bytes) -> None:
        try:
            ack = Acknowledgement.model_validate_json(payload)
        except ValidationError as error:
            self._log.warning("acknowledgement_unreadable", faults=error.error_count())
            return
        await self._on_ack(ack)

    async def send(self, batch: bytes) -> None:
        """Hand the batch to the broker. Its PUBACK proves nothing about central; the acknowledgement comes later."""
        client = self._client
        if client is None:
            raise Unreachable("the broker is not connected")
        try:
            await client.publish(f"{self._base}/entries", batch, qos=1, timeout=PUBLISH_S)
        except (TimeoutError, aiomqtt.MqttError) as error:
            raise Unreachable(f"the broker does not take it: {error}") from error

    async def publish_status(self, status: Mapping[str, Any]) -> None:
        """Retained: who asks later sees the last one. Losing it costs nothing."""
        self._status = status
        if self._client is None:
            return
        try:
            payload = json.dumps({"online": True, **status})
            await self._client.publish(f"{self._base}/status", payload, qos=1, retain=True, timeout=PUBLISH_S)
        except aiomqtt.MqttError as error:
            self._log.info("status_not_published", reason=str(error))
