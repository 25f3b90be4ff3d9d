"""Invariant 6: unknown is never within."""

from typing import TYPE_CHECKING

from gateway.core.vehicle import UNSOUND

if TYPE_CHECKING:
    from weighgate.virtual.world import World


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
                doubts = sorted(UNSOUND.intersection(found["flags"]))
                if outcome == "within" and unknown:
                    world.blame(self.name, f"{document['id']} is within, and mass or axles are unknown")
                if outcome != "undetermined" and doubts:
                    world.blame(self.name, f"{document['id']} is {outcome}, and in doubt: {', '.join(doubts)}")
                if outcome == "undetermined" and action in ("release", "admit"):
                    world.blame(self.name, f"{document['id']} is undetermined and its lane says {action}")
