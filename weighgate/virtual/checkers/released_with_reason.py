"""Invariant 5: no over-limit truck leaves a source site without an entry that says who let it go, and why."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from weighgate.virtual.checkers.checker import up_again

if TYPE_CHECKING:
    from simulator.world import RoadLane
    from weighgate.virtual.place import Place
    from weighgate.virtual.world import World


class ReleasedWithReason:
    """Looks at the truck itself when its barrier goes up."""

    name = "released-with-reason"

    def begin(self, world: "World") -> None:
        for place in world.places:
            for road in place.roadside.lanes:
                road.watch_output = self._watching(world, place, road, road.watch_output)

    def _watching(
        self, world: "World", place: "Place", road: "RoadLane", before: Callable[[str, bool], None]
    ) -> Callable[[str, bool], None]:
        def watch(role: str, on: bool) -> None:
            before(role, on)
            self._output(world, place, road, role)

        return watch

    def _output(self, world: "World", place: "Place", road: "RoadLane", role: str) -> None:
        truck = road.truck
        if role != "barrier_open" or truck is None or road.empty_s() > 0 or road.gross_kg <= truck.limit_kg:
            return
        if up_again(road) or world.clock.monotonic_s() < place.lies_until_s:
            return
        marker = place.box.marker(road.id)
        entry = None if marker is None else marker[2]
        if entry is None or not place.box.released(entry):
            world.blame(
                self.name,
                f"{place.id} lane {road.id}: {truck.id}, {road.gross_kg} kg of {truck.limit_kg} kg, let go on {marker}",
            )

    def look(self, world: "World") -> None:
        """Nothing: it watches the barrier itself."""

    def end(self, world: "World") -> None:
        """Nothing more."""
