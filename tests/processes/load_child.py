"""A site's real gateway process, loaded with weighings: all that `weighgate run` builds, and a producer per lane.

python load_child.py SITE_FILE ENTRIES PROMISED_FILE PACE_FILE

Each lane has weighed its share of ENTRIES when it ends; after a kill it goes on behind its own marker. A line with the
entry's id and plate goes to PROMISED_FILE, and to the disk, only when the journal has said that the entry is durable.
The plate bears the number of this process: an entry that was lost, and its id given again, is told by it.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from gateway.bootstrap import Site
from gateway.core.effects import Record
from gateway.core.vehicle import Identity, Measurement, Vehicle
from gateway.lanes import LaneShell
from gateway.settings import load_site
from weighgate.shipped import config_dir

RAW_EVERY = 40
NAP_S_MAX = 0.5


class Load:
    """Weighings as fast as PACE_FILE says (entries a second over all lanes; 0 is without a bound)."""

    def __init__(self, site: Site, entries: int, promised: Path, pace: Path) -> None:
        self._site, self._entries, self._pace = site, entries, pace
        self._promised = os.open(promised, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def run(self) -> None:
        lanes = list(self._site.station.lanes.values())
        async with asyncio.TaskGroup() as group:
            for number, lane in enumerate(lanes):
                share = self._entries // len(lanes) + (number < self._entries % len(lanes))
                group.create_task(self._weigh(lane, share))

    async def _weigh(self, lane: LaneShell, share: int) -> None:
        marker = (await self._site.journal.markers()).get(lane.id)
        passage = marker.passage if marker else 0
        if passage:  # perhaps the kill came before it was told: the journal gives the first one's entry
            self._promise(await weigh(self._site, lane, passage, "?"), "?")
        while passage < share:
            await self._nap()
            passage += 1
            plate = f"豫{lane.id}-{passage}-{os.getpid()}"
            self._promise(await weigh(self._site, lane, passage, plate), plate)

    async def _nap(self) -> None:
        """Until this lane's turn by the pace, which may be another one meanwhile."""
        began_s = time.monotonic()
        while (per_s := float(self._pace.read_text() or 0)) > 0:
            left_s = began_s + len(self._site.station.lanes) / per_s - time.monotonic()
            if left_s <= 0:
                return
            await asyncio.sleep(min(NAP_S_MAX, left_s))

    def _promise(self, entry_id: str, plate: str) -> None:
        os.write(self._promised, f"{entry_id} {plate}\n".encode())
        os.fsync(self._promised)


async def weigh(site: Site, lane: LaneShell, passage: int, plate: str) -> str:
    """One vehicle of this lane, judged and stored as the lane's own passage would have it; the entry's id."""
    now_ms = site.station.clock.monotonic_ms()
    if passage % RAW_EVERY == 1:
        lane.raw(now_ms, f"lane {lane.id} passage {passage} ".encode() * 20)
    gross_kg = 30_000 + passage * 20 % 25_000
    who = Identity(plate, "yellow", vehicle=Vehicle(layout=(1, 2, 3), body="articulated"))
    found = Measurement(gross_kg, settle_ms=900)
    judged = site.station.judge(who, found)
    entry_id, _ = await site.station.store(lane, Record(passage, who, found, judged, now_ms, now_ms))
    return entry_id


def _end_if_it_failed(load: "asyncio.Task[None]") -> None:
    """A load that breaks ends the process, so that it is seen."""
    if not load.cancelled() and load.exception() is not None:
        os.kill(os.getpid(), signal.SIGTERM)


async def main(site_file: str, entries: str, promised: str, pace: str) -> None:
    site = Site(load_site(Path(site_file)), config_dir(), os.environ)
    await site.build()
    load = asyncio.create_task(Load(site, int(entries), Path(promised), Path(pace)).run())
    load.add_done_callback(_end_if_it_failed)
    try:
        await site.run()
    finally:
        load.cancel()
        await asyncio.wait({load})
        if not load.cancelled():
            load.result()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
