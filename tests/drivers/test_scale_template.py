"""The template protocol: any line by a pattern, and no pattern that can stop the gateway.

Method: lines from the field described as an installer would; patterns that ruin a backtracking engine, on lines made to
ruin it, counted in steps of time that a test can afford.
"""

import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.pattern import harmless
from drivers.protocol import Reader, Rejected, ScaleProtocol, protocol_named
from drivers.readings import Unit, WeightReading


def template(line: str, example: str, end: str = "crlf") -> ScaleProtocol:
    return protocol_named("template", {"line": line, "example": example, "end": end})


def said(protocol: ScaleProtocol, stream: bytes) -> list[WeightReading]:
    reader = Reader(protocol)
    return [one for one in reader.feed(stream) + reader.finish() if isinstance(one, WeightReading)]


FAIRBANKS = template(
    r" *(?P<value>\d+) (?P<unit>lb|kg) (?:(?P<gross>G)|(?P<net>N))(?P<moving>m)? *", "  12340 kg G ", "cr"
)
STATES = template(
    r"(?:(?P<stable>S)|(?P<moving>U)|(?P<over>O)|(?P<under>L)|(?P<invalid>E))(?P<sign>[+-])(?P<value>\d{6})", "S+012340"
)


def test_a_line_from_the_field_is_described_and_read() -> None:
    assert said(FAIRBANKS, b"  12340 kg G \r  12360 kg Nm\r") == [
        WeightReading(Decimal(12340), "kg", stable=True, net=False),
        WeightReading(Decimal(12360), "kg", stable=False, net=True),
    ]


@pytest.mark.parametrize(("letter", "status"), [("O", "overload"), ("L", "underload"), ("E", "invalid")])
def test_a_group_says_why_there_is_no_weight(letter: str, status: str) -> None:
    (found,) = said(STATES, letter.encode() + b"+999999\r\n")
    assert (found.value, found.status) == (None, status)


@pytest.mark.parametrize(
    ("line", "example", "end", "reading"),
    [
        # Avery ZM as TruConnect reads it
        (r"(?:(?P<gross>GS)|(?P<net>NS)), *(?P<value>\d+),(?P<unit>kg)", "GS,     2540,kg", "crlf",
         WeightReading(Decimal(2540), "kg", net=False)),
        # Bilanciai D70A: net, tare, unit and four states, of which only the unit is explained
        (r"\$ *(?P<value>\d+) +\d+ (?P<unit>kg) \d{4}", "$    12340     1000 kg 0000", "crlf",
         WeightReading(Decimal(12340), "kg")),
        # Weigh-Tronix NCI: the weight behind a line feed, its status line is another line
        (r"(?P<value>[0-9.]+)(?P<unit>LB)", "12.34LB", "crlf", WeightReading(Decimal("12.34"), "lb")),
    ],
)  # fmt: skip
def test_lines_without_a_protocol_of_their_own_are_read(
    line: str, example: str, end: str, reading: WeightReading
) -> None:
    assert said(template(line, example, end), example.encode() + b"\r\n") == [reading]


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_sample_of_the_front_page_reads_its_line(page: str) -> None:
    text = (Path(__file__).resolve().parents[2] / page).read_text(encoding="utf-8")
    (sample,) = [one for one in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "template" in one]
    scale = tomllib.loads(sample)["lanes"]["scale"]
    (found,) = said(protocol_named(scale["protocol"], scale["options"]), b"W:  12360 kg\r\n")
    assert (found.value, found.unit, found.stable) == (12360, "kg", True)


@pytest.mark.parametrize(
    ("end", "wire"), [("crlf", b"\r\n"), ("cr", b"\r"), ("lf", b"\n"), ("lfcr", b"\n\r"), ("etx", b"\x03")]
)
def test_a_line_ends_as_the_site_file_says(end: str, wire: bytes) -> None:
    assert said(template(r"(?P<value>\d+)", "12340", end), b"12360" + wire) == [WeightReading(Decimal(12360))]


@pytest.mark.parametrize("unit", ["kg", "g", "t", "lb"])
def test_a_unit_is_read_however_it_is_written(unit: Unit) -> None:
    for written in (unit, unit.upper()):
        line = template(r"(?P<value>\d+)(?P<unit>\w+)", f"12340{written}")
        assert said(line, f"12360{written}\r\n".encode()) == [WeightReading(Decimal(12360), unit)]


def test_signs_and_states_are_read() -> None:
    assert said(STATES, b"S-000020\r\nU+012340\r\n") == [
        WeightReading(Decimal(-20), stable=True),
        WeightReading(Decimal(12340), stable=False),
    ]


def test_the_rest_of_a_broken_line_is_no_smaller_weight() -> None:
    reader = Reader(template(r" *(?P<value>\d+)", "   12340"))
    found = reader.feed(b"   1\xff2340\r\n" + b"2340\r\n" + b"   12340\r\n") + reader.finish()
    assert [one.value for one in found if isinstance(one, WeightReading)] == [12340]
    assert any(isinstance(one, Rejected) for one in found)


@pytest.mark.parametrize(
    ("line", "example", "reason"),
    [
        (r"(?P<value>\d+", "12340", "does not compile"),
        (r"\d+", "12340", "no group `value`"),
        (r"(?P<value>\d+)(?P<weight>x)?", "12340", "weight unknown; known: gross, invalid, moving"),
        (r"(?P<value>\d+)", "12340 kg", "does not match its own example"),
        (r"(?P<value>\d+)5", "12345", "without giving back"),
        (r"(?P<value>.*)", "W 12340", "is no number"),
        (r"(?P<value>\d+) *(?P<unit>\w+)", "12340 oz", "none of kg, g, t, lb"),
        (r"(?P<value>(?:\d+)*?)", "12340", r"\*\? is not allowed"),
        (r"(?P<value>\d+)(?P=value)", "1212", r"\(\?P= is not allowed"),
        (r"(?P<value>\d)\1", "11", "reference to a group"),
        (r"(?=\d)(?P<value>\d+)", "12340", r"\(\?= is not allowed"),
        (r"(?P<value>\d+)" + " *" * 200, "12340", "300 are enough"),
        (r"(?P<value>\d+)公斤", "12340", "is for bytes"),
        (r"(?P<value>\d+)", "1", "3 to 120 ASCII characters"),
        (r"(?P<value>\d{99999999999})", "12340", "does not compile"),
        (r"[[0-9](?P<value>\d+)", "12340", "nested set"),
    ],
)
def test_a_wrong_template_is_refused_with_its_reason(line: str, example: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        template(line, example)


@pytest.mark.parametrize(
    "pattern",
    [r"(?:a+)+b", r"(?:a|aa)+b", r"(?:a*)*b", r"(?:.*){40}x", r".*.*.*.*.*.*.*.*x", r"(?:(?:a?){9}){9}(?:a{9}){9}b"],
)
def test_no_pattern_takes_long(pattern: str) -> None:
    """Each of these takes a backtracking engine longer than the test run on the same line."""
    assert harmless(pattern).fullmatch(b"a" * 120) is None


@settings(deadline=None)
@given(st.from_regex(r"[abc\[\](){}|?*+.\\^$,0-3-]{0,14}", fullmatch=True))
def test_any_text_is_a_pattern_or_is_refused(text: str) -> None:
    try:
        pattern = harmless(text)
    except ValueError:
        return
    found = pattern.fullmatch(b"aabbcc")
    assert found is None or re.compile(text.encode(), re.DOTALL).fullmatch(b"aabbcc"), "it matches no more than it says"


@pytest.mark.parametrize(
    ("protocol", "value", "line"),
    [
        (FAIRBANKS, "7", b"      7 kg G \r"),
        (FAIRBANKS, "123456", b" 123456 kg G \r"),  # over the spaces before it, but for one
        (STATES, "7", b"S+000007\r\n"),
        (protocol_named("template"), "123456789.12", b"     N 123456789.12 g   \r\n"),
        (template(r"(?P<value>\d+)kg", "12kg"), "7", b" 7kg\r\n"),
        (template(r" (?P<value>\d+)kg", " 12kg"), "7", b"  7kg\r\n"),
    ],
)
def test_another_weight_is_written_where_the_example_has_room(protocol: ScaleProtocol, value: str, line: bytes) -> None:
    assert protocol.encode(WeightReading(Decimal(value))) == line


@pytest.mark.parametrize(
    ("protocol", "digits", "decimals"),
    [
        (FAIRBANKS, 5, 4),
        (STATES, 5, 4),
        (protocol_named("template"), 8, 4),
        (template(r"W(?P<value>\d)kg", "W1kg"), 1, 0),
        (template(r"W(?P<value>\d\d\d)kg", "W100kg"), 2, 1),
    ],
)
def test_a_line_has_room_for_a_sign_and_so_many_digits(protocol: ScaleProtocol, digits: int, decimals: int) -> None:
    assert (protocol.span.digits, protocol.span.decimals, protocol.span.negative) == (digits, decimals, False)


def test_an_example_has_bounds() -> None:
    for size in (3, 120):
        assert template(r" *(?P<value>\d)kg", "1kg".rjust(size)).examples[0].frame == b"1kg".rjust(size) + b"\r\n"
    for wrong in ("1k", "1kg".rjust(121)):
        with pytest.raises(ValueError, match="not 3 to 120 ASCII characters"):
            template(r" *(?P<value>\d)kg?", wrong)


def test_only_its_own_example_was_captured() -> None:
    default = {name: str(option.default) for name, option in protocol_named("template").options.items()}
    assert template(**default).examples[0].proof == "captured"
    for other in ({"line": default["line"] + " *"}, {"example": "     N       0.3750 g   "}, {"end": "cr"}):
        assert template(**(default | other)).examples[0].proof == "field"
