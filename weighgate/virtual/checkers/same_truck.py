"""Invariant 3, the restart rule: what was recorded and not cleared is the same truck until zero is seen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighgate.virtual.place import Place

if TYPE_CHECKING:
    from simulator.world import RoadLane
    from weighgate.virtual.world import World

ON_THE_SCALE_KG = 500


@dataclass
class Stay:
    """One truck on one platform without a break: what its lane's marker said when it had been recorded."""

    rolling: object
    boxes: int
    before: int
    opened: int | None = None
    recorded: int | None = None


class SameTruck:
    """A passage recorded while a truck stands is that truck's; no other number appears before the platform is empty."""

    name = "same-truck"

    def __init__(self) -> None:
        self._stays: dict[tuple[str, str], Stay] = {}

    def begin(self, world: "World") -> None:
        """Nobody stands anywhere yet."""

    def look(self, world: "World") -> None:
        for place in world.places:
            for road in place.roadside.lanes:
                if road.kind == "platform":
                    self._look(world, place, road)

    def _look(self, world: "World", place: Place, road: "RoadLane") -> None:
        key, rolling, boxes = (place.id, road.id), road._rolling, len(place.box.gone)
        if rolling is None or world.clock.monotonic_s() < place.lies_until_s:
            self._stays.pop(key, None)
            return
        passage, state, _, _ = place.box.marker(road.id) or (0, "cleared", None, None)
        stay = self._stays.get(key)
        if stay is None or stay.rolling is not rolling or stay.boxes != boxes:  # a replaced box knows no passages
            self._stays[key] = Stay(rolling, boxes, passage)
        elif stay.recorded is None and state in ("opened", "followed") and passage != stay.before:
            stay.opened = passage
        elif stay.recorded is None and (passage, state) == (stay.opened, "recorded"):
            stay.recorded = passage
        elif road.load_kg() <= ON_THE_SCALE_KG:
            stay.recorded, stay.before = None, passage
        elif stay.recorded is not None and (passage, state) != (stay.recorded, "recorded"):
            truck = "?" if road.truck is None else road.truck.id
            said = f"was passage {stay.recorded}, stands still, and is {passage} {state}"
            world.blame(self.name, f"{place.id} lane {road.id}: {truck} {said}")

    def end(self, world: "World") -> None:
        """It looked all the time."""
