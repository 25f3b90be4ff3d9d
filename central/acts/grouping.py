"""Which weighings are one act: those of one detention, and those of one trip without new loading between them.

    joined    by a detention's own links (parent), whatever lies between
    joined    over the limit or its papers again, same plate and colour, no longer than a trip after the last time
    a new act where it was within limits in between, leaves a loading place, or has become heavier

A pure function of a set: the order of arrival is nowhere in it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from central.acts.sighting import RANK, Sighting
from central.case_rules import CaseRules

JoinedBy = Literal["first", "detention", "trip"]


@dataclass(frozen=True, slots=True)
class Member:
    sighting: Sighting
    joined_by: JoinedBy


@dataclass(frozen=True, slots=True)
class Act:
    """Members in the order they happened. `deciding` has the gravest consequence; of those one over the road's limit
    before one over its papers alone, and then the largest excess.
    """

    members: tuple[Member, ...]

    @property
    def id(self) -> str:
        return self.members[0].sighting.entry

    @property
    def deciding(self) -> Sighting:
        over = [one.sighting for one in self.members if one.sighting.over]
        return max(over, key=_gravity)


def _gravity(one: Sighting) -> tuple[int, bool, int, int, str]:
    return RANK[one.consequence], not one.overloaded, one.excess_kg, -one.at_ms, one.entry


def acts_of(sightings: Iterable[Sighting], rules: CaseRules) -> list[Act]:
    """Every act among the weighings of one plate, oldest first. Weighings that were never over are no act."""
    ordered = sorted(sightings, key=lambda one: (one.at_ms, one.entry))
    groups = _Groups(ordered)
    for one in ordered:
        if one.parent is not None:
            groups.join(one.parent, one.entry, "detention")
    for colour in sorted({one.colour for one in ordered} - {"unknown"}):
        _join_trips([one for one in ordered if one.colour == colour], groups, rules)
    found = [Act(members) for members in groups.members() if any(one.sighting.over for one in members)]
    return sorted(found, key=lambda act: (act.members[0].sighting.at_ms, act.id))


def _join_trips(ordered: Sequence[Sighting], groups: "_Groups", rules: CaseRules) -> None:
    last: Sighting | None = None
    for one in ordered:
        if one.over:
            if last is not None and _same_trip(last, one, rules):
                groups.join(last.entry, one.entry, "trip")
            last = one
        elif one.outcome == "within":
            last = None  # unloaded, or another load: whatever is over after it was loaded anew


def _same_trip(last: Sighting, one: Sighting, rules: CaseRules) -> bool:
    if one.at_ms - last.at_ms > rules.trip_ms or one.site_kind == "source-exit":
        return False
    if last.gross_kg is None or one.gross_kg is None:
        return True
    return one.gross_kg * 100 <= last.gross_kg * (100 + rules.new_loading_percent)


class _Groups:
    """Joined sets of weighings; how each came in is by its own nearest link."""

    def __init__(self, ordered: Sequence[Sighting]) -> None:
        self._ordered = ordered
        self._root = {one.entry: one.entry for one in ordered}
        self._by: dict[str, JoinedBy] = {}

    def join(self, earlier: str, later: str, by: JoinedBy) -> None:
        if earlier not in self._root:
            return  # not here, or another plate's
        self._by.setdefault(later, by)
        self._root[self._top(later)] = self._top(earlier)

    def members(self) -> list[tuple[Member, ...]]:
        found: dict[str, list[Member]] = {}
        for one in self._ordered:
            group = found.setdefault(self._top(one.entry), [])
            group.append(Member(one, self._by.get(one.entry, "detention") if group else "first"))
        return [tuple(group) for group in found.values()]

    def _top(self, entry: str) -> str:
        while self._root[entry] != entry:
            entry = self._root[entry]
        return entry
