"""Law files that name each other: every name is somebody's, and none leads back to who began.

A set that leaves a vehicle to itself, or to one that gives it back, would leave it to nobody; measures that each stand
in for the other would both be gone.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence

from gateway.law.rules import RuleSet

KEYS = ("deferrals", "undrawn_by", "sizes_by")
"""What one set of limits leaves to another: some families, vehicles that it has no row for, and sizes."""


def faults_of_sets(found: Sequence[tuple[str, RuleSet]]) -> list[str]:
    """One line per name in these files that is no set here, or that leads back to the set that names it."""
    ids = {one.id for _, one in found}
    faults: list[str] = []
    for key in KEYS:
        named: dict[str, set[str]] = {}
        for _, one in found:
            named.setdefault(one.id, set()).update(_names(one, key))
        for file, one in found:
            names = _names(one, key)
            unknown = sorted(names - ids)
            faults += [
                f"{file}: {key}: {name!r} is no rule set here; known: {', '.join(sorted(ids))}" for name in unknown
            ]
            faults += [f"{file}: {key}: {' -> '.join(way)} is a ring" for way in ways_back(one.id, names, named)]
    return faults


def ways_back(start: str, names: Collection[str], named: Mapping[str, Collection[str]]) -> list[tuple[str, ...]]:
    """From `start` by each of `names` back to itself, the shortest way of each that comes back."""
    return [way for name in sorted(names) if (way := _way_back(start, name, named))]


def _way_back(start: str, by: str, named: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    ways: deque[tuple[str, ...]] = deque([(start, by)])
    seen = {by}
    while ways:
        way = ways.popleft()
        if way[-1] == start:
            return way
        for name in sorted({*named.get(way[-1], ())} - seen):
            seen.add(name)
            ways.append((*way, name))
    return ()


def _names(one: RuleSet, key: str) -> set[str]:
    if key == "deferrals":
        return {rule.to for rule in one.deferrals}
    name: str | None = getattr(one, key)
    return set() if name is None else {name}
