"""Change the law one number or operator at a time, and see whether a test or the file's own examples notices.

For the law alone; docs/reliability.md says why it is apart from tests/mutants.

python tests/law/mutants.py                    everything: tables and engine, about an hour on one core
python tests/law/mutants.py --only tables      or: engine, or a part of a file's name
python tests/law/mutants.py --every 10         each tenth mutant

Every mutant runs in a process of its own, forked from one that has everything imported; nothing is written to the
tree. A mutant that nothing notices survives. Survivors that are no fault stand in `survivors.toml` with their reason.
Exit 0 when every survivor has a reason and every reason a survivor, else 1.
"""

import argparse
import ast
import contextlib
import importlib.abc
import importlib.util
import io
import os
import re
import signal
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAW, CONFIG, TESTS = ROOT / "gateway" / "law", ROOT / "config" / "law", ROOT / "tests" / "law"
REASONS = Path(__file__).with_name("survivors.toml")
NOT_HERE = {"linkage.py", "dossier.py", "__init__.py"}  # the matrix and the dossier are held to their own tests
TABLES = ("limits", "penalties", "permits", "families", "instruments")
FIRST = ("limit_vectors", "penalty_vectors", "permits", "families", "bases", "proof", "published_cases")
ENDLESS_S = 120
PURGED = ("gateway", "weighgate", "central", "test_", "conftest")

sys.path.insert(0, str(ROOT))


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one file. `what` names it without a line number, so that it keeps its name."""

    path: Path
    what: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.path.relative_to(ROOT)}: {self.what}"


# Tables: each number, one more; the worked examples in the file stay as they are.


def tables() -> Iterator[Mutant]:
    for folder in TABLES:
        for path in sorted((CONFIG / folder).glob("*.toml")):
            yield from _numbers(path, path.read_text(encoding="utf-8"))


def _numbers(path: Path, text: str) -> Iterator[Mutant]:
    at, section, seen = 0, "", {}
    for line in text.splitlines(keepends=True):
        section = line.strip() if line.startswith("[") else section
        code = line.split("#")[0]
        quoted = [match.span() for match in re.finditer(r'"[^"]*"|\d{4}-\d\d-\d\d', code)]
        for match in re.finditer(r"(?<![\w.-])\d+(?![\w.-])", code):
            if section == "[[examples]]" or any(low <= match.start() < high for low, high in quoted):
                continue
            start, end = at + match.start(), at + match.end()
            place = f"{section} {code.strip()}".strip()
            seen[place, match.start()] = count = seen.get((place, match.start()), 0) + 1
            nth = f" #{count}" if count > 1 else ""
            more = str(int(match.group()) + 1)
            what = f"{place}: {match.group()} at {match.start()} -> {more}{nth}"
            yield Mutant(path, what, text[:start] + more + text[end:])
        at += len(line)


# The engine: comparisons, arithmetic, connectives, constants.

COMPARES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
SUMS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.FloorDiv: ast.Mult}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


def engine() -> Iterator[Mutant]:
    for path in sorted(LAW.glob("*.py")):
        if path.name not in NOT_HERE:
            yield from _operators(path, path.read_text(encoding="utf-8"))


def _operators(path: Path, text: str) -> Iterator[Mutant]:
    count = len(_sites(ast.parse(text)))
    seen: dict[str, int] = {}
    for number in range(count):
        tree = ast.parse(text)
        node, owner = _sites(tree)[number]
        before = ast.unparse(node)
        after = _changed(node)
        what = f"{owner}: {before} -> {after}"
        seen[what] = seen.get(what, 0) + 1
        what += f" #{seen[what]}" if seen[what] > 1 else ""
        yield Mutant(path, what, ast.unparse(ast.fix_missing_locations(tree)))


def _sites(tree: ast.Module) -> list[tuple[ast.AST, str]]:
    found: list[tuple[ast.AST, str]] = []

    def walk(node: ast.AST, owner: str) -> None:
        for name, value in ast.iter_fields(node):
            if name in ("decorator_list", "annotation", "returns", "type_params"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, ast.AST):
                    continue
                named = isinstance(child, ast.FunctionDef | ast.ClassDef)
                inside = f"{owner}.{child.name}".lstrip(".") if named else owner  # type: ignore[attr-defined]
                if _changeable(child):
                    found.append((child, inside))
                walk(child, inside)

    walk(tree, "")
    return found


def _changeable(node: ast.AST) -> bool:
    match node:
        case ast.Compare(ops=[one, *_]):
            return type(one) in COMPARES
        case ast.BinOp(op=sign):
            return type(sign) in SUMS
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()) | ast.Constant(value=int()):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in CALLS
    return False


def _changed(node: ast.AST) -> str:
    """Changes the node in place; what it is then, as text."""
    match node:
        case ast.Compare():
            node.ops[0] = COMPARES[type(node.ops[0])]()
        case ast.BinOp():
            node.op = SUMS[type(node.op)]()
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.UnaryOp():
            node.op = ast.UAdd()
            node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
        case ast.Constant():
            node.value = not node.value if isinstance(node.value, bool) else node.value + 1  # type: ignore[operator]
        case ast.Call(func=ast.Name(id=name) as func):
            func.id = CALLS[name]
    return ast.unparse(node)


# One mutant in a process of its own.


class _Instead(importlib.abc.Loader, importlib.abc.MetaPathFinder):
    """Imports one module from changed text."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = ".".join(mutant.path.relative_to(ROOT).with_suffix("").parts)
        self.mutant = mutant

    def find_spec(self, name, path, target=None):  # type: ignore[no-untyped-def]
        del path, target
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.mutant.path, loader=self)

    def create_module(self, spec):  # type: ignore[no-untyped-def]
        del spec

    def exec_module(self, module) -> None:  # type: ignore[no-untyped-def]
        exec(compile(self.mutant.text, str(self.mutant.path), "exec"), module.__dict__)


def _put_in_place(mutant: Mutant) -> None:
    for name in [name for name in sys.modules if name.startswith(PURGED)]:
        del sys.modules[name]
    if mutant.path.suffix == ".py":
        sys.meta_path.insert(0, _Instead(mutant))
        return
    read_bytes, read_text = Path.read_bytes, Path.read_text
    Path.read_bytes = lambda self: mutant.text.encode() if self.resolve() == mutant.path else read_bytes(self)  # type: ignore[method-assign]
    Path.read_text = (  # type: ignore[method-assign]
        lambda self, *how, **more: mutant.text if self.resolve() == mutant.path else read_text(self, *how, **more)
    )


def _noticed(mutant: Mutant, files: Sequence[str]) -> bool:
    """Whether these tests fail; in the child only."""
    import pytest

    _put_in_place(mutant)
    # What compares hashes or the text of a page would notice any change at all, and prove nothing.
    skipped = "not content_hash and not document and not mutant"
    options = ["-x", "-q", "--assert=plain", "-o", "filterwarnings=ignore", "-k", skipped]
    options += [f"-pno:{name}" for name in ("cacheprovider", "xdist")]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.main([*options, *files]) != 0


def survives(mutant: Mutant) -> bool:
    """First the tables, which notice most and cost little; then everything else."""
    first = [str(TESTS / f"test_{name}.py") for name in FIRST]
    rest = [str(path) for path in sorted(TESTS.glob("test_*.py")) if str(path) not in first]
    return all(_survives(mutant, files) for files in (first, rest))


def _survives(mutant: Mutant, files: Sequence[str]) -> bool:
    child = os.fork()
    if child == 0:
        signal.alarm(ENDLESS_S)
        os.environ["WEIGHGATE_LAW_MUTANTS"] = "1"
        try:
            os._exit(1 if _noticed(mutant, files) else 0)
        except BaseException:  # noqa: BLE001 - whatever goes wrong is noticed
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", default="", help="tables, engine, or a part of a name")
    options.add_argument("--every", type=int, default=1, help="each so-manieth mutant")
    options.add_argument("--from", type=int, default=0, dest="first", help="how many to leave out at the beginning")
    chosen = options.parse_args()
    _import_all()
    made = list(_chosen(chosen.only))[chosen.first :: chosen.every]
    groups = tomllib.loads(REASONS.read_text(encoding="utf-8"))["survivors"]
    reasons = {name: group["reason"] for group in groups for name in group["mutants"]}
    unchanged = Mutant(LAW / "road.py", "", (LAW / "road.py").read_text(encoding="utf-8"))
    if not survives(unchanged):
        print("the tests fail without any change: see pytest tests/law")
        return 1
    began_s, alive = time.monotonic(), []
    for number, mutant in enumerate(made, start=1):
        if survives(mutant):
            alive.append(mutant.name)
            print(f"{'survives' if mutant.name in reasons else 'SURVIVES'}  {mutant.name}", flush=True)
        if number % 50 == 0:
            print(f"{number} of {len(made)}, {len(alive)} alive, {time.monotonic() - began_s:.0f} s", flush=True)
    new = [name for name in alive if name not in reasons]
    whole = not chosen.only and chosen.every == 1 and not chosen.first
    gone = [name for name in reasons if name not in alive] if whole else []
    print(f"{len(made)} mutants, {len(alive)} survive, {len(new)} without a reason, {len(gone)} reasons without one")
    for name in gone:
        print(f"no longer survives: {name}")
    return 1 if new or gone else 0


def _chosen(only: str) -> Iterable[Mutant]:
    if only in ("", "tables"):
        yield from tables()
    if only in ("", "engine"):
        yield from engine()
    if only not in ("", "tables", "engine"):
        yield from (one for one in (*tables(), *engine()) if only in one.name)


def _import_all() -> None:
    """What each child would import otherwise: everything that is not ours, and ours once to have it compiled."""
    import hypothesis.strategies
    import pytest

    import weighgate.checking
    import weighgate.judging

    del hypothesis, pytest, weighgate
    sys.path.insert(0, str(TESTS))


if __name__ == "__main__":
    sys.exit(main())
