"""Which derivations a topic has, and in which order topics are drained: the whole flow from facts to proposals.

vehicle | loose | site   touched by entries
case                     touched by what people did, and by acts that changed
party                    touched by cases that were decided, changed or annulled
origin                   a source site: touched by what was traced to it
source | item            touched by what authorities put down about a source enterprise
referral                 a vehicle under one suspicion: touched by its weighings and by what was answered
"""

from collections.abc import Iterable, Sequence

from sqlmodel import Session

from central.acts.deriving import Acts
from central.case_rules import CaseRules
from central.cases.deriving import Cases
from central.cases.law import CaseLaw
from central.credit.deriving import credit_subjects, derive_listings
from central.deriver import Derivation, Derivations
from central.leads.deriving import Leads
from central.parties.deriving import Parties
from central.parties.reading import party_subject
from central.sharing.announcing import announced
from central.sharing.deriving import derive_referral, suspect
from central.sources.deriving import SOURCE_TOPICS, keep_ledger
from central.statistics.counting import count_site, count_vehicle
from central.store.due import Due
from central.store.facts import facts_about
from central.supervision_rules import Hook, TraceRules
from central.tracing.following import count_origin, tracer


def derivations(
    law: CaseLaw, rules: CaseRules, tracing: TraceRules | None = None, hooks: Sequence[Hook] = ()
) -> Derivations:
    """Topics in the order they are drained: what others stand on comes first. Hooks are told of what changed."""
    tracing = tracing or TraceRules()
    acts, leads = Acts(law.linkage, rules), Leads(law.linkage, rules)
    own: Derivations = {
        "vehicle": (acts.of_vehicle, leads.of_vehicle, tracer(tracing), count_vehicle, suspect),
        "loose": (acts.of_loose, leads.of_loose),
        "site": (count_site, keep_ledger),
        "case": (Cases(law, rules).of_case,),
        "party": (_party(Parties(law.schedules, rules)),),
        "origin": (count_origin,),
        **{topic: (derive,) for topic, derive in SOURCE_TOPICS.items()},
        "referral": (derive_referral,),
    }
    return announced(own, hooks)


def _party(parties: Parties) -> Derivation:
    """What accumulates against a party, then its listings, which stand on it; all that was stated is read once."""

    def derive(session: Session, due: Due) -> Iterable[Due]:
        party, _, key = due.key.partition("|")
        whole = party_subject(party, key)
        facts = facts_about(session, [whole, *credit_subjects(party, key)])
        parties.propose(session, due, facts[whole])
        derive_listings(session, party, key, facts)
        return ()

    return derive
