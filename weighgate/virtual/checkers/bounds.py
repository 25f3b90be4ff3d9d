"""Invariant 8: every queue, buffer and folder has a bound; and nothing of a gateway's ever ends by itself."""

from typing import TYPE_CHECKING

from gateway.journal.database import WAL_BYTES_KEPT_MAX
from gateway.lanes import QUEUE_MAX, RAW_CHUNKS_MAX
from gateway.station import PICTURE_BYTES_MAX
from gateway.uplink.relay import IN_FLIGHT_MAX
from gateway.web.cameras import SPOOL_FILES_MAX

if TYPE_CHECKING:
    from weighgate.virtual.place import Place
    from weighgate.virtual.world import World

FILES_MAX = 40  # the journal and its log, lock, key, a few damaged ones


class Bounds:
    """Looks into every living gateway once a second."""

    name = "bounds"

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}

    def begin(self, world: "World") -> None:
        """All queues are empty."""

    def look(self, world: "World") -> None:
        for place in world.places:
            site = place.box.site
            if site is None or not place.box.machine.alive:
                continue
            if self._versions.get(place.id) != place.box.machine.version:
                self._versions[place.id] = place.box.machine.version
                self._look_on_disk(world, place)
            in_flight = site.relay.status()["in_flight"]
            if in_flight > IN_FLIGHT_MAX:
                world.blame(self.name, f"{place.id}: {in_flight} entries in flight")
            for lane, shell in site.station.lanes.items():
                if len(shell._queue) > QUEUE_MAX:
                    world.blame(self.name, f"{place.id} lane {lane}: {len(shell._queue)} observations wait")
                if len(shell._raw) > RAW_CHUNKS_MAX:
                    world.blame(self.name, f"{place.id} lane {lane}: {len(shell._raw)} raw chunks are kept")
            pictures = sum(len(one.content) for one in site.station.pictures.values())
            if pictures > PICTURE_BYTES_MAX:
                world.blame(self.name, f"{place.id}: {pictures} bytes of pictures in memory")

    def _look_on_disk(self, world: "World", place: "Place") -> None:
        sizes = {file: file.stat().st_size for file in place.box.storage.rglob("*") if file.is_file()}
        spooled = sum(file.suffix == ".push" for file in sizes)
        log = sum(size for file, size in sizes.items() if file.name.endswith("-wal"))
        total_mb = sum(sizes.values()) // 1_000_000
        if spooled > SPOOL_FILES_MAX or len(sizes) - spooled > FILES_MAX:
            world.blame(self.name, f"{place.id}: {len(sizes)} files, {spooled} of them spooled pictures")
        if log > WAL_BYTES_KEPT_MAX or total_mb > place.box.settings.storage.max_mb:
            world.blame(self.name, f"{place.id}: {total_mb} MB on disk, {log} bytes of them in the write-ahead log")

    def end(self, world: "World") -> None:
        for place in world.places:
            for what in place.box.ended:
                world.blame(self.name, f"{place.id}: a task of the gateway ended: {what}")
