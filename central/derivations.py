"""Which derivations a topic has, and in which order topics are drained: the whole flow from facts to proposals.

vehicle | loose | site   touched by entries
lead | case              touched by what people did, and by acts that changed
party                    touched by cases that were decided, changed or annulled
origin                   a source site: touched by what was traced to it
"""

from central.deriver import Derivations
from central.statistics.counting import count_site, count_vehicle
from central.tracing.following import count_origin, tracer
from central.tracing.origin import TraceRules


def derivations() -> Derivations:
    """Topics in the order they are drained: what others stand on comes first."""
    return {
        "vehicle": (tracer(TraceRules()), count_vehicle),
        "loose": (),
        "site": (count_site,),
        "lead": (),
        "case": (),
        "party": (),
        "origin": (count_origin,),
    }
