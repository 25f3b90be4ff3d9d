"""An MQTT broker in memory, behind the calls of the real client: both real doors run over it unaltered.

It acknowledges what it is given and may then forget it, say it twice, late, or in another order; nothing relies on it.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiomqtt

from central.mqtt import MqttDoor as CentralDoor
from gateway.uplink.mqtt import MqttDoor as SiteDoor
from weighgate.virtual.machine import Machine
from weighgate.virtual.network import Line

QUEUED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Message:
    topic: aiomqtt.Topic
    payload: bytes


@dataclass
class VirtualBroker:
    """`forget`, `duplicate`: chances per message and receiver. Delays come from each side's line."""

    rng: random.Random
    up: bool = True
    forget: float = 0.0
    duplicate: float = 0.0
    jitter_s: float = 0.0
    clients: "list[VirtualClient]" = field(default_factory=list)
    retained: dict[str, bytes] = field(default_factory=dict)

    def heal(self) -> None:
        self.up, self.forget, self.duplicate, self.jitter_s = True, 0.0, 0.0, 0.0

    def go_down(self) -> None:
        self.up = False
        for client in list(self.clients):
            client.drop("the broker is gone")

    def hang_up(self, line: Line) -> None:
        """Whoever is on this line has lost the broker."""
        for client in [one for one in self.clients if one.line is line]:
            client.drop("the connection broke")

    def take(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if retain:
            self.retained[topic] = payload
        for client in list(self.clients):
            if client.wants(topic):
                self.give(client, topic, payload)

    def give(self, client: "VirtualClient", topic: str, payload: bytes) -> None:
        if self.rng.random() < self.forget:
            return
        for _ in range(1 + (self.rng.random() < self.duplicate)):
            wait_s = client.line.delay_s + self.rng.random() * (client.line.jitter_s + self.jitter_s)
            asyncio.get_running_loop().call_later(wait_s, client.deliver, Message(aiomqtt.Topic(topic), payload))


class VirtualClient:
    """What the doors use of aiomqtt.Client."""

    def __init__(self, broker: VirtualBroker, machine: Machine, line: Line, will: tuple[str, bytes] | None) -> None:
        self._broker, self._machine, self.line, self._will = broker, machine, line, will
        self._filters: list[aiomqtt.Topic | aiomqtt.Wildcard] = []
        self._queue: deque[Message] = deque(maxlen=QUEUED_MAX)
        self._arrived = asyncio.Event()
        self._fault = ""

    async def __aenter__(self) -> Self:
        await asyncio.sleep(self.line.delay_s)
        self._assert_reached()
        self._broker.clients.append(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop("closed")

    def wants(self, topic: str) -> bool:
        return any(aiomqtt.Topic(topic).matches(one) for one in self._filters)

    def deliver(self, message: Message) -> None:
        if self._fault or self.line.cut or not self._machine.alive:
            return
        self._queue.append(message)
        self._arrived.set()

    def drop(self, why: str) -> None:
        if self._fault:
            return
        self._fault = why
        self._arrived.set()
        if self in self._broker.clients:
            self._broker.clients.remove(self)
            if self._will is not None and self._broker.up and why != "closed":
                self._broker.take(*self._will, retain=True)

    async def subscribe(self, topics: Sequence[tuple[str, int]]) -> None:
        await asyncio.sleep(self.line.delay_s)
        self._assert_reached()
        self._filters = [aiomqtt.Wildcard(topic) for topic, _ in topics]
        for topic, payload in sorted(self._broker.retained.items()):
            if self.wants(topic):
                self._broker.give(self, topic, payload)

    async def publish(
        self,
        topic: str,
        payload: str | bytes,
        qos: int = 0,
        retain: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
    ) -> None:
        assert qos <= 1
        await asyncio.sleep(self.line.delay_s + self._broker.rng.random() * self.line.jitter_s)
        self._assert_reached()
        data = payload.encode() if isinstance(payload, str) else payload
        self._broker.take(topic, data, retain=retain)
        if self.line.answers_lost:
            await asyncio.sleep(timeout or 10.0)
            raise aiomqtt.MqttError("Operation timed out")

    @property
    def messages(self) -> AsyncIterator[Message]:
        return self._messages()

    async def _messages(self) -> AsyncIterator[Message]:
        while True:
            while self._queue:
                yield self._queue.popleft()
            if self._fault:
                raise aiomqtt.MqttError(self._fault)
            self._arrived.clear()
            await self._arrived.wait()

    def _assert_reached(self) -> None:
        if self._fault or self.line.cut or not self._broker.up or not self._machine.alive:
            raise aiomqtt.MqttError(self._fault or "nobody answers")


def site_door(broker: VirtualBroker, machine: Machine, line: Line) -> type[SiteDoor]:
    """The site's real door, connected here."""

    class Door(SiteDoor):
        def _connection(self) -> Any:
            will = (f"{self._base}/status", b'{"online": false}')
            return VirtualClient(broker, machine, line, will)

    return Door


def central_door(broker: VirtualBroker, machine: Machine, line: Line) -> type[CentralDoor]:
    """Central's real door, connected here."""

    class Door(CentralDoor):
        def _client(self) -> Any:
            return VirtualClient(broker, machine, line, None)

    return Door
