"""The MQTT door: entries up, acknowledgements and bulletins down, a retained status with a last will."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiomqtt
import structlog

from gateway.contract.down import DOWN_BYTES_MAX
from gateway.contract.wire import ANSWER_BYTES_MAX, ReceivedAcknowledgement, read_acknowledgements
from gateway.errors import GatewayError, Unreachable
from gateway.uplink.doors import Slow

BACKOFF_MIN_S, BACKOFF_MAX_S = 0.5, 10.0
PUBLISH_S = 5.0
GOODBYE_S = 1.0
KEEPALIVE_S = 20
QUEUED_MAX = 1_000
OUTGOING_MAX = 100
CANCEL_S, CANCELS_MAX = 0.2, 10
QOS = 1

AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""No small packet waits for the other side's delayed TCP acknowledgement: that cost 40 ms a batch."""


class MqttDoor:
    """Keeps one connection to the broker. `on_ack` gets each acknowledgement, `on_down` what else central sends with
    the end of its topic (`down/laws`, `commands`), as they were sent, unbelieved.
    """

    name = "mqtt"

    def __init__(
        self,
        url: str,
        topic_prefix: str,
        site: str,
        *,
        username: str | None,
        password: str | None,
        on_ack: Callable[[ReceivedAcknowledgement], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]],
        on_down: Callable[[str, bytes], Awaitable[None]] | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
        self._tls = aiomqtt.TLSParameters() if parts.scheme == "mqtts" else None
        self._base = f"{topic_prefix}/{site}"
        self._username, self._password = username, password
        self._on_ack, self._on_down = on_ack, on_down
        self._sleep = sleep
        self._client: aiomqtt.Client | None = None
        self._status: Mapping[str, Any] = {}
        self._question = ""
        self._status_due = asyncio.Event()
        self._log = structlog.get_logger().bind(broker=f"{self._host}:{self._port}")

    @property
    def ready(self) -> bool:
        return self._client is not None

    async def run(self) -> None:
        """Until cancelled. The connection is a task of its own, because a library's wait can swallow a cancellation."""
        keeping = asyncio.ensure_future(self._keep_connected())
        try:
            await asyncio.wait({keeping})
            keeping.result()
        finally:
            client, self._client = self._client, None  # from here on nobody says "online"
            self._status_due.set()
            if client is not None:
                await self._say_goodbye(client)
            await _ended(keeping)

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        """An orderly end drops the last will. At QoS 0 this and the DISCONNECT after it are one stream of bytes: a
        broker that reads the second has read the first, and one that reads neither publishes the will.
        """
        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
            await client.publish(self._base + "/status", _text({"online": False}), retain=True, timeout=GOODBYE_S)

    async def _keep_connected(self) -> None:
        backoff_s = BACKOFF_MIN_S
        while True:
            try:
                async with self._connection() as client:
                    backoff_s = BACKOFF_MIN_S
                    await self._attend(client)
            except (aiomqtt.MqttError, OSError) as error:
                self._log.info("broker_lost", reason=str(error), retry_s=backoff_s)
            finally:
                self._client = None
            await self._sleep(backoff_s)
            backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)

    def _connection(self) -> aiomqtt.Client:
        gone = aiomqtt.Will(f"{self._base}/status", _text({"online": False}), qos=QOS, retain=True)
        return aiomqtt.Client(
            self._host,
            self._port,
            username=self._username,
            password=self._password,
            tls_params=self._tls,
            will=gone,
            timeout=PUBLISH_S,
            keepalive=KEEPALIVE_S,
            socket_options=AT_ONCE,
            max_queued_incoming_messages=QUEUED_MAX,
            max_queued_outgoing_messages=OUTGOING_MAX,
        )

    async def _attend(self, client: aiomqtt.Client) -> None:
        down = [] if self._on_down is None else [(f"{self._base}/{tail}", QOS) for tail in ("down/+", "commands")]
        await client.subscribe([(f"{self._base}/acks", QOS), *down])
        self._client = client
        self._status_due.set()
        telling = asyncio.ensure_future(self._tell_status(client))
        try:
            async for message in client.messages:
                payload = message.payload if isinstance(message.payload, bytes | bytearray) else b""
                if message.topic.value == f"{self._base}/acks":
                    await self._acknowledged(bytes(payload[: ANSWER_BYTES_MAX + 1]))
                elif self._on_down is not None and payload:  # an empty one takes a retained message off the broker
                    tail = message.topic.value.removeprefix(f"{self._base}/")
                    await self._on_down(tail, bytes(payload[: DOWN_BYTES_MAX + 1]))
        finally:
            await _ended(telling)

    async def _acknowledged(self, payload: bytes) -> None:
        try:
            received = read_acknowledgements(payload)
        except ValueError as error:
            self._log.warning("acknowledgement_unreadable", reason=str(error)[:200])
            return
        for one in received:
            try:
                await self._on_ack(one)
            except GatewayError as error:  # a full journal must not close the door; what was lost is offered again
                self._log.warning("acknowledgement_not_applied", reason=str(error))

    async def send(self, batch: bytes) -> None:
        """Hand the batch to the broker. Its PUBACK proves nothing about central; the acknowledgement comes later."""
        client = self._client
        if client is None:
            raise Unreachable("the broker is not connected")
        try:
            async with asyncio.timeout(PUBLISH_S):
                await client.publish(f"{self._base}/entries", batch, qos=QOS, timeout=2 * PUBLISH_S)
        except TimeoutError as error:
            raise Slow(f"the broker has not taken it within {PUBLISH_S:g} s") from error
        except (aiomqtt.MqttError, ValueError) as error:  # ValueError: the library's own bound of what may wait
            raise Unreachable(f"the broker does not take it: {error}") from error

    async def ask(self, question: str) -> None:
        """Central answers each status, and says the question back."""
        self._question = question
        self._status_due.set()

    async def publish_status(self, status: Mapping[str, Any]) -> None:
        """Retained: who asks later sees the last one. Returns at once; losing one costs nothing."""
        self._status = status
        self._status_due.set()

    async def _tell_status(self, client: aiomqtt.Client) -> None:
        while True:
            await self._status_due.wait()
            self._status_due.clear()
            if self._client is not client:
                return
            status = {"online": True, **self._status}
            if self._question:
                status["question"] = self._question
            try:
                await client.publish(f"{self._base}/status", _text(status), qos=QOS, retain=True, timeout=PUBLISH_S)
            except aiomqtt.MqttError as error:
                self._log.info("status_not_published", reason=str(error))


def _text(status: Mapping[str, Any]) -> str:
    return json.dumps(status, ensure_ascii=False)


async def _ended(task: "asyncio.Future[None]") -> None:
    """Cancel it until it has ended: one cancellation can be lost when what it waits for comes at the same moment.

    A cancellation of the caller waits until then, so that nothing is left running.
    """
    interrupted = None
    for _ in range(CANCELS_MAX):
        if task.done():
            break
        task.cancel()
        try:
            await asyncio.wait({task}, timeout=CANCEL_S)
        except asyncio.CancelledError as cancelled:
            interrupted = cancelled
    if task.done() and not task.cancelled():
        task.exception()  # seen: what ended the connection is told where it is waited for
    if interrupted is not None:
        raise interrupted
