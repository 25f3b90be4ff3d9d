"""What is lied about, which tests must notice, and which lies nothing can notice: a plan is one TOML file."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import python_mutants
import toml_mutants
from python_mutants import Mutant

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Lie:
    """A mutant, its file from the root of the tree and the tests that guard it, likeliest first, a folder last."""

    file: str
    mutant: Mutant
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.file}: {self.mutant.name}"

    @property
    def path(self) -> Path:
        return ROOT / self.file


@dataclass(frozen=True, slots=True)
class Plan:
    """`leave_out` names, in pytest's words, the tests that would notice any change at all and so prove nothing."""

    name: str
    lies: tuple[Lie, ...]
    reasons: dict[str, str]
    leave_out: str
    imports: tuple[str, ...]

    @property
    def tests(self) -> tuple[str, ...]:
        """Every test of every lie, once."""
        return tuple(dict.fromkeys(word for lie in self.lies for word in lie.tests))

    @property
    def in_order(self) -> list[Lie]:
        """Those with a reason last: each of them costs all its tests."""
        return sorted(self.lies, key=lambda lie: lie.name in self.reasons)


def load_plan(path: Path, only: str) -> Plan:
    """Raises SystemExit where the plan names a file or test that is not there."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return Plan(
        path.stem,
        tuple(lie for group in found["group"] for lie in _lies(group, path.stem) if only in f"{path.stem} {lie.name}"),
        {name: one["reason"] for one in found.get("survivors", []) for name in one["mutants"]},
        found.get("leave_out", ""),
        tuple(found.get("imports", [])),
    )


def _lies(group: dict[str, list[str]], plan: str) -> Iterator[Lie]:
    left = group.get("except", ["__init__.py"])
    tests = tuple(group["tests"])
    for word in tests:
        if not (ROOT / word.partition("::")[0]).exists():
            raise SystemExit(f"{plan}: there is no {word}")
    for pattern in group["files"]:
        files = [path for path in sorted(ROOT.glob(pattern)) if path.name not in left]
        if not files:
            raise SystemExit(f"{plan}: no file is {pattern}")
        for path in files:
            made = toml_mutants if path.suffix == ".toml" else python_mutants
            for mutant in made.mutants(path.read_text(encoding="utf-8")):
                yield Lie(str(path.relative_to(ROOT)), mutant, tests)
