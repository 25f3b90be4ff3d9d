"""Invariants 6 and 9: unknown is never within; tolerance admits at an entrance and nowhere changes a verdict."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighgate.virtual.world import World

SOUND = ("whole-vehicle-presumed",)


class UnknownNeverWithin:
    """Reads every weighing as it was signed."""

    name = "unknown-never-within"

    def begin(self, world: "World") -> None:
        """Nothing was weighed yet."""

    def look(self, world: "World") -> None:
        """The end shows it."""

    def end(self, world: "World") -> None:
        for place in world.places:
            for document in place.box.documents():
                if document["type"] != "weighing":
                    continue
                content = document["content"]
                said, found = content["judgement"], content["measurement"]
                outcome, action = said["road_limit"]["outcome"], said["action"]
                unknown = found["gross_kg"] is None or content["identity"]["vehicle"]["layout"] is None
                if outcome == "within" and unknown:
                    world.blame(self.name, f"{document['id']} is within, and mass or axles are unknown")
                if outcome == "undetermined" and action in ("release", "admit"):
                    world.blame(self.name, f"{document['id']} is undetermined and its lane says {action}")
                tolerated = action == "admit-within-tolerance"
                if outcome == "exceeded" and action in ("release", "admit"):
                    world.blame(self.name, f"{document['id']} is exceeded and its lane says {action}")
                if tolerated and (place.kind != "toll-entrance" or outcome != "exceeded"):
                    world.blame(self.name, f"{document['id']} is {outcome} at a {place.kind}: no tolerance there")
