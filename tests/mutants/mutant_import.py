"""The thorough look: a mutant is imported, or read, in the place of its file.

It sees what is computed at import and what is read from data files. Nothing is written to the tree. In a child only.
"""

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import python_mutants
import toml_mutants
from asking_pytest import ALL, FEW, OURS, run_tests
from mutant_plan import Lie, Plan


def load_what_the_plan_imports(plan: Plan) -> None:
    """In the parent of all children, so that each has everything heavy. Reads no data file of ours."""
    for name in plan.imports:
        importlib.import_module(name)


def is_noticed(lie: Lie, first: Sequence[str], leave_out: str) -> bool:
    """Whether some test of the lie is red; few examples of each property do, as nearly all notice at the first."""
    if lie.path.suffix == ".py":
        forget_ours()
    _put_in_place(lie)
    stages = [first, lie.tests] if first else [lie.tests[:-1], lie.tests[-1:]]
    return any(not run_tests(["-x", *words], examples=FEW, leave_out=leave_out) for words in stages if words)


def is_noticed_by_all_examples(lie: Lie, leave_out: str) -> bool:
    forget_ours()
    _put_in_place(lie)
    return not run_tests(["-x", *lie.tests], examples=ALL, leave_out=leave_out)


def forget_ours() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]


class _Instead(importlib.abc.Loader, importlib.abc.MetaPathFinder):
    """Imports one module from its changed tree."""

    def __init__(self, lie: Lie, source: str) -> None:
        self.name = ".".join(Path(lie.file).with_suffix("").parts)
        self.lie, self.source = lie, source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        return (
            importlib.util.spec_from_file_location(fullname, self.lie.path, loader=self)
            if fullname == self.name
            else None
        )

    def create_module(self, spec: ModuleSpec) -> None:
        del spec

    def exec_module(self, module: ModuleType) -> None:
        tree = python_mutants.changed(self.source, self.lie.mutant.number)
        exec(compile(tree, str(self.lie.path), "exec"), module.__dict__)


def _put_in_place(lie: Lie) -> None:
    source = lie.path.read_text(encoding="utf-8")
    if lie.path.suffix == ".py":
        sys.meta_path.insert(0, _Instead(lie, source))
        return
    changed = toml_mutants.changed(source, lie.mutant.number)
    read_bytes, read_text = Path.read_bytes, Path.read_text
    Path.read_bytes = lambda self: changed.encode() if self.resolve() == lie.path else read_bytes(self)  # type: ignore[method-assign]
    Path.read_text = (  # type: ignore[method-assign]
        lambda self, *how, **more: changed if self.resolve() == lie.path else read_text(self, *how, **more)
    )
