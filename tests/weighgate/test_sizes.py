"""No module is longer than 300 lines and no function than 50, tests included; what is longer says here why."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES_MAX, FUNCTION_LINES_MAX = 300, 50
FOLDERS = ("drivers", "gateway", "central", "simulator", "weighgate", "tests", "benchmarks")
LONGER = {
    "central/store/migrations/versions/v0001_first_form.py: upgrade": "every table as it first was, one by one",
}


def too_long(text: str, name: str) -> Iterator[str]:
    """The module, if it is, and each of its functions that is; methods and functions in functions too."""
    if len(text.splitlines()) > MODULE_LINES_MAX:
        yield name
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{name}: {node.name}"


def test_nothing_is_longer_than_can_be_read_at_once() -> None:
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")) if not hidden(path)]
    assert len(files) > len(FOLDERS)
    found = [one for path in files for one in too_long(path.read_text("utf-8"), str(path.relative_to(ROOT)))]
    assert found == list(LONGER)


def hidden(path: Path) -> bool:
    """Whether it lies in an environment or a cache, which are none of ours."""
    return any(part.startswith((".", "__")) for part in path.relative_to(ROOT).parts[:-1])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\n" * MODULE_LINES_MAX, []),
        ("\n" * (MODULE_LINES_MAX + 1), ["m.py"]),
        ("def f():\n" + "    1\n" * (FUNCTION_LINES_MAX - 1), []),
        ("def f():\n" + "    1\n" * FUNCTION_LINES_MAX, ["m.py: f"]),
        ("class C:\n    async def f(self):\n" + "        1\n" * FUNCTION_LINES_MAX, ["m.py: f"]),
    ],
    ids=["300 lines", "301 lines", "function of 50", "function of 51", "method of 51"],
)
def test_a_line_too_many_is_seen(text: str, found: list[str]) -> None:
    assert list(too_long(text, "m.py")) == found
