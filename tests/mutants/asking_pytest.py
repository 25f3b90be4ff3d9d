"""How the tests are asked: nothing shown, nothing kept, and a set number of examples of each property."""

from collections.abc import Sequence

import hypothesis
import pytest
from hypothesis import Phase

OURS = ("drivers", "gateway", "central", "simulator", "weighgate")
WORDS = (
    "-q", "-s", "--assert=plain", "--tb=native", "-pno:cacheprovider", "-pno:xdist",
    "-otimeout=0", "-ofilterwarnings=ignore",
)  # fmt: skip
FEW, ALL = 12, 100


class _Examples:
    """A plugin: whatever profile a folder's conftest loads, this one is loaded after it. Nothing is shrunk."""

    def __init__(self, count: int) -> None:
        self.profile = hypothesis.settings(
            max_examples=count, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
        )

    def pytest_sessionstart(self) -> None:
        hypothesis.settings.register_profile("mutants", self.profile)
        hypothesis.settings.load_profile("mutants")


def run_tests(words: Sequence[str], *, examples: int, leave_out: str, plugins: Sequence[object] = ()) -> bool:
    """Whether all these tests are green; `leave_out` is an expression of `-k`."""
    left_out = ("-k", f"not ({leave_out})") if leave_out else ()
    return pytest.main([*WORDS, *left_out, *words], plugins=[_Examples(examples), *plugins]) == pytest.ExitCode.OK
