r"""Regular expressions from a site file, made harmless: every part takes all it can and never gives anything back.

A pattern that may give back can take for ever on a line of eighty characters. So each quantifier is made possessive and
each group atomic, which costs time in proportion to the line. `\d+5` then never matches `125`: whoever writes such a
pattern is told when its own example line does not match.
"""

import re
import warnings

PATTERN_MAX = 300
REFUSED = ("(?=", "(?!", "(?<=", "(?<!", "(?P=", "(?(", "(?i", "(?m", "(?s", "(?x", "(?a", "(?u", "(?L", "(?#", "(?>")


def harmless(pattern: str) -> "re.Pattern[bytes]":
    """Compiled for bytes. Raises ValueError that says which part is not allowed, or what does not compile."""
    if len(pattern) > PATTERN_MAX:
        raise ValueError(f"the pattern has {len(pattern)} characters; {PATTERN_MAX} are enough for a line")
    if not pattern.isascii():
        raise ValueError("the pattern is for bytes: write other characters as \\xNN")
    for construct in REFUSED:
        if construct in pattern:
            raise ValueError(f"{construct} is not allowed in a pattern; write what the line says, part by part")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)  # what may mean something else one day means nothing here
            re.compile(pattern.encode())
            return re.compile(_possessive(pattern).encode(), re.DOTALL)
    except (re.error, OverflowError, FutureWarning) as error:
        raise ValueError(f"the pattern {pattern!r} does not compile: {error}") from error


QUANTIFIER = re.compile(r"[*+?]|\{[0-9]*,?[0-9]*\}")
OPENING = re.compile(r"\(\?(?:P<\w+>|:)")


def _possessive(pattern: str) -> str:
    made: list[str] = []
    closings: list[str] = []
    at = 0
    while at < len(pattern):
        piece = _piece(pattern, at)
        at += len(piece)
        if piece.startswith("("):
            named = piece.startswith("(?P<")
            made.append("(?>" + piece if named else "(?>")
            closings.append("))" if named else ")")
        else:
            made.append(closings.pop() if piece == ")" else piece)
        if quantifier := QUANTIFIER.match(pattern, at):
            at = quantifier.end()
            if pattern[at : at + 1] and pattern[at] in "?+":
                raise ValueError(f"{quantifier[0]}{pattern[at]} is not allowed: every part takes all it can")
            made.append(quantifier[0] + "+")
    return "".join(made)


def _piece(pattern: str, at: int) -> str:
    """An escape, a class, the opening or closing of a group, or one character."""
    if pattern[at] == "\\":
        if pattern[at + 1 : at + 2].isdigit() and pattern[at + 1] != "0":
            raise ValueError("a reference to a group is not allowed in a pattern")
        return pattern[at : at + 2]
    if pattern[at] == "[":
        return _class(pattern, at)
    if opening := OPENING.match(pattern, at):
        return opening[0]
    return pattern[at]


def _class(pattern: str, at: int) -> str:
    end = at + 1
    while pattern[end : end + 1] == "^" or (end == at + 1 and pattern[end : end + 1] == "]"):
        end += 1
    if pattern[end : end + 1] == "]" and pattern[end - 1] == "^":
        end += 1
    while pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    return pattern[at : end + 1]
