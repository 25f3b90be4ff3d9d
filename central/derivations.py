"""Which derivations a topic has, and in which order topics are drained: the whole flow from facts to proposals.

vehicle | loose | site   touched by entries
lead | case              touched by what people did, and by acts that changed
party                    touched by cases that were decided, changed or annulled
"""

from central.deriver import Derivations


def derivations() -> Derivations:
    """Topics in the order they are drained: what others stand on comes first."""
    return {"vehicle": (), "loose": (), "site": (), "lead": (), "case": (), "party": ()}
