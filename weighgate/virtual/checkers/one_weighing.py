"""Invariant 3: at most one weighing per passage, across crashes; and its vehicle is the one that was there."""

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.vehicles import Truck
from weighgate.virtual.place import Place

if TYPE_CHECKING:
    from weighgate.virtual.world import World

BEFORE_S, AFTER_S = 2.5, 2.5
REMEMBERED_S = 3_600.0
SPREAD = {"platform": 0.004, "axle": 0.03}
SPREAD_KG_MIN = 80


@dataclass
class Seen:
    """What one site's lanes held, and how far its journals were read."""

    here: dict[str, deque[tuple[float, Truck, int]]] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    passages: dict[tuple[str, str, int], str] = field(default_factory=dict)
    settled_s: dict[str, float] = field(default_factory=dict)


class OneWeighing:
    """Each new weighing is held against who stood on that lane at the time, with what mass."""

    name = "one-weighing"

    def begin(self, world: "World") -> None:
        self._seen = {place.id: Seen() for place in world.places}

    def look(self, world: "World") -> None:
        now_s = world.clock.monotonic_s()
        for place in world.places:
            seen = self._seen[place.id]
            for road in place.roadside.lanes:
                here = seen.here.setdefault(road.id, deque())
                if road.truck is not None and road.empty_s() == 0:
                    here.append((now_s, road.truck, road.gross_kg))
                while here and here[0][0] < now_s - REMEMBERED_S:
                    here.popleft()
            if place.box.machine.alive:
                self._read(world, place, seen)

    def end(self, world: "World") -> None:
        self.look(world)

    def _read(self, world: "World", place: Place, seen: Seen) -> None:
        rows = place.box.rows(
            "select row, journal, body from entries where type = 'weighing' and row > ? order by row",
            seen.read.get(str(place.box.storage), 0) if not place.box.gone else seen.read.get("new", 0),
        )
        for row, journal, body in rows:
            seen.read["new" if place.box.gone else str(place.box.storage)] = row
            document = json.loads(body)
            place_of = (journal, document["lane"], document["content"]["passage"])
            if seen.passages.setdefault(place_of, document["id"]) != document["id"]:
                world.blame(self.name, f"{place.id}: {document['id']} and {seen.passages[place_of]} are one passage")
            elif document["id"] not in seen.read:
                seen.read[document["id"]] = row
                self._compare(world, place, seen, document)

    def _compare(self, world: "World", place: Place, seen: Seen, document: dict[str, Any]) -> None:
        """Who was it, and what did it weigh: a decided verdict must be the truth's."""
        content = document["content"]
        opened_s, settled_s = (
            place.box.clock.said_at_s(datetime.fromisoformat(content[name])) for name in ("opened_at", "settled_at")
        )
        begun_s, seen.settled_s[document["lane"]] = seen.settled_s.get(document["lane"], 0.0), settled_s
        if opened_s < place.lies_until_s:
            return
        if opened_s != settled_s:  # else a restart says it, of whoever came before the power went
            begun_s = opened_s - BEFORE_S
        everybody = seen.here.get(document["lane"], ())
        here = [one for one in everybody if begun_s <= one[0] <= settled_s + AFTER_S]
        outcome = content["judgement"]["road_limit"]["outcome"]
        who = f"{place.id} lane {document['lane']}: {document['id']}"
        if not here:
            if outcome != "undetermined":
                world.blame(self.name, f"{who} weighs {content['measurement']['gross_kg']} kg, and nobody was there")
            return
        trucks = {truck.plate for _, truck, _ in here}
        plate = content["identity"]["plate"]
        if plate is not None and plate not in trucks:
            world.blame(self.name, f"{who} names {plate}, there was {', '.join(sorted(trucks))}")
        if outcome == "undetermined":
            return
        road = next(one for one in place.roadside.lanes if one.id == document["lane"])
        gross_kg = content["measurement"]["gross_kg"]
        fits = [
            (truck, true_kg)
            for _, truck, true_kg in here
            if abs(gross_kg - true_kg) <= max(SPREAD_KG_MIN, true_kg * SPREAD[road.kind])
        ]
        if not fits:
            world.blame(self.name, f"{who} weighs {gross_kg} kg, it was {sorted({kg for _, _, kg in here})} kg")
        elif plate is not None and not any(
            (true_kg > truck.limit_kg) == (outcome == "exceeded") for truck, true_kg in fits
        ):
            world.blame(self.name, f"{who} says {outcome} of {gross_kg} kg, limit {fits[0][0].limit_kg} kg")
