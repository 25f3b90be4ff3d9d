"""The limits one judges by, out of all there are, and what follows from them."""

from dataclasses import dataclass
from pathlib import Path

from gateway.errors import ConfigError
from gateway.law.linkage import Linkage
from gateway.law.rules import RuleSet
from gateway.lawfiles.limits import load_limits_dir
from gateway.lawfiles.others import load_linkage


@dataclass(frozen=True, slots=True)
class ChosenLimits:
    """`rule_set` decides; `others` are shown beside it."""

    rule_set: RuleSet
    others: tuple[RuleSet, ...]
    linkage: Linkage


def choose_limits(law_dir: Path, limits: str) -> ChosenLimits:
    """The rule set with the id `limits` under `law_dir`/limits, the others there, and the linkage matrix.

    Raises:
        ConfigError: a law file is wrong, or no set has that id.
    """
    sets = load_limits_dir(law_dir / "limits")
    if limits not in sets:
        raise ConfigError(str(law_dir / "limits"), [f"law.limits: {limits!r}; known: {', '.join(sorted(sets))}"])
    return ChosenLimits(
        rule_set=sets[limits],
        others=tuple(one for name, one in sorted(sets.items()) if name != limits),
        linkage=load_linkage(law_dir / "linkage" / "cn-default.toml"),
    )
