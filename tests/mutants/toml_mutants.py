"""Small lies about a data file: every number one more, every truth turned."""

import re
from collections.abc import Iterator

from python_mutants import Mutant

VALUE = re.compile(r"(?<![\w.\"'\-])(?P<number>-?\d[\d_]*)(?![\w.\-:])|\b(?P<truth>true|false)\b")
TURNED = {"true": "false", "false": "true"}
EXAMPLES = "[[examples]]"  # what a file is held to is not changed with it


def mutants(source: str) -> Iterator[Mutant]:
    """Comments, texts, dates and worked examples are left. A name says section, line and column of what changed."""
    seen: dict[tuple[str, int], int] = {}
    for number, (line, section, text, found, became) in enumerate(_spots(source)):
        place = f"{section} {text}".strip()
        seen[place, found.start()] = count = seen.get((place, found.start()), 0) + 1
        nth = f" #{count}" if count > 1 else ""
        yield Mutant(
            number, f"{place}: {found[0]} at {found.start()} -> {became}{nth}", (line, line), in_function=False
        )


def changed(source: str, number: int) -> str:
    line, _, _, found, became = list(_spots(source))[number]
    lines = source.splitlines(keepends=True)
    lines[line - 1] = lines[line - 1][: found.start()] + became + lines[line - 1][found.end() :]
    return "".join(lines)


def _spots(source: str) -> Iterator[tuple[int, str, str, re.Match[str], str]]:
    section = ""
    for number, line in enumerate(source.splitlines(), start=1):
        code = _code_only(line)
        section = code.strip() if line.startswith("[") else section
        if section.startswith(EXAMPLES):
            continue
        for found in VALUE.finditer(code):
            became = TURNED.get(found[0]) or str(int(found[0].replace("_", "")) + 1)
            yield number, section, line[: len(code)].strip(), found, became


def _code_only(line: str) -> str:
    """Up to the comment, with everything in quotes blanked."""
    blank = re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'', lambda text: "x" * len(text[0]), line)
    return blank.partition("#")[0]
