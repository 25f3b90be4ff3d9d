"""The authority that lists vehicles: while all else goes wrong, central is told by its own door to send a list down."""

import asyncio
import json
import random
from typing import TYPE_CHECKING, Any

import httpx

from weighgate.virtual.centre import Centre
from weighgate.virtual.clock import TrueClock
from weighgate.virtual.network import HttpWay, Line
from weighgate.virtual.swarm import Listing

if TYPE_CHECKING:
    from weighgate.virtual.place import Place

STATUSES = ("watched", "discredited", "certificate-revoked")
AGAIN_S = 2.0
LATER = 503  # central's own disk or database fails it: offer it again


class Authority:
    """`newest` is, by site, the number of the last list that central said it had published."""

    def __init__(self, centre: Centre, token: str, clock: TrueClock, rng: random.Random) -> None:
        self._centre, self._clock, self._rng = centre, clock, rng
        self._headers = {"Authorization": f"Bearer {token}"}
        self.newest: dict[str, int] = {}

    async def publish(self, place: "Place", listing: Listing) -> None:
        """One list of some of the vehicles that come there, offered until central has it."""
        await asyncio.sleep(listing.at_s - self._clock.monotonic_s())
        order = {"content": {"listed": [self._listed(place, number) for number in range(1 + listing.draw % 3)]}}
        way = HttpWay(self._centre.machine, lambda: self._centre.app, Line(), self._rng)
        async with httpx.AsyncClient(transport=way, base_url="http://central", headers=self._headers) as client:
            while True:
                try:
                    answer = await client.put(f"/api/v1/down/{place.id}/lists", json=order)
                except httpx.HTTPError:
                    answer = None
                if answer is None or answer.status_code == LATER:
                    await asyncio.sleep(AGAIN_S)
                    continue
                answer.raise_for_status()
                self.newest[place.id] = max(self.newest.get(place.id, 0), answer.json()["number"])
                return

    def _listed(self, place: "Place", number: int) -> dict[str, Any]:
        truck = place.fleet[(self._rng.randrange(len(place.fleet)) + number) % len(place.fleet)]
        since = self._clock.now().date().isoformat()
        status = self._rng.choice(STATUSES)
        return {"plate": truck.plate, "colour": truck.colour, "status": status, "since": since, "source": "the world's"}

    def lists(self, place: "Place") -> dict[int, dict[tuple[str, str], set[str]]]:
        """What central has kept for this site: by number, the statuses of each vehicle."""
        folder = self._centre.machine.directory / "central" / "down" / place.id
        found: dict[int, dict[tuple[str, str], set[str]]] = {}
        for file in folder.glob("lists-*.json"):
            sent = json.loads(file.read_bytes())
            statuses = found.setdefault(sent["number"], {})
            for one in sent["content"]["listed"]:
                statuses.setdefault((one["plate"], one["colour"]), set()).add(one["status"])
        return found
