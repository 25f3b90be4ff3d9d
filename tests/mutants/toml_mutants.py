"""Small lies about a data file: every number one more, every truth turned."""

import re
from collections.abc import Iterator

from python_mutants import Mutant

VALUE = re.compile(r"(?<![\w.\"'\-])(?P<number>-?\d[\d_]*)(?![\w.\-:])|\b(?P<truth>true|false)\b")
TURNED = {"true": "false", "false": "true"}


def mutants(source: str) -> Iterator[Mutant]:
    """Comments, texts and dates are left."""
    for number, line in enumerate(source.splitlines(keepends=True), start=1):
        for found in VALUE.finditer(_without_texts(line)):
            became = TURNED.get(found[0]) or str(int(found[0].replace("_", "")) + 1)
            changed = line[: found.start()] + became + line[found.end() :]
            lines = source.splitlines(keepends=True)
            lines[number - 1] = changed
            yield Mutant(number, line.strip(), changed.strip(), "".join(lines))


def _without_texts(line: str) -> str:
    """The same length, with everything in quotes or behind # blanked."""
    blank = re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'', lambda text: "x" * len(text[0]), line)
    return blank.partition("#")[0]
