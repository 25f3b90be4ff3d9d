"""A list that central sent down holds at the gate: each weighing is by the list it names, the next by the last."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.clock import local_day
from gateway.contract.down import GRAVEST

if TYPE_CHECKING:
    from weighgate.virtual.place import Place
    from weighgate.virtual.world import World

Statuses = Mapping[tuple[str, str], set[str]]


class ListObeyed:
    """Reads the lists as central keeps them, the weighings as they were signed, and what holds at a living gate."""

    name = "list-obeyed"

    def begin(self, world: "World") -> None:
        """Nobody is listed yet."""

    def look(self, world: "World") -> None:
        """The end shows it: until then a list may be on its way."""

    def end(self, world: "World") -> None:
        for place in world.places:
            lists = world.authority.lists(place)
            newest = world.authority.newest.get(place.id)
            if newest is not None and newest not in lists:
                world.blame(self.name, f"{place.id}: central said it had published list {newest}, and has lost it")
            self._weighings(world, place, lists)
            self._gate(world, place, lists)

    def _weighings(self, world: "World", place: "Place", lists: Mapping[int, Statuses]) -> None:
        for document in place.box.documents():
            if document["type"] != "weighing":
                continue
            who, said = document["content"]["identity"], document["content"]["judgement"]
            number = said["bulletins"].get("lists")
            expected = "unlisted" if number is None else _gravest(lists[number], who["plate"], who["colour"])
            if said["list_status"] != expected:
                told = f"{document['id']} says {said['list_status']} of {who['plate']}"
                world.blame(self.name, f"{place.id}: {told}, list {number} says {expected}")

    def _gate(self, world: "World", place: "Place", lists: Mapping[int, Statuses]) -> None:
        site = place.box.site
        if site is None or not lists:
            return
        now = place.box.clock.now()
        for truck in place.fleet:
            status = site.intake.in_force.list_status((truck.plate, truck.colour), now, local_day(now))
            expected = _gravest(lists[max(lists)], truck.plate, truck.colour)
            if status != expected:
                world.blame(self.name, f"{place.id}: {truck.plate} would be {status}, the last list says {expected}")


def _gravest(statuses: Statuses, plate: str | None, colour: str) -> str:
    on = statuses.get((plate or "", colour), set())
    return next((one for one in GRAVEST if one in on), "unlisted")
