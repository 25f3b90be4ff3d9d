"""Another system that weighs vehicles as they pass, and tells the gateway of each when it is done.

[[records]] of the site file    folder: a file of one record, whole when it has its name
                                from:   POST /finished/ID       otherwise: POST /api/v1/finished/ID with the token
"""

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from drivers.records import FORMATS, VehicleRecord
from simulator.devices import Sleep
from simulator.truth import Clock, Truth
from simulator.vehicles import Truck

GAP_S = (0.2, 2.0)
SPEED_KM_H = (20, 70)
TRIES, PAUSE_S = 20, 0.4


class OtherSystem:
    """One source. `run` lets every truck of the fleet pass; what it told is in the truth as `record`."""

    def __init__(
        self,
        source: Mapping[str, Any],
        web: str,
        token: str,
        client: httpx.AsyncClient,
        clock: Clock,
        sleep: Sleep,
        truth: Truth,
    ) -> None:
        self._source, self._form = source, FORMATS[source["format"]]
        named = bool(source.get("from"))
        self._url = f"{web}/finished/{source['id']}" if named else f"{web}/api/v1/finished/{source['id']}"
        self._headers = {} if named else {"authorization": f"Bearer {token}"}
        self._client, self._clock, self._sleep, self._truth = client, clock, sleep, truth

    async def run(self, fleet: Sequence[Truck], rng: random.Random) -> None:
        for number, truck in enumerate(fleet, start=1):
            await self._sleep(rng.uniform(*GAP_S))
            record = self._weighed(truck, number, rng.randint(*SPEED_KM_H))
            taken = await self._tell(f"{record.id}-{truck.id}", self._form.head + self._form.encode(record) + b"\n")
            told = {"source": self._source["id"], "id": record.id, "truck": truck.id, "gross_kg": int(truck.gross_kg)}
            self._truth.tell("record", **told, taken=taken)

    def _weighed(self, truck: Truck, number: int, speed_km_h: int) -> VehicleRecord:
        at = self._clock.now()
        return VehicleRecord(
            id=str(number),
            at=at.replace(microsecond=at.microsecond // 1000 * 1000),
            site="1",
            lane="1",
            plate=truck.plate if truck.plate_readable else None,
            colour=truck.colour if truck.plate_readable else "unknown",
            gross_kg=Decimal(truck.gross_kg),
            axle_loads_kg=tuple(map(Decimal, truck.axle_loads_kg(truck.gross_kg))),
            spacings_mm=truck.kind.spacings_mm,
            speed_km_h=Decimal(speed_km_h),
        )

    async def _tell(self, name: str, body: bytes) -> bool:
        """Whether it was left or taken."""
        if self._source.get("folder"):
            file = Path(self._source["folder"]) / f"{name}.{self._form.name}"
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_name(f"{file.name}.part")
            part.write_bytes(body)
            part.replace(file)
            return True
        for _ in range(TRIES):
            try:
                answer = await self._client.post(self._url, content=body, headers=self._headers)
            except httpx.TransportError:
                await self._sleep(PAUSE_S)
            else:
                return answer.is_success
        return False
