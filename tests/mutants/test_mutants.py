"""The lies themselves: each is one change, and every kind of change is made."""

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
    return mass in (b"A",)
'''


def test_each_is_one_change_of_what_acts() -> None:
    made = {(mutant.was, mutant.became) for mutant in python_mutants.mutants(SOURCE)}
    assert made == {
        ("3", "4"),
        ("False", "True"),
        ("mass > LIMIT and (not free)", "not (mass > LIMIT and (not free))"),
        ("mass > LIMIT and (not free)", "mass > LIMIT or not free"),
        ("mass > LIMIT", "mass >= LIMIT"),
        ("not free", "not not free"),
        ("mass + 1 == 7 or mass & 1", "mass + 1 == 7 and mass & 1"),
        ("mass + 1 == 7", "mass + 1 != 7"),
        ("mass + 1", "mass - 1"),
        ("1", "2"),
        ("7", "8"),
        ("mass & 1", "mass | 1"),
        ("mass in (b'A',)", "mass not in (b'A',)"),
        ("b'A'", "b'@'"),
    }


def test_every_mutant_is_python_and_differs() -> None:
    texts = [mutant.text for mutant in python_mutants.mutants(SOURCE)]
    for text in texts:
        compile(text, "mutant", "exec")
    assert len(set(texts)) == len(texts)


def test_numbers_and_truths_of_a_table_are_changed_and_nothing_else() -> None:
    source = 'from = 2016-09-21\nname = "art. 3"  # 3 of them\nlimit_kg = 18_000\nloads = [7, -1]\non = true\n'
    assert [(mutant.was, mutant.became) for mutant in toml_mutants.mutants(source)] == [
        ("limit_kg = 18_000", "limit_kg = 18001"),
        ("loads = [7, -1]", "loads = [8, -1]"),
        ("loads = [7, -1]", "loads = [7, 0]"),
        ("on = true", "on = false"),
    ]
