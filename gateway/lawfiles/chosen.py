"""The limits one judges by, out of all there are, and what follows from them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gateway.errors import ConfigError
from gateway.law.linkage import Linkage
from gateway.law.rules import RuleSet, versions_on
from gateway.lawfiles.limits import load_versions
from gateway.lawfiles.others import linkage_of, load_linkage


@dataclass(frozen=True, slots=True)
class ChosenLimits:
    """`rule_set` decides; `others` are shown beside it. `sets`: every version of all of them."""

    rule_set: RuleSet
    others: tuple[RuleSet, ...]
    linkage: Linkage
    sets: tuple[RuleSet, ...]

    def on(self, day: date) -> tuple[RuleSet, tuple[RuleSet, ...]]:
        """`rule_set` and `others` as of one day; the former as it is where no version of it is in force."""
        return versions_on(self.sets, self.rule_set, day)


def choose_limits(
    law_dir: Path, limits: str, switched_on: Collection[str] = (), *, jurisdiction: str = "CN"
) -> ChosenLimits:
    """The rule set with the id `limits` under `law_dir`/limits, the others there, and the linkage of the jurisdiction.

    Raises:
        ConfigError: a law file is wrong, or no set has that id or the one that a tolerance names.
    """
    sets = load_versions(law_dir / "limits", switched_on)
    known = ", ".join(sorted(sets))
    if limits not in sets:
        raise ConfigError(str(law_dir / "limits"), [f"law.limits: {limits!r}; known: {known}"])
    linkage_file = linkage_of(law_dir / "linkage", jurisdiction)
    linkage = load_linkage(linkage_file)
    faults = [
        f"tolerances: {one.rule_set!r} is no rule set; known: {known}"
        for one in linkage.tolerances.values()
        if one.rule_set not in sets
    ]
    if faults:
        raise ConfigError(str(linkage_file), faults)
    return ChosenLimits(
        rule_set=_settled(sets[limits]),
        others=tuple(_settled(versions) for name, versions in sets.items() if name != limits),
        linkage=linkage,
        sets=tuple(one for versions in sets.values() for one in versions),
    )


def _settled(versions: tuple[RuleSet, ...]) -> RuleSet:
    """Where no day is told: the last version whose start is confirmed, or else the last."""
    return next((one for one in reversed(versions) if one.start_unconfirmed is None), versions[-1])
