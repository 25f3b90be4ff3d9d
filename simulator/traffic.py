"""Trucks come one after another; at a toll entrance the lanes behind the scale ask before they let them in."""

import asyncio
import random
from collections.abc import Sequence

import httpx

from simulator.people import Answer, Surroundings, TruckDriver
from simulator.truth import Truth
from simulator.vehicles import Truck

GAP_S_MAX = 6.0
ASK_TRIES, ASK_PAUSE_S = 20, 1.0


class PlazaLanes:
    """The entry lanes' software: `GET /api/v1/plaza/ask` with the site's local token."""

    def __init__(
        self, base_url: str, lanes: Sequence[str], token: str, client: httpx.AsyncClient, rng: random.Random
    ) -> None:
        self._url, self._lanes, self._client, self._rng = f"{base_url}/api/v1/plaza/ask", lanes, client, rng
        self._headers = {"authorization": f"Bearer {token}"}

    def pick_lane(self) -> str:
        return self._rng.choice(self._lanes)

    async def ask(self, plate: str, colour: str, lane: str) -> Answer | None:
        for _ in range(ASK_TRIES):
            try:
                response = await self._client.get(
                    self._url, params={"plate": plate, "colour": colour, "lane": lane}, headers=self._headers
                )
                response.raise_for_status()
                said = response.json()
            except (httpx.HTTPError, ValueError):
                await asyncio.sleep(ASK_PAUSE_S)  # the gateway is away; the truck stands before the arm
            else:
                return Answer(bool(said["admit"]), str(said["answer"]), str(said.get("reason")), said.get("entry"))
        return None


def introduce(truck: Truck, truth: Truth) -> None:
    """Write down who this is before it is seen."""
    truth.tell(
        "truck",
        id=truck.id,
        plate=truck.plate,
        colour=truck.colour,
        body=truck.kind.body,
        layout=truck.layout,
        drive_axles=truck.kind.drive_axles,
        tyres=list(truck.kind.tyres),
        tare_kg=truck.tare_kg,
        gross_kg=truck.gross_kg,
        registered=truck.registered,
        plate_readable=truck.plate_readable,
        legality=truck.legality,
        within_tolerance=truck.within_tolerance,
        limit_kg=truck.limit_kg,
    )


async def let_come(
    trucks: Sequence[Truck], around: Surroundings, rng: random.Random, gap_s_max: float = GAP_S_MAX
) -> None:
    """Every truck of the list comes, one after another; returns when the last is gone."""
    for truck in trucks:
        introduce(truck, around.truth)
    async with asyncio.TaskGroup() as drivers:
        for truck in trucks:
            driver = TruckDriver(truck, around, random.Random(rng.random()))
            drivers.create_task(driver.live(), name=truck.id)
            await around.sleep(rng.uniform(0.5, gap_s_max))
    around.truth.tell("done", site=around.site)
