"""The lies themselves: each is one change, and every kind of change is made. And a small run over a small plan."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
import python_mutants
import toml_mutants

SOURCE = '''
"""A word."""
LIMIT = 3


def over(mass: int, free: bool = False) -> bool:
    """5 stays 5 here."""
    assert mass >= 0
    if mass > LIMIT and not free:
        return mass + 1 == 7 or mass & 1
    return mass in (b"A",) if any(mass) else 1 < mass < 2
'''


def test_each_is_one_change_of_what_acts() -> None:
    assert [mutant.name for mutant in python_mutants.mutants(SOURCE)] == [
        "module: 3 -> 4",
        "over: False -> True",
        "over: mass > LIMIT and (not free) -> not (mass > LIMIT and (not free))",
        "over: mass > LIMIT and (not free) -> mass > LIMIT or not free",
        "over: mass > LIMIT -> mass >= LIMIT",
        "over: not free -> not not free",
        "over: mass + 1 == 7 or mass & 1 -> mass + 1 == 7 and mass & 1",
        "over: mass + 1 == 7 -> mass + 1 != 7",
        "over: mass + 1 -> mass - 1",
        "over: 1 -> 2",
        "over: 7 -> 8",
        "over: mass & 1 -> mass | 1",
        "over: 1 -> 2 #2",
        "over: any(mass) -> not any(mass)",
        "over: any(mass) -> all(mass)",
        "over: mass in (b'A',) -> mass not in (b'A',)",
        "over: b'A' -> b'@'",
        "over: 1 < mass < 2 -> 1 <= mass < 2",
        "over: 1 < mass < 2 -> 1 < mass <= 2",
        "over: 1 -> 2 #3",
        "over: 2 -> 3",
    ]


def test_every_mutant_is_python_and_differs() -> None:
    texts = [ast.unparse(python_mutants.changed(SOURCE, mutant.number)) for mutant in python_mutants.mutants(SOURCE)]
    for text in texts:
        compile(text, "mutant", "exec")
    assert len({ast.unparse(ast.parse(SOURCE)), *texts}) == len(texts) + 1


def test_a_mutant_says_which_lines_must_run_for_it_to_act() -> None:
    lines = {mutant.name: (mutant.lines, mutant.in_function) for mutant in python_mutants.mutants(SOURCE)}
    assert lines["module: 3 -> 4"] == ((3, 3), False)
    assert lines["over: False -> True"] == ((6, 6), False), "a default is made when the function is"
    assert lines["over: mass > LIMIT -> mass >= LIMIT"] == ((9, 9), True)


def test_numbers_and_truths_of_a_table_are_changed_and_nothing_else() -> None:
    source = """\
from = 2016-09-21
name = "art. 3"  # 3 of them
limit_kg = 18_000
[[rows]]
loads = [7, -1]
loads = [7, -1]
on = true
[[examples]]
is = 8
"""
    made = list(toml_mutants.mutants(source))
    assert [mutant.name for mutant in made] == [
        "limit_kg = 18_000: 18_000 at 11 -> 18001",
        "[[rows]] loads = [7, -1]: 7 at 9 -> 8",
        "[[rows]] loads = [7, -1]: -1 at 12 -> 0",
        "[[rows]] loads = [7, -1]: 7 at 9 -> 8 #2",
        "[[rows]] loads = [7, -1]: -1 at 12 -> 0 #2",
        "[[rows]] on = true: true at 5 -> false",
    ]
    assert toml_mutants.changed(source, made[2].number) == source.replace("-1", "0", 1)


XOR = "drivers/checksums.py: xor_of: 0 -> 1"
PLAN = """\
[[group]]
files = ["drivers/checksums.py"]
tests = ["{test}"]

[[survivors]]
reason = "seeded"
mutants = {excused}
"""
SUM_ALONE = """\
from drivers.checksums import twos_complement_7bit, xor_of

def test_checks():
    xor_of(b"")
    assert twos_complement_7bit(bytes([0x81])) == 127
"""
BOTH = SUM_ALONE.replace('xor_of(b"")', 'assert xor_of(b"") == 0')
COLLECTED = SUM_ALONE.replace('xor_of(b"")', "assert FOUND == 0") + 'FOUND = xor_of(b"")\n'
IN_FIXTURE = """\
import pytest

@pytest.fixture(scope="module")
def found():
    return xor_of(b"")

def test_asks(found):
    pass

def test_compares(found):
    assert found == 0

"""


@pytest.mark.parametrize(
    ("test", "excused", "ends", "says"),
    [
        (BOTH, [], 0, "3 mutants, 0 survive, 0 without a reason"),
        (SUM_ALONE, [], 1, f"SURVIVES  {XOR}"),
        (SUM_ALONE, [XOR], 0, "3 mutants, 1 survive, 0 without a reason"),
        (COLLECTED, [XOR], 1, f"is noticed, or is not made any more: {XOR}"),
        (IN_FIXTURE + SUM_ALONE, [XOR], 1, f"is noticed, or is not made any more: {XOR}"),
        (BOTH, [XOR], 1, f"is noticed, or is not made any more: {XOR}"),
        ("def test_red():\n    assert 0\n", [], 1, "red without any mutant"),
    ],
    ids=[
        "all noticed",
        "one not",
        "one not, with a reason",
        "run while tests are collected",
        "run for a fixture of the file",
        "a reason too many",
        "red as it is",
    ],
)
def test_a_plan_is_run(tmp_path: Path, test: str, excused: list[str], ends: int, says: str) -> None:
    (tmp_path / "test_sums.py").write_text(test, encoding="utf-8")
    plan = tmp_path / "sums.toml"
    plan.write_text(PLAN.format(test=tmp_path / "test_sums.py", excused=json.dumps(excused)), encoding="utf-8")
    words = [sys.executable, str(Path(__file__).with_name("mutant_run.py")), str(plan), "--jobs", "1"]
    run = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert says in run.stdout + run.stderr
    assert run.returncode == ends
