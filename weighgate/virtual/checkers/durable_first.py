"""Invariant 1: no release before its record is durable."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from weighgate.virtual.checkers.checker import up_again
from weighgate.virtual.place import Place

if TYPE_CHECKING:
    from simulator.world import RoadLane
    from weighgate.virtual.world import World

ADMITTING = ("release", "admit", "admit-within-tolerance")
ON_THE_SCALE_KG = 500


class DurableFirst:
    """Looks into the committed journal at the moment a barrier goes up or a lamp turns green for a loaded scale."""

    name = "durable-first"

    def begin(self, world: "World") -> None:
        for place in world.places:
            for road in place.roadside.lanes:
                road.watch_output = self._watching(world, place, road)

    def _watching(self, world: "World", place: Place, road: "RoadLane") -> Callable[[str, bool], None]:
        return lambda role, _on: self._output(world, place, road, role)

    def _output(self, world: "World", place: Place, road: "RoadLane", role: str) -> None:
        if road.truck is None or road.empty_s() > 0:
            return
        if role == "barrier_open" and up_again(road):
            return
        if road.load_kg() <= ON_THE_SCALE_KG:
            return  # it is not on the scale yet, or no more: an arm that lost its board on the way down goes up again
        if role == "barrier_open" or (
            role == "lamp_green" and road.kind == "platform" and world.clock.monotonic_s() > place.lies_until_s
        ):
            fault = self._fault(place, road.id)
            if fault:
                world.blame(self.name, f"{place.id} lane {road.id} {road.truck.id}: {role} while {fault}")

    def _fault(self, place: Place, lane: str) -> str:
        marker = place.box.marker(lane)
        if marker is None:
            return "no passage is known"
        passage, state, entry_id, action = marker
        if state != "recorded" or entry_id is None:
            return f"passage {passage} is {state}"
        if action in ADMITTING or place.box.released(entry_id):
            return ""
        return f"{entry_id} says {action} and nobody released it"

    def look(self, world: "World") -> None:
        """Nothing: it watches the outputs themselves."""

    def end(self, world: "World") -> None:
        """Every yes at a plaza stands on a record too."""
        for place in world.places:
            released = {
                json.loads(body)["content"].get("weighing")
                for (body,) in place.box.rows("select body from entries where type = 'release'")
            }
            for event in place.truth.events:
                admitted = event["event"] == "asked" and event["admit"] and not place.box.gone
                if admitted and event["entry"] not in released:
                    world.blame(self.name, f"{place.id}: {event['truck']} entered on {event['entry']}, unsaid")
