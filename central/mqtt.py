"""The MQTT door: entries up, acknowledgements and bulletins down. Nothing here relies on what the broker keeps."""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import aiomqtt
import structlog

from central.bulletins import Bulletins
from central.commands import Commands
from central.down_files import message_of
from central.errors import BatchError, BulletinError, StoreError
from central.examine import read_batch
from central.metrics import Metrics
from central.receiver import STATUS_BYTES_MAX, Examined, Receiver
from central.settings import MqttSettings
from gateway.contract.down import KINDS, Kind, down_of
from gateway.contract.wire import Acknowledgement, digest_of, question_of

WAITING_MAX = 64
"""Messages that may wait; later ones are dropped unacknowledged and the edges offer them again."""

ANSWERING_MAX = 2
"""Batches that are being stored or answered while the next one is looked at."""

BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)
LASTED_S = 30
"""A connection begins the waits anew only when it held for so long: one that breaks at once is a failure like any."""

SENT_AGAIN_S = 300.0
"""A site that still has not seen what was sent so long ago is sent it again."""

QOS = 1

AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""No small packet waits for the other side's delayed TCP acknowledgement: that cost 40 ms a batch."""

log = structlog.get_logger()


class MqttDoor:
    def __init__(
        self,
        settings: MqttSettings,
        receiver: Receiver,
        metrics: Metrics,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        bulletins: Bulletins | None = None,
        commands: Commands | None = None,
    ) -> None:
        self._settings = settings
        self._bulletins, self._commands = bulletins, commands
        self._client_now: aiomqtt.Client | None = None
        self._sent_down: dict[tuple[str, Kind], tuple[int, float]] = {}
        self._sleep = sleep
        self._receiver = receiver
        self._metrics = metrics
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled; an absent broker is waited for, not fatal."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began_s = loop.time()
            try:
                async with self._client() as client:
                    await self._serve(client)
            except (aiomqtt.MqttError, OSError) as error:
                log.warning("broker_lost", host=self._settings.host, port=self._settings.port, reason=str(error))
            finally:
                self._client_now = None
                self.connected.clear()
                self._metrics.mqtt_connected.set(0)
            failures = 0 if loop.time() - began_s > LASTED_S else failures
            await self._sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])
            failures += 1

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            self._settings.host,
            self._settings.port,
            username=self._settings.username,
            password=self._settings.password,
            tls_params=aiomqtt.TLSParameters() if self._settings.tls else None,
            max_queued_incoming_messages=WAITING_MAX,
            timeout=10,
            keepalive=20,
            socket_options=AT_ONCE,
        )

    async def _serve(self, client: aiomqtt.Client) -> None:
        prefix = self._settings.topic_prefix
        await client.subscribe([(f"{prefix}/+/entries", QOS), (f"{prefix}/+/status", QOS)])
        with contextlib.suppress(StoreError):  # said in the log there; each later batch tells where it stands
            await self._tell_all(client)
        self._client_now = client
        self.connected.set()
        self._metrics.mqtt_connected.set(1)
        log.info("broker_connected", host=self._settings.host, port=self._settings.port)
        answering: deque[asyncio.Task[None]] = deque()
        try:
            async for message in client.messages:
                site, _, kind = message.topic.value.removeprefix(f"{prefix}/").partition("/")
                payload = message.payload
                if not self._receiver.knows(site):
                    self._metrics.unknown_sites.inc()
                elif isinstance(payload, bytes) and (answer := await self._read(client, site, kind, payload)):
                    while answering and (len(answering) == ANSWERING_MAX or answering[0].done()):
                        await answering.popleft()
                    answering.append(asyncio.create_task(self._answered(site, answer)))
        finally:
            for task in answering:
                task.cancel()
            await asyncio.gather(*answering, return_exceptions=True)

    async def _read(
        self, client: aiomqtt.Client, site: str, kind: str, payload: bytes
    ) -> Callable[[], Awaitable[None]] | None:
        """Look at a message while the one before it is being committed; what is still to be done, in turn."""
        if kind == "status":
            if len(payload) <= STATUS_BYTES_MAX:
                return partial(self._take_status, client, site, payload)
            self._metrics.bad_batches.labels("mqtt").inc()
            return None
        try:
            batch = read_batch(payload)
        except BatchError as error:
            self._metrics.bad_batches.labels("mqtt").inc()
            log.warning("batch_rejected", site=site, reason=str(error))
            return None
        self._metrics.nameless.inc(batch.nameless)
        examined = await self._receiver.examined(site, batch.events, batch.rejected, digest_of(payload))
        return partial(self._take, client, examined)

    async def _answered(self, site: str, answer: Callable[[], Awaitable[None]]) -> None:
        try:
            await answer()
        except StoreError as error:
            log.error("batch_not_stored", site=site, reason=str(error))  # noqa: TRY400 - expected

    async def _take(self, client: aiomqtt.Client, batch: Examined) -> None:
        await self._tell(client, await self._receiver.store(batch))

    async def _take_status(self, client: aiomqtt.Client, site: str, payload: bytes) -> None:
        await self._receiver.note_status(site, payload.decode("utf-8", "replace"))
        # a site that has just come up may have missed what was told on connect
        await self._tell(client, await self._receiver.current(site, question_of(payload)))
        seen = down_of(payload)
        if seen is not None:
            await self._send_down(client, site, seen)
            await self._send_commands(client, site)

    async def send_down(self, site: str) -> None:
        """Something new was issued for this site: hand it to the broker, if there is one. The site's status tells
        whether it came; what did not is sent again.
        """
        client = self._client_now
        if client is not None:
            with contextlib.suppress(aiomqtt.MqttError):
                await self._send_down(client, site, {})

    async def send_commands(self, site: str) -> None:
        """As `send_down`; a site hears them again with each status until it has acknowledged them."""
        client = self._client_now
        if client is not None:
            with contextlib.suppress(aiomqtt.MqttError):
                await self._send_commands(client, site)

    async def _send_commands(self, client: aiomqtt.Client, site: str) -> None:
        try:
            waiting = [] if self._commands is None else await self._commands.open(site)
        except BulletinError as error:
            log.error("commands_not_read", site=site, reason=str(error))  # noqa: TRY400 - expected
            return
        if waiting:
            topic = f"{self._settings.topic_prefix}/{site}/commands"
            await client.publish(topic, message_of(waiting), qos=QOS)

    async def _send_down(self, client: aiomqtt.Client, site: str, seen: Mapping[Kind, int]) -> None:
        """All that a kind has in force and to come, retained, where the site has not seen the newest of it."""
        if self._bulletins is None:
            return
        now_s = asyncio.get_running_loop().time()
        try:
            missing = self._bulletins.above(site, seen)
        except BulletinError as error:
            log.error("bulletins_not_read", site=site, reason=str(error))  # noqa: TRY400 - expected
            return
        for kind in KINDS:
            together = [one for one in missing if one.bulletin.kind == kind]
            newest = max((one.bulletin.number for one in together), default=0)
            sent = self._sent_down.get((site, kind))
            if newest and (sent is None or sent[0] < newest or now_s - sent[1] >= SENT_AGAIN_S):
                topic = f"{self._settings.topic_prefix}/{site}/down/{kind}"
                await client.publish(topic, message_of(together), qos=QOS, retain=True)
                self._sent_down[site, kind] = newest, now_s

    async def _tell_all(self, client: aiomqtt.Client) -> None:
        await self._tell(client, await self._receiver.current())

    async def _tell(self, client: aiomqtt.Client, acks: list[Acknowledgement]) -> None:
        for ack in acks:
            topic = f"{self._settings.topic_prefix}/{ack.site}/acks"
            await client.publish(topic, ack.model_dump_json(), qos=QOS)
