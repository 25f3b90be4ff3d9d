r"""The template: a line that no other protocol knows, described in the site file by a pattern and one real line.

    options = { line = 'W:(?P<sign>-)? *(?P<value>[0-9.]+) *(?P<unit>kg)', example = 'W:  12340 kg', end = "crlf" }

`example` is one line as the indicator sends it, without its end. The pattern must match it, and a line must be as long
as it: the rest of a broken line is shorter, and is refused. Named groups say what is what:

    value   the digits (needed)      sign   a `-` in it makes the weight negative
    unit    kg, g, t or lb           stable moving net gross over under invalid   true where they match something

`over`, `under` and `invalid` are no weight. Every part of the pattern takes all it can and gives nothing back
(`drivers.pattern`), so that no line, however long or bad, costs more than a moment. No checksum is checked.
"""

import re
from functools import partial

from drivers.errors import FrameError
from drivers.framing import FixedLines
from drivers.numerals import digits, number
from drivers.options import Option
from drivers.pattern import harmless
from drivers.protocol import Example, ScaleProtocol, Span
from drivers.readings import Unit, WeightReading

LINE_MAX, LINE_MIN = 120, 3
NUMBER = re.compile(rb"[0-9]+(?:\.[0-9]+)?")
ENDS = {"crlf": b"\r\n", "cr": b"\r", "lf": b"\n", "lfcr": b"\n\r", "etx": b"\x03"}
UNITS: dict[bytes, Unit] = {b"kg": "kg", b"g": "g", b"t": "t", b"lb": "lb"}
NO_WEIGHT = {"over": "overload", "under": "underload", "invalid": "invalid"}
GROUPS = {"value", "sign", "unit", "stable", "moving", "net", "gross", *NO_WEIGHT}
PRINTED = r" +(?P<net>N)? *(?P<sign>-)?(?P<value>[0-9]+\.?[0-9]*) (?P<unit>kg|g|t|lb) *"
OPTIONS = {
    "line": Option(PRINTED, "a regular expression with the named group `value` for one line without its end"),
    "example": Option("     N       0.3749 g   ", "one real line, without its end"),
    "end": Option("crlf", "what ends a line", tuple(ENDS)),
}

Groups = dict[str, bytes | None]


def decode(frame: bytes, *, pattern: "re.Pattern[bytes]", end: bytes) -> WeightReading:
    found = pattern.fullmatch(frame, 0, len(frame) - len(end))
    if not found:
        raise FrameError(f"the pattern does not match {frame!r}")
    groups: Groups = found.groupdict()
    unit_text = groups.get("unit")
    if unit_text and unit_text.strip().lower() not in UNITS:
        raise FrameError(f"unit {unit_text!r} is none of kg, g, t, lb")
    unit = UNITS[unit_text.strip().lower()] if unit_text else None
    stable, net = _either(groups, "stable", "moving"), _either(groups, "net", "gross")
    for name, status in NO_WEIGHT.items():
        if groups.get(name):
            return WeightReading(None, unit, stable, net, status=status)
    text = (groups["value"] or b"").strip()
    if not NUMBER.fullmatch(text):
        raise FrameError(f"the value {text!r} is no number")
    return WeightReading(number(text, negative=b"-" in (groups.get("sign") or b"")), unit, stable, net)


def _either(groups: Groups, yes: str, no: str) -> bool | None:
    """True or false where the pattern can tell; with only one of the two groups, its absence is the other."""
    if yes not in groups and no not in groups:
        return None
    return bool(groups.get(yes)) if yes in groups else not groups.get(no)


def encode(reading: WeightReading, *, example: bytes, field: slice, end: bytes) -> bytes:
    """The example line with another value in its place."""
    assert reading.value is not None, "the example line says a weight"
    size = field.stop - field.start
    pad = b"0" if example[field.start : field.start + 1] == b"0" else b" "
    return example[: field.start] + digits(reading.value, size, pad) + example[field.stop :] + end


def _field(example: bytes, found: "re.Match[bytes]") -> slice:
    """Where a value may stand: over the digits, and over all spaces before them but one."""
    start, stop = found.span("value")
    while start > 1 and example[start - 1 : start] == b" " and example[start - 2 : start - 1] == b" ":
        start -= 1
    return slice(start, stop)


def _compiled(line: str, example: str, end: bytes) -> "tuple[re.Pattern[bytes], re.Match[bytes]]":
    try:
        pattern = harmless(line)
    except ValueError as error:
        raise ValueError(f"template: line: {error}") from error
    unknown = set(pattern.groupindex) - GROUPS
    if "value" not in pattern.groupindex or unknown:
        which = f"{', '.join(sorted(unknown))} unknown" if unknown else "no group `value`"
        raise ValueError(f"template: line: {which}; known: {', '.join(sorted(GROUPS))}")
    if not example.isascii() or not LINE_MIN <= len(example) <= LINE_MAX:
        raise ValueError(f"template: example is not {LINE_MIN} to {LINE_MAX} ASCII characters")
    found = pattern.fullmatch(example.encode())
    if not found or end in example.encode():
        raise ValueError(f"template: line does not match its own example {example!r}, part by part without giving back")
    try:
        decode(example.encode() + end, pattern=pattern, end=end)
    except FrameError as error:
        raise ValueError(f"template: example {example!r}: {error}") from error
    return pattern, found


def build(*, line: str = PRINTED, example: str = "     N       0.3749 g   ", end: str = "crlf") -> ScaleProtocol:
    """The protocol that a site describes. Raises ValueError for a pattern that cannot be, or misses its example."""
    shown, closing = example.encode(errors="replace"), ENDS[end]
    pattern, found = _compiled(line, example, closing)
    said = decode(shown + closing, pattern=pattern, end=closing)
    field = _field(shown, found)
    own = line == PRINTED and example == OPTIONS["example"].default and end == "crlf"
    return ScaleProtocol(
        name="template",
        title="A line described in the site file",
        models=("any indicator that sends lines of one length",),
        splitter=partial(FixedLines, len(shown) + len(closing), end=closing),
        decode=partial(decode, pattern=pattern, end=closing),
        encode=partial(encode, example=shown, field=field, end=closing),
        examples=(
            Example(
                shown + closing,
                said,
                "captured" if own else "field",
                "NSerialCommTools @ea92cf0 (MIT), captured from a MS204TS" if own else "the site file",
            ),
        ),
        span=_span(said, field),
        settings="continuous output of one line; write one of them into the site file",
        options=OPTIONS,
        build=build,
    )


def _span(said: WeightReading, field: slice) -> Span:
    places = max(field.stop - field.start - 1, 1)
    return Span(
        digits=min(places, 8),
        decimals=min(places - 1, 4),
        negative=False,
        units=() if said.unit is None else (said.unit,),
        net=said.net,
        stable=said.stable,
    )


PROTOCOL = build()
