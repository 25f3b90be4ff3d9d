"""The way down where the broker is not: central is asked over HTTP what it has above the numbers seen here."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import structlog

from gateway.contract.down import DOWN_BYTES_MAX, Kind, above_text
from gateway.errors import Unreachable
from gateway.uplink.http import exchange, trusted

FIRST_S, EVERY_S = 5.0, 120.0
TIMEOUT_S = 60.0


class Pull:
    """Asks while `needed` says so: over MQTT central pushes by itself."""

    def __init__(
        self,
        base_url: str,
        token: str,
        site: str,
        *,
        seen: Callable[[], dict[Kind, int]],
        take: Callable[[bytes], Awaitable[None]],
        needed: Callable[[], bool],
        sleep: Callable[[float], Awaitable[None]],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"authorization": f"Bearer {token}", "accept-encoding": "identity"},
            timeout=TIMEOUT_S,
            transport=transport,
            verify=trusted(base_url),
        )
        self._path = f"/api/v1/down/{site}"
        self._seen, self._take, self._needed, self._sleep = seen, take, needed, sleep
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Until cancelled."""
        wait_s = FIRST_S
        try:
            while True:
                await self._sleep(wait_s)
                wait_s = EVERY_S
                if self._needed():
                    await self._ask()
        finally:
            await self._client.aclose()

    async def _ask(self) -> None:
        request = self._client.build_request("GET", self._path, params={"above": above_text(self._seen())})
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status, _, body = await exchange(self._client, request, bytes_max=DOWN_BYTES_MAX)
        except (TimeoutError, httpx.RequestError, RuntimeError, Unreachable) as error:
            self._log.info("bulletins_not_asked", reason=f"{type(error).__name__} {error}")
            return
        if status == httpx.codes.OK:
            await self._take(body)
        else:
            self._log.info("bulletins_not_given", status=status, said=body[:200].decode("utf-8", "replace"))
