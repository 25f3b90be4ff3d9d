"""Invariant 8: every queue has a bound; and nothing of a gateway's ever ends by itself."""

from typing import TYPE_CHECKING

from gateway.lanes import QUEUE_MAX
from gateway.uplink.relay import IN_FLIGHT_MAX

if TYPE_CHECKING:
    from weighgate.virtual.world import World


class Bounds:
    """Looks into every living gateway once a second."""

    name = "bounds"

    def begin(self, world: "World") -> None:
        """All queues are empty."""

    def look(self, world: "World") -> None:
        for place in world.places:
            site = place.box.site
            if site is None or not place.box.machine.alive:
                continue
            in_flight = site.relay.status()["in_flight"]
            if in_flight > IN_FLIGHT_MAX:
                world.blame(self.name, f"{place.id}: {in_flight} entries in flight")
            for lane, shell in site.station.lanes.items():
                if len(shell._queue) > QUEUE_MAX:
                    world.blame(self.name, f"{place.id} lane {lane}: {len(shell._queue)} observations wait")

    def end(self, world: "World") -> None:
        for place in world.places:
            for what in place.box.ended:
                world.blame(self.name, f"{place.id}: a task of the gateway ended: {what}")
