"""The way down where the broker is not: central is asked over HTTP what it has above the numbers seen here."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import structlog

from gateway.contract.down import DOWN_BYTES_MAX, Kind, above_text
from gateway.errors import Unreachable
from gateway.uplink.http import exchange, trusted

FIRST_S, EVERY_S = 5.0, 60.0
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
        take: Callable[[str, bytes], Awaitable[None]],
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
        self._site = site
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
                    await self.fetch()
        finally:
            await self._client.aclose()

    async def fetch(self) -> str:
        """Ask once, now; what kept central from answering, empty where it did."""
        above = {"above": above_text(self._seen())}
        return await self._ask("down", f"/api/v1/down/{self._site}", above) or await self._ask(
            "commands", f"/api/v1/commands/{self._site}", {}
        )

    async def _ask(self, what: str, path: str, params: dict[str, str]) -> str:
        request = self._client.build_request("GET", path, params=params)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status, _, body = await exchange(self._client, request, bytes_max=DOWN_BYTES_MAX)
        except (TimeoutError, httpx.RequestError, RuntimeError, Unreachable) as error:
            return self._not_given(f"nobody answers: {type(error).__name__} {error}")
        if status != httpx.codes.OK:
            return self._not_given(f"central answers {status}: {body[:200].decode('utf-8', 'replace')}")
        await self._take(what, body)
        return ""

    def _not_given(self, reason: str) -> str:
        self._log.info("bulletins_not_given", reason=reason)
        return reason
