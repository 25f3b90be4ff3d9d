"""Invariant 9: a published tolerance admits at an entrance; it changes no verdict, and elsewhere it does not exist."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighgate.virtual.world import World


class Tolerance:
    """Reads every weighing as it was signed."""

    name = "tolerance"

    def begin(self, world: "World") -> None:
        """Nothing was weighed yet."""

    def look(self, world: "World") -> None:
        """The end shows it."""

    def end(self, world: "World") -> None:
        for place in world.places:
            for document in place.box.documents():
                if document["type"] != "weighing":
                    continue
                said = document["content"]["judgement"]
                outcome, action = said["road_limit"]["outcome"], said["action"]
                tolerated = action == "admit-within-tolerance"
                if outcome == "exceeded" and action in ("release", "admit"):
                    world.blame(self.name, f"{document['id']} is exceeded and its lane says {action}")
                if tolerated and (place.kind != "toll-entrance" or outcome == "within"):
                    world.blame(self.name, f"{document['id']} is {outcome} at a {place.kind}: no tolerance there")
