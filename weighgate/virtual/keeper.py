"""A site's gate keeper, who now and then lets a held vehicle go through the box's own door, sometimes twice."""

import asyncio
import contextlib
import random

import httpx

from weighgate.virtual.box import Box

LOOK_S = (2.0, 12.0)
LETS_GO, TWICE = 0.35, 0.3


class Keeper:
    """Looks from time to time who is held. What the box refuses, or cannot store, is no business of his."""

    def __init__(self, box: Box, client: httpx.AsyncClient, url: str, token: str, rng: random.Random) -> None:
        self._box, self._client, self._url, self._rng = box, client, f"{url}/api/v1/release", rng
        self._headers = {"Authorization": f"Bearer {token}"}

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(*LOOK_S))
            held = self._held()
            if held and self._rng.random() < LETS_GO:
                entry = self._rng.choice(held)
                orders = 2 if self._rng.random() < TWICE else 1
                await asyncio.gather(*(self._order(entry) for _ in range(orders)))

    def _held(self) -> list[str]:
        site = self._box.site
        lanes = [] if site is None else site.station.lanes.values()
        return [entry for lane in lanes if (entry := lane.held_entry) is not None]

    async def _order(self, entry: str) -> None:
        order = {"entry": entry, "by": "keeper", "reason": "the load was looked at"}
        with contextlib.suppress(httpx.HTTPError):
            await self._client.post(self._url, json=order, headers=self._headers)
