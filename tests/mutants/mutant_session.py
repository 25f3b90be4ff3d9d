"""The quick look: all tests are collected and run once, then each mutant meets those that reach its line.

Each mutant lives in a child forked from the collected session, where the code of live functions is exchanged. What is
computed while modules are imported, it cannot see; `mutant_import` can.
"""

import functools
import gc
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType, FunctionType

import pytest
import python_mutants
from asking_pytest import FEW, OURS, run_tests
from forks import answers
from mutant_plan import Lie, Plan
from reached_lines import Line, reached

NOBODY = ""
ENDLESS_FACTOR, ENDLESS_S = 4, 2  # of processor time; a test that is over it has met a loop without end, and noticed
CACHED = type(functools.cache(abs))


@dataclass(frozen=True, slots=True)
class Left:
    """A lie that no test noticed here, or that cannot be told here, and the tests to try first: of one file."""

    lie: Lie
    first: tuple[str, ...]


def look_quickly(plan: Plan, *, jobs: int, tick: Callable[[str], None]) -> list[Left] | None:
    """What is left of the plan's lies, None where its tests are red without any. In a child: it imports all of ours."""
    look = _QuickLook(plan, jobs, tick)
    run_tests(plan.tests, examples=FEW, leave_out=plan.leave_out, plugins=[look])
    return look.left


@dataclass(slots=True)
class _QuickLook:
    """A plugin of pytest, in the place of its loop over the tests."""

    plan: Plan
    jobs: int
    tick: Callable[[str], None]
    left: list[Left] | None = None
    _killers: Counter[tuple[str, str]] = field(default_factory=Counter)
    _costs_s: dict[str, float] = field(default_factory=dict)
    _by_line: defaultdict[Line, set[str]] = field(default_factory=lambda: defaultdict(set))
    _items: dict[str, pytest.Item] = field(default_factory=dict)
    _functions: defaultdict[str, list[FunctionType]] = field(default_factory=lambda: defaultdict(list))
    _caches: list[Callable[[], None]] = field(default_factory=list)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._items = {item.nodeid: item for item in session.items}
        self._find_caches()
        self._run_all(session)
        if session.testsfailed or session.testscollected == 0:
            return True
        self._find_live_code()
        quick = [lie for lie in self.plan.lies if lie.mutant.in_function]
        unseen = [lie for lie in self.plan.lies if not lie.mutant.in_function]
        alive = []
        limit_s = int(3 * sum(self._costs_s.values())) + 10
        for lie, noticed in answers(
            quick, lambda lie: self._first_red(session, lie), jobs=self.jobs, cpu_s_max=limit_s
        ):
            if noticed == NOBODY:
                alive.append(lie)
            elif noticed is not None:
                self._killers[lie.file, noticed] += 1
            self.tick(lie.name if noticed == NOBODY else "")
        self.left = [*(Left(lie, self._likeliest(lie)) for lie in unseen), *(Left(lie, ()) for lie in alive)]
        return True

    def _run_all(self, session: pytest.Session) -> None:
        """Every test once, as it is, to see which lines each reaches and how long it takes.

        Nothing is remembered from one to the next: what a test only remembers, it would not seem to reach.
        """
        files = {str(lie.path) for lie in self.plan.lies if lie.mutant.in_function}
        items = session.items
        for item, following in zip(items, [*items[1:], None], strict=True):
            self._forget()
            began_s = time.process_time()
            with reached(files) as lines:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self._costs_s[item.nodeid] = time.process_time() - began_s
            for line in lines:
                self._by_line[line].add(item.nodeid)

    def _find_caches(self) -> None:
        found = (one for one in gc.get_objects() if isinstance(one, CACHED) and one.__module__.startswith(OURS))
        self._caches = [one.cache_clear for one in found]

    def _forget(self) -> None:
        for forget in self._caches:
            forget()

    def _find_live_code(self) -> None:
        files = {str(lie.path) for lie in self.plan.lies}
        for found in gc.get_objects():
            if isinstance(found, FunctionType) and found.__code__.co_filename in files:
                self._functions[found.__code__.co_filename].append(found)
        gc.freeze()

    def _first_red(self, session: pytest.Session, lie: Lie) -> str:
        """In a child: the test that notices, or `NOBODY`."""
        if not self._exchange(lie):
            return NOBODY
        self._forget()
        items = [self._items[name] for name in self._in_order(lie, self._reaching(lie))]
        for item, following in zip(items, [*items[1:], None], strict=True):
            signal.setitimer(signal.ITIMER_VIRTUAL, ENDLESS_FACTOR * self._costs_s[item.nodeid] + ENDLESS_S)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return item.nodeid
        return NOBODY

    def _exchange(self, lie: Lie) -> bool:
        """Whether some live function has the changed code now. Lambdas of one line cannot be told apart and stay."""
        path = str(lie.path)
        tree = python_mutants.changed(lie.path.read_text(encoding="utf-8"), lie.mutant.number)
        made = defaultdict(list)
        for code in _functions_in(compile(tree, path, "exec")):
            made[code.co_qualname, code.co_firstlineno].append(code)
        exchanged = False
        for function in self._functions[path]:
            match made[function.__code__.co_qualname, function.__code__.co_firstlineno]:
                case [code] if code.co_freevars == function.__code__.co_freevars and code != function.__code__:
                    function.__code__ = code
                    exchanged = True
        return exchanged

    def _reaching(self, lie: Lie) -> set[str]:
        first, last = lie.mutant.lines
        return {name for line in range(first, last + 1) for name in self._by_line.get((str(lie.path), line), ())}

    def _likeliest(self, lie: Lie) -> tuple[str, ...]:
        """What reaches the file of the lie, of the one file of tests that notices most in it."""
        path = str(lie.path)
        near = {name for (file, _), names in self._by_line.items() if file == path for name in names}
        ordered = self._in_order(lie, near)
        return tuple(name for name in ordered if name.partition("::")[0] == ordered[0].partition("::")[0])

    def _in_order(self, lie: Lie, names: set[str]) -> Sequence[str]:
        """First what has noticed most in this file, then what costs least."""
        return sorted(names, key=lambda name: (-self._killers[lie.file, name], self._costs_s[name], name))


def _functions_in(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _functions_in(inner)
