"""The HTTP door: POST a batch, the answer is central's acknowledgement."""

import asyncio
from collections.abc import Sequence

import httpx
from pydantic import TypeAdapter, ValidationError

from gateway.contract.wire import BATCH_CONTENT_TYPE, Acknowledgement
from gateway.errors import Refused, Unreachable
from gateway.uplink.doors import BatchRefused

TIMEOUT_S = 10.0
OF_THE_BATCH = (400, 413, 422)
ACKS: TypeAdapter[list[Acknowledgement]] = TypeAdapter(list[Acknowledgement])


class HttpDoor:
    """The token rides in a header and in no log."""

    name = "http"

    def __init__(self, base_url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
            transport=transport,
        )

    @property
    def ready(self) -> bool:
        return True

    async def run(self) -> None:
        """Nothing to keep up: HTTP connects when it sends. Closes the pool at the end."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._client.aclose()

    async def send(self, batch: bytes) -> Sequence[Acknowledgement]:
        try:
            answer = await self._client.post(
                "/api/v1/entries", content=batch, headers={"content-type": BATCH_CONTENT_TYPE}
            )
        except httpx.RequestError as error:
            raise Unreachable(f"{type(error).__name__} {error}") from error
        if answer.status_code >= 500 or answer.status_code in (408, 425, 429):
            raise Unreachable(f"central answers {answer.status_code}")
        if answer.status_code in OF_THE_BATCH:
            raise BatchRefused(f"central answers {answer.status_code}: {answer.text[:300]}")
        if answer.status_code != 200:
            raise Refused(f"central answers {answer.status_code}: {answer.text[:300]}")
        try:
            return ACKS.validate_json(answer.content)
        except ValidationError as error:
            raise Unreachable(f"the answer is no acknowledgement: {error.error_count()} faults") from error
