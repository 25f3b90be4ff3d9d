"""Evidence goes up by its hash, after its entry: small pieces together, large ones in parts that can resume.

What a body of several does not bring to central, for whatever reason, goes alone, and that tells the reason. After each
such body the line rests as long as it was busy: a day's backlog leaves the processors, the disk and the line to what is
weighed meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import structlog
from pydantic_core import from_json

from gateway.contract.together import how_many, together_of
from gateway.errors import JournalError, Unreachable
from gateway.ports import Evidence, Outbox
from gateway.uplink.http import exchange, trusted

PIECE_BYTES = 256 * 1024
SMALL_BYTES_MAX = PIECE_BYTES // 4  # of what goes together: a larger one fills most of a body alone
TAKEN_MAX = 32  # of the outbox in one look; it gives fewer where they are large
AT_ONCE = 3  # more would bring a backlog up sooner, and hold up the lanes
PARKED_MAX = 1_000
PARKED_MIN_S, PARKED_MAX_S = 60.0, 3_600.0
PIECE_S = 60.0
IDLE_S, IDLE_MAX_S = 1.0, 5.0
BACKOFF_MAX_S = 30.0
WHO_WE_ARE = (401, 403)
WHAT_IT_IS = (400, 411, 413, 422)
NO_SUCH_DOOR = (404, 405)  # a central that is older than this gateway


@dataclass(frozen=True, slots=True)
class Parked:
    """One blob that central does not take: why, how often it has said so, and when it is asked again (loop time)."""

    reason: str
    times: int
    until_s: float


@dataclass(slots=True)
class _Line:
    """One of the uploads that run side by side; `due` is what they all take from."""

    due: deque[Evidence]
    arrived: list[Evidence] = field(default_factory=list)
    parked: int = 0
    failure: Exception | None = None


class EvidenceUploader:
    """Takes what the outbox says is due; HEAD tells how much central has, PUT with Content-Range brings the rest."""

    def __init__(
        self,
        outbox: Outbox,
        base_url: str,
        token: str,
        *,
        sleep: Callable[[float], Awaitable[None]],
        alarm: Callable[[str, str], None],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._outbox = outbox
        self._sleep = sleep
        self._alarm = alarm
        headers = {"authorization": f"Bearer {token}", "accept-encoding": "identity"}
        self._client = httpx.AsyncClient(
            base_url=base_url, headers=headers, timeout=15.0, transport=transport, verify=trusted(base_url)
        )
        self._log = structlog.get_logger()
        self._parked: dict[str, Parked] = {}
        self._refused_us = False
        self._together = True  # until central knows no such door: from then on each goes alone

    @property
    def parked(self) -> Mapping[str, Parked]:
        """What central does not take at present, by hash. Nothing is deleted: each is tried again, ever more rarely."""
        return self._parked

    async def run(self) -> None:
        wait_s = IDLE_S
        try:
            while True:
                try:
                    sent = await self.upload_due()
                    wait_s = IDLE_S if sent else min(wait_s * 1.5, IDLE_MAX_S)
                    if sent:
                        continue
                except (httpx.RequestError, Unreachable, TimeoutError, JournalError) as error:
                    self._log.info("evidence_waits", reason=f"{type(error).__name__} {error}", retry_s=wait_s)
                    wait_s = min(wait_s * 2, BACKOFF_MAX_S)
                await self._sleep(wait_s)
        finally:
            await self._client.aclose()

    async def upload_due(self) -> int:
        """Bring up what is due; how many arrived or were parked: then there may be more to do at once.

        Raises:
            Unreachable, httpx.RequestError, TimeoutError: central does not answer, or not now.
            JournalError: what central has now could not be marked.
        """
        now_s = asyncio.get_running_loop().time()
        waiting = frozenset(name for name, one in self._parked.items() if one.until_s > now_s)
        pending = await self._outbox.pending_evidence(TAKEN_MAX, exclude=waiting)
        together = await self._bring_up_together(pending)
        due = deque(one for one in pending if one not in together)
        lines = [_Line(due) for _ in range(min(AT_ONCE, len(due)))]
        async with asyncio.TaskGroup() as group:
            for line in lines:
                group.create_task(self._bring_up(line))
        arrived = [*together, *(one for line in lines for one in line.arrived)]
        await self._delivered(arrived)
        failures = [line.failure for line in lines if line.failure is not None]
        moved = len(arrived) + sum(line.parked for line in lines)
        for failure in failures:
            if isinstance(failure, Unreachable) or not moved:
                raise failure
        return moved

    async def _bring_up_together(self, due: Sequence[Evidence]) -> list[Evidence]:
        """Of what is due the small ones, a body at a time; which arrived. What has failed before goes alone."""
        small = [one for one in due if len(one.content) <= SMALL_BYTES_MAX and one.sha256 not in self._parked]
        arrived: list[Evidence] = []
        while self._together and len(small) > 1:
            count = how_many([len(one.content) for one in small])
            here = await self._here_now(small[:count])
            if not here:
                break
            arrived += (one for one in small[:count] if one.sha256 in here)
            small = small[count:]
        return arrived

    async def _here_now(self, pieces: Sequence[Evidence]) -> set[str]:
        """Send these together; the names of those that central then has, none where anything goes wrong."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        body = together_of([(one.sha256, one.content) for one in pieces])
        try:
            status, _, said = await self._exchange(self._client.build_request("PUT", "/api/v1/evidence", content=body))
            names = from_json(said) if status == httpx.codes.OK else []
        except (httpx.RequestError, TimeoutError, Unreachable, ValueError):
            return set()
        self._together = status not in NO_SUCH_DOOR
        await self._sleep(loop.time() - began_s)
        return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()

    async def _bring_up(self, line: "_Line") -> None:
        """One after the other, beside the other lines: while central's disk works at one, the next is on its way."""
        while line.due and line.failure is None:
            one = line.due.popleft()
            try:
                await self._settle(one, line)
            except (httpx.RequestError, TimeoutError) as error:
                line.failure = error  # the line, or these bytes on it: the next one tells
                self._park(one, f"{type(error).__name__} {error}", alarm=False)
            except Unreachable as error:
                line.failure = error
                line.due.clear()

    async def _settle(self, one: Evidence, line: "_Line") -> None:
        """Bring one up; it is at central then, or parked.

        Raises:
            Unreachable, httpx.RequestError, TimeoutError: neither.
        """
        status, said = await self.upload(one)
        if httpx.codes.is_success(status):
            line.arrived.append(one)
            self._refused_us = False
        else:
            self._not_taken(one, status, said)
            line.parked += 1

    async def _delivered(self, arrived: Sequence[Evidence]) -> None:
        """In one commit: a weighing's own must not stand behind one for each file. What a power cut leaves unmarked is
        sent again.

        Raises:
            JournalError: none is marked.
        """
        if arrived:
            await self._outbox.evidence_delivered(*(one.sha256 for one in arrived))
        for one in arrived:
            self._parked.pop(one.sha256, None)

    async def upload(self, one: Evidence) -> tuple[int, str]:
        """One blob, from where central already is; the status and the beginning of central's last answer.

        One that fits into a single piece is sent without asking first, unless that has failed before.
        """
        url = f"/api/v1/evidence/{one.sha256}"
        total, status, offset, body = len(one.content), 404, 0, b""
        if total > PIECE_BYTES or one.sha256 in self._parked:
            status, headers, _ = await self._exchange(self._client.build_request("HEAD", url))
            offset = _offset_of(headers) if status in (200, 404) else 0
        if offset > total:  # more than there is: begin anew
            offset = 0
        pieces = total // PIECE_BYTES + 1
        while status in (404, 308) and offset <= total and pieces >= 0:
            piece = one.content[offset : offset + PIECE_BYTES]
            more = {"content-type": one.media_type}
            if piece:
                more["content-range"] = f"bytes {offset}-{offset + len(piece) - 1}/{total}"
            elif offset:  # every byte is there already, yet central could not finish the file
                more["content-range"] = f"bytes */{total}"
            request = self._client.build_request("PUT", url, content=piece, headers=more)
            status, headers, body = await self._exchange(request)
            offset = _offset_of(headers)
            pieces -= 1
        return status, body[:200].decode("utf-8", "replace")

    async def _exchange(self, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
        async with asyncio.timeout(PIECE_S):
            status, headers, body = await exchange(self._client, request)
        return status, headers, body

    def _not_taken(self, one: Evidence, status: int, said: str) -> None:
        """Park what central will not have; wait, for all of them, where it is about us or about central.

        Raises:
            Unreachable: none will be taken now.
        """
        reason = f"central answers {status} {said}".rstrip()
        if status in WHO_WE_ARE:
            if not self._refused_us:
                self._refused_us = True
                self._alarm("evidence-refused", f"{one.sha256}: {reason}")
            raise Unreachable(reason)
        self._park(one, reason, alarm=status in WHAT_IT_IS)
        if status not in WHAT_IT_IS:
            raise Unreachable(reason)

    def _park(self, one: Evidence, reason: str, *, alarm: bool) -> None:
        before = self._parked.get(one.sha256)
        if before is None and len(self._parked) >= PARKED_MAX:
            raise Unreachable(f"{PARKED_MAX} blobs are parked; the next was refused with: {reason}")
        times = 1 if before is None else before.times + 1
        first_s = PARKED_MIN_S if alarm else IDLE_S
        wait_s = min(first_s * 2 ** min(times - 1, 10), PARKED_MAX_S if alarm else BACKOFF_MAX_S)
        until_s = asyncio.get_running_loop().time() + wait_s
        self._parked[one.sha256] = Parked(reason, times, until_s)
        self._log.info("evidence_parked", sha256=one.sha256, reason=reason, retry_s=wait_s)
        if alarm and (before is None or before.reason != reason):
            self._alarm("evidence-refused", f"{one.sha256}: {reason}")


def _offset_of(headers: httpx.Headers) -> int:
    """The bytes central has, by its Upload-Offset; 0 where it does not say."""
    text: str = headers.get("upload-offset", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else 0
