"""A journal with evidence to bring up and a centre that takes it, as the tests of the upload need them."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from uplink_world import until

from gateway.contract.together import apart
from gateway.ports import Evidence
from gateway.uplink.evidence import EvidenceUploader


def blob(content: bytes) -> Evidence:
    return Evidence(hashlib.sha256(content).hexdigest(), "application/octet-stream", content)


@dataclass
class Waiting:
    """The outbox's evidence side."""

    blobs: list[Evidence]

    at_once: int = 0

    async def pending_evidence(self, limit: int, *, exclude: frozenset[str] = frozenset()) -> Sequence[Evidence]:
        self.at_once = max(self.at_once, limit)
        return [one for one in self.blobs if one.sha256 not in exclude][:limit]

    async def evidence_delivered(self, *sha256: str) -> None:
        self.blobs = [one for one in self.blobs if one.sha256 not in sha256]


@dataclass
class Centre:
    """Answers as central does: HEAD 200 whole or 404 with the offset; PUT 201, 308, 409, 422. `bodies`: how many pieces
    came in each body of several, None for a centre that knows none.
    """

    whole: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, bytes] = field(default_factory=dict)
    breaks_after: int = -1
    spans: list[str] = field(default_factory=list)
    answers_first: list[int] = field(default_factory=list)
    bodies: list[int] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name == "evidence":
            return self.put_together(request)
        if self.answers_first:
            return httpx.Response(self.answers_first.pop(0))
        if request.method == "HEAD":
            found = self.whole.get(name)
            have = self.parts.get(name, b"") if found is None else found
            return self.say(404 if found is None else 200, have)
        return self.put(name, request)

    def put(self, name: str, request: httpx.Request) -> httpx.Response:
        span = request.headers.get("content-range", f"bytes 0-0/{len(request.content)}")
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", span)
        if match is None:
            return httpx.Response(400)
        have = self.parts.get(name, b"")
        if int(match[1]) != len(have):
            return self.say(409, have)
        if self.breaks_after == 0:
            raise httpx.ReadError("the line broke", request=request)
        self.breaks_after -= 1
        self.spans.append(span)
        have = self.parts[name] = have + request.content
        if len(have) < int(match[3]):
            return self.say(308, have)
        if hashlib.sha256(have).hexdigest() != name:
            del self.parts[name]
            return self.say(422, b"")
        self.whole[name] = have
        return self.say(201, have)

    def put_together(self, request: httpx.Request) -> httpx.Response:
        if self.bodies is None:
            return httpx.Response(405)
        pieces = apart(request.content)
        self.bodies.append(len(pieces))
        self.whole |= dict(pieces)
        return httpx.Response(200, json=[name for name, _ in pieces])

    @staticmethod
    def say(code: int, have: bytes) -> httpx.Response:
        return httpx.Response(code, headers={"Upload-Offset": str(len(have))})


def uploader(
    waiting: Any, centre: Centre, alarms: list[str], *, answer: Any = None, sleep: Any = asyncio.sleep
) -> EvidenceUploader:
    return EvidenceUploader(
        waiting,
        "http://central",
        "a-site-token",
        sleep=sleep,
        alarm=lambda code, detail: alarms.append(f"{code} {detail}"),
        transport=httpx.MockTransport(answer or centre),
    )


async def reached(task: Awaitable[None], goal: Callable[[], bool], within_s: float = 60) -> None:
    running = asyncio.ensure_future(task)
    try:
        await until(lambda: goal() or running.done(), within_s)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert goal()
