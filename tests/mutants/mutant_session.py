"""The quick look: all tests are collected and run once, then each mutant meets those that reach its line.

Each mutant lives in a child forked from the collected session, where the code of live functions is exchanged. What is
computed while modules are imported and tests are collected, it cannot see; `mutant_import` can. A mutant whose lines
nothing ran by then, and that no test noticed here, none will notice there.
"""

import functools
import gc
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import CodeType, FunctionType

import pytest
import python_mutants
from asking_pytest import FEW, OURS, run_tests
from forks import answers
from mutant_import import forget_ours
from mutant_plan import Lie, Plan
from reached_lines import Line, reached

NOBODY, UNTOLD = "", "?"
ENDLESS_FACTOR, ENDLESS_S = 4, 2  # of processor time; a test that is over it has met a loop without end, and noticed
BLOCKED_FACTOR, BLOCKED_S = 60, 15  # of time on the wall; a test that is over it waits for what never comes
CACHED = type(functools.cache(abs))


@dataclass(frozen=True, slots=True)
class Left:
    """A lie that no test noticed here, or that cannot be told here, and the tests to try first: of one file.

    alive: whether all that can notice it, in few examples of each property, has been asked.
    """

    lie: Lie
    first: tuple[str, ...]
    alive: bool = False


def look_quickly(plan: Plan, *, jobs: int, tick: Callable[[str], None]) -> list[Left] | None:
    """What is left of the plan's lies, None where its tests are red without any. In a child: it imports all of ours."""
    look = _QuickLook(plan, jobs, tick)
    forget_ours()
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
    _before: set[Line] = field(default_factory=set)
    _watched: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._watched = frozenset(str(lie.path) for lie in self.plan.lies if lie.mutant.in_function)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Iterator[None]:
        """What is run to import modules and to collect tests is done before any mutant lives here."""
        with reached(self._watched) as self._before:
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """What a fixture is made by, it is made by for each test of the file."""
        with reached(self._watched) as lines:
            result = yield
        near = [name for name in self._items if _file_of(name) == _file_of(item.nodeid)] if lines else []
        for line in lines:
            self._by_line[line].update(near)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        with reached(self._watched) as lines:
            result = yield
        for line in lines:
            self._by_line[line].add(item.nodeid)
        return result

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._items = {item.nodeid: item for item in session.items}
        self._find_caches()
        self._run_all(session)
        if session.testsfailed or session.testscollected == 0:
            return True
        self._watched = frozenset()
        self._find_live_code()
        quick = [lie for lie in self.plan.in_order if lie.mutant.in_function]
        unseen = [lie for lie in self.plan.in_order if not lie.mutant.in_function]
        self.left = [Left(lie, self._likeliest(lie)) for lie in unseen]
        limit_s = int(3 * sum(self._costs_s.values())) + 10
        for lie, noticed in answers(
            quick, lambda lie: self._first_red(session, lie), jobs=self.jobs, cpu_s_max=limit_s
        ):
            if noticed in (NOBODY, UNTOLD):
                self.left.append(Left(lie, (), alive=noticed == NOBODY and not self._is_run_before(lie)))
            elif noticed is not None:
                self._killers[lie.file, noticed] += 1
            self.tick(lie.name if noticed in (NOBODY, UNTOLD) else "")
        return True

    def _run_all(self, session: pytest.Session) -> None:
        """Every test once, as it is, to see which lines each reaches and how long it takes.

        Nothing is remembered from one to the next: what a test only remembers, it would not seem to reach.
        """
        for item, following in pairwise([*session.items, None]):
            assert item is not None
            self._forget()
            began_s = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self._costs_s[item.nodeid] = time.process_time() - began_s

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
        """In a child: the test that notices, or `NOBODY`; `UNTOLD` where the lie cannot be lived here."""
        if not self._exchange(lie):
            return UNTOLD
        self._forget()
        items = [self._items[name] for name in self._in_order(lie, self._reaching(lie))]
        for item, following in pairwise([*items, None]):
            assert item is not None
            cost_s = self._costs_s[item.nodeid]
            signal.setitimer(signal.ITIMER_VIRTUAL, ENDLESS_FACTOR * cost_s + ENDLESS_S)
            signal.setitimer(signal.ITIMER_REAL, BLOCKED_FACTOR * cost_s + BLOCKED_S)
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

    def _is_run_before(self, lie: Lie) -> bool:
        return not self._before.isdisjoint(_lines_of(lie))

    def _reaching(self, lie: Lie) -> set[str]:
        return {name for line in _lines_of(lie) for name in self._by_line.get(line, ())}

    def _likeliest(self, lie: Lie) -> tuple[str, ...]:
        """What reaches the file of the lie, of the one file of tests that notices most in it."""
        path = str(lie.path)
        near = {name for (file, _), names in self._by_line.items() if file == path for name in names}
        ordered = self._in_order(lie, near)
        return tuple(name for name in ordered if _file_of(name) == _file_of(ordered[0]))

    def _in_order(self, lie: Lie, names: set[str]) -> Sequence[str]:
        """First what has noticed most in this file, then what costs least."""
        return sorted(names, key=lambda name: (-self._killers[lie.file, name], self._costs_s[name], name))


def _lines_of(lie: Lie) -> Iterator[Line]:
    first, last = lie.mutant.lines
    return ((str(lie.path), line) for line in range(first, last + 1))


def _file_of(test: str) -> str:
    return test.partition("::")[0]


def _functions_in(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _functions_in(inner)
