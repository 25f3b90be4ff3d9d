"""What scales say at the bounds of their formats: no weight letter by letter, and settings that just may be.

Method: frames as their manuals build them, each written and read; the largest setting, and one beyond it.
"""

from decimal import Decimal

import pytest

from drivers.errors import FrameError
from drivers.framing import NEED_MORE, NO_FRAME
from drivers.protocol import Reader, Remark, protocol_named
from drivers.readings import Unit, WeightReading
from drivers.scales import cas_swii, rincmd


def nothing(
    status: str, unit: Unit | None = "kg", *, net: bool | None = None, stable: bool | None = None
) -> WeightReading:
    return WeightReading(None, unit, stable, net, status=status)


NO_WEIGHT = [
    ("cardinal", b"\r      0o kg g  \x03", nothing("overload", net=False)),
    ("cardinal", b"\r      0o lb n  \x03", nothing("overload", "lb", net=True)),
    ("cardinal-deck", b"O1G 1           0kg\r", nothing("overload", net=False)),
    ("cardinal-deck", b"U1N 1           0lb\r", nothing("underload", "lb", net=True)),
    ("cas-22", b"OL,GS,1D,       0 kg\r\n", nothing("overload", net=False)),
    ("cas-22", b"OL,NT,1@,       0 lb\r\n", nothing("overload", "lb", net=True)),
    ("cas-22", b"ST,GS,1T,       0 kg\r\n", nothing("held display", net=False)),
    ("cas-swii", b"\x01\x02F 000000kgj\x03\x04", nothing("no weight")),
    ("dini-argeo", b"UL,GS,       0,kg\r\n", nothing("underload", net=False)),
    ("dini-argeo", b"OL,NT,       0,lb\r\n", nothing("overload", "lb", net=True)),
    ("mt-sics", b"ES\r\n", nothing("command not understood", None)),
    ("mt-sics", b"ET\r\n", nothing("transmission error", None)),
    ("mt-sics", b"S I\r\n", nothing("busy", None)),
    ("mt-sics", b"S +\r\n", nothing("overload", None)),
    ("ricelake-condec", b"\x02       0KGO\r\n", nothing("overload", net=False)),
    ("ricelake-condec", b"\x02       0LNI\r\n", nothing("invalid", "lb", net=True)),
    ("rincmd", b"C1110026:8800;", nothing("underload", None)),
    ("rinstrum-auto-b", b"\x02 -------O     kg\x03", nothing("overload")),
    ("rinstrum-auto-c", b"\x02 -------GSO   \x03", nothing("overload", None, net=False, stable=True)),
    ("rinstrum-auto-e", b" -------KGU\r\n", nothing("underload", net=False)),
    ("sma", b"\nO1G  ----------kg \r", nothing("overload", net=False, stable=True)),
    ("sma", b"\nU1NM ----------lb \r", nothing("underload", "lb", net=True, stable=False)),
    ("sma", b"\n 1N  ----------kg \r", nothing("no weight", net=True, stable=True)),
    ("sma", b"\n 1GM ----------kg \r", nothing("no weight", net=False, stable=False)),
    ("st-gs", b"OL,GS,        kg\r\n", nothing("overload")),
    ("systec", b"<310005.06.1813:12  21       0       0       0kg     1   27387>", nothing("error 31")),
    ("toledo-continuous", b"\x02*4      0     0\rS", nothing("overload", net=False, stable=True)),
    ("yaohua-a12e", b"         OL23\r\n", nothing("overload")),
]


@pytest.mark.parametrize(("name", "frame", "reading"), NO_WEIGHT)
def test_why_there_is_no_weight_is_written_and_read(name: str, frame: bytes, reading: WeightReading) -> None:
    protocol = protocol_named(name)
    assert protocol.encode(reading) == frame
    said = protocol.decode(frame)
    assert isinstance(said, WeightReading)
    assert (said.value, said.status, said.unit or reading.unit) == (None, reading.status, reading.unit)
    assert (said.net, said.stable) == (reading.net, reading.stable) or said.net is said.stable is None


@pytest.mark.parametrize(
    ("name", "frame", "said"),
    [
        ("sbi", b"      +   9.9999 kg \r\n", WeightReading(Decimal("9.9999"), "kg", stable=True, net=None)),
        ("ricelake-condec", b"\x02   12340 G \r\n", WeightReading(Decimal(12_340), None, stable=True, net=False)),
        ("sma", b"\n 1n       12.50kg \r", WeightReading(Decimal("12.50"), "kg", stable=True, net=True)),
        ("sma", b"\n 1g       12.50kg \r", WeightReading(Decimal("12.50"), "kg", stable=True, net=False)),
        (
            "dini-argeo",
            b"ST,1,     12340kg,PT      20.0lb\r\n",
            WeightReading(Decimal(12_340), "kg", stable=True, net=False),
        ),
        ("st-gs", b"ST,PT,+00012.5kg\r\n", Remark("tare", "12.5 kg")),
        ("st-gs", b"ST,TR,+00012.5\r\n", Remark("tare", "12.5")),
    ],
)
def test_a_letter_says_what_kind_of_weight_it_is(name: str, frame: bytes, said: object) -> None:
    assert protocol_named(name).decode(frame) == said


def test_a_rinstrum_s_sign_may_carry_lamps() -> None:
    protocol = protocol_named("rinstrum-auto-a")
    for signs, value in ((b" 0`p", "12.5"), (b"-=m}", "-12.5")):
        for sign in signs:
            said = WeightReading(Decimal(value), stable=True, net=False)
            assert protocol.decode(b"\x02%c   12.5G\x03" % sign) == said


def test_a_sartorius_may_leave_its_name_out() -> None:
    reader = Reader(protocol_named("sbi"))
    (said,) = reader.feed(b"-   0.1234 g  \r\n")
    assert said == WeightReading(Decimal("-0.1234"), "g", stable=True, net=None)


@pytest.mark.parametrize("name", ["cardinal-deck", "giropes", "ricelake-demand", "sma", "st-gs"])
def test_a_line_that_ends_otherwise_is_no_line(name: str) -> None:
    protocol = protocol_named(name)
    frame = protocol.examples[0].frame
    for wrong in (frame[:-1] + b"\t", frame.rstrip(b"\r\n")):
        with pytest.raises(FrameError):
            protocol.decode(wrong)


def test_a_point_has_a_digit_behind_it() -> None:
    protocol = protocol_named("yaohua-equals-forward")
    assert protocol.decode(b"=012345.6") == WeightReading(Decimal("12345.6"))
    with pytest.raises(FrameError, match="not seven digits"):
        protocol.decode(b"=0123456.")


def test_the_lamps_of_a_weight_that_moves_are_out() -> None:
    moving = WeightReading(Decimal("-12.5"), "kg", stable=False, net=True)
    assert protocol_named("cas-22").encode(moving) == b"US,NT,1\x00,   -12.5 kg\r\n"


def test_a_cas_answers_that_it_is_ready_and_then_its_weight() -> None:
    weight, answers = WeightReading(Decimal("12.34"), "kg", stable=True), cas_swii.Answers()
    assert cas_swii.answer(cas_swii.ENQ, weight) == b"\x06"
    assert cas_swii.answer(cas_swii.DC1, weight) == b"\x01\x02S 012.34kge\x03\x04"
    assert (answers.size(b"\x06", final=False), answers.size(b"\x06\x01", final=False)) == (1, 1)
    assert (answers.size(b"\x01" * 14, final=False), answers.size(b"\x01" * 14, final=True)) == (NEED_MORE, NO_FRAME)
    assert (answers.size(b"\x01" * 14 + b"\x04", final=False), answers.size(b"\x01" * 15, final=False)) == (
        15,
        NO_FRAME,
    )
    assert answers.size(b"\x02" * 14 + b"\x04", final=False) == NO_FRAME


@pytest.mark.parametrize(
    ("name", "option", "good", "bad"),
    [
        ("cardinal-deck", "deck", (1, 9), (0, 10)),
        ("mcgs", "settled", (1, 50), (0, 51)),
        ("rincmd", "unit_id", (0, 31), (-1, 32)),
    ],
)
def test_a_number_that_is_set_has_bounds(name: str, option: str, good: tuple[int, int], bad: tuple[int, int]) -> None:
    for value in good:
        assert protocol_named(name, {option: value}).name == name
    for value in bad:
        with pytest.raises(ValueError, match=f"{option} {value} is not from"):
            protocol_named(name, {option: value})


@pytest.mark.parametrize(("deck", "other"), [(1, 2), (2, 1), (9, 2)])
def test_another_deck_is_a_remark(deck: int, other: int) -> None:
    protocol = protocol_named("cardinal-deck", {"deck": deck})
    own, others = protocol.examples
    assert (own.frame, others.frame) == (b"Z1G %d        5500kg\r" % deck, b"Z1G %d        5500kg\r" % other)
    assert protocol.decode(own.frame) == own.said == WeightReading(Decimal(5500), "kg", net=False)
    assert protocol.decode(others.frame) == others.said == Remark(f"deck {other}", "5500 kg")
    assert protocol.encode(WeightReading(Decimal(5500), "kg", net=False)) == own.frame


@pytest.mark.parametrize(
    ("name", "frame", "said", "asked"),
    [
        (
            "yaohua-command",
            b"\x02BB+01234501A\x03",
            WeightReading(Decimal(12_345), net=False),
            b"\x02BB00\x03",
        ),
        (
            "ricelake-demand",
            b"\x02B   1234.00 lb\r\n\x03\r",
            WeightReading(Decimal("1234.00"), "lb", net=False),
            b"\x02BXG#1\r",
        ),
    ],
)
def test_an_address_is_asked_and_answers(name: str, frame: bytes, said: WeightReading, asked: bytes) -> None:
    protocol = protocol_named(name, {"address": "B"})
    assert (protocol.examples[0].frame, protocol.examples[0].said) == (frame, said)
    assert protocol.decode(frame) == said
    assert protocol.encode(said) == frame
    assert protocol.polling is not None
    assert protocol.polling.requests == (asked,)
    with pytest.raises(FrameError):
        protocol_named(name).decode(frame)


def test_a_stable_weight_is_waited_for_longer() -> None:
    waits_ms = {}
    for mode in ("immediate", "stable", "repeat", "on-change"):
        polling = protocol_named("mt-sics", {"mode": mode}).polling
        assert polling is not None
        waits_ms[mode] = polling.timeout_ms
    assert waits_ms == {"immediate": 500, "stable": 5_000, "repeat": 500, "on-change": 500}


@pytest.mark.parametrize("unit_id", [1, 31])
@pytest.mark.parametrize("crc", [False, True])
def test_only_the_unit_that_was_asked_is_heard(unit_id: int, crc: bool) -> None:
    protocol = protocol_named("rincmd", {"unit_id": unit_id, "crc": crc, "read": "net"})
    (example,) = protocol.examples
    asked = rincmd.request("net", unit_id, crc=crc)
    assert (b"%02X050027:" % (0x20 + unit_id)) in asked
    assert (b"%02X110027: 100 kg G" % (0x80 + unit_id)) in example.frame
    assert protocol.encode(WeightReading(Decimal(100), "kg", net=False)) == example.frame
    assert protocol.decode(example.frame) == example.said == WeightReading(Decimal(100), "kg", net=False)
    other = protocol_named("rincmd", {"unit_id": unit_id - 1 or 2, "crc": crc, "read": "net"})
    with pytest.raises(FrameError, match=f"unit {unit_id} answers"):
        other.decode(example.frame)
    assert protocol_named("rincmd", {"crc": crc, "read": "net"}).decode(example.frame) == example.said


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("C000", "unknown command"),
        ("A000", "not implemented"),
        ("9000", "access denied"),
        ("8800", "underload"),
        ("8400", "overload"),
        ("8200", "illegal value"),
        ("8100", "illegal operation"),
        ("8040", "bad parameter"),
        ("8020", "menu in use"),
        ("8010", "viewer in use"),
        ("8008", "checksum required"),
        ("8001", "refused: 8001"),
    ],
)
def test_a_rinstrum_says_why_it_refuses(code: str, why: str) -> None:
    assert protocol_named("rincmd").decode(f"C1110026:{code};".encode()) == WeightReading(None, status=why)


@pytest.mark.parametrize(("frame", "why"), [(b"\n?\r", "command not understood"), (b"\n!\r", "communication error")])
def test_a_scale_of_sma_that_does_not_understand_says_so(frame: bytes, why: str) -> None:
    assert protocol_named("sma").decode(frame) == Remark("answer", why)


@pytest.mark.parametrize(
    ("model", "fifth", "sixth"),
    [
        ("a9", "letter E", "letter F"),
        ("k9", "vehicle number", "cargo number"),
        ("rs485-truck", "do tare", "zero"),
    ],
)
def test_what_a_letter_asks_of_a_yaohua_depends_on_its_model(model: str, fifth: str, sixth: str) -> None:
    protocol = protocol_named("yaohua-command", {"model": model})
    assert protocol.decode(b"\x02AE04\x03") == Remark("request", fifth)
    assert protocol.decode(b"\x02AF07\x03") == Remark("request", sixth)


def test_a_message_of_rincmd_ends_where_it_says() -> None:
    plain, sealed = rincmd.Messages(crc=False), rincmd.Messages(crc=True)
    assert (plain.size(b"20;1\n", final=False), plain.size(b"20\n1;", final=False)) == (3, 3)
    assert (sealed.size(b"\x01;\x04", final=False), sealed.size(b"20;\x04", final=False)) == (3, NO_FRAME)
    assert (plain.size(b"F1;", final=False), plain.size(b"G1;", final=False)) == (3, NO_FRAME)
    for each, first in ((plain, b"2"), (sealed, b"\x01")):
        assert each.size(first.ljust(63), final=False) == NEED_MORE
        assert each.size(first.ljust(63), final=True) == NO_FRAME
        assert each.size(first.ljust(64), final=False) == NO_FRAME
    assert plain.size(b"2".ljust(63) + b";", final=False) == 64
    assert plain.size(b"2".ljust(64) + b";", final=False) == NO_FRAME


def test_a_crc_may_cover_the_end_of_a_message_and_is_asked_for() -> None:
    protocol = protocol_named("rincmd", {"crc": True})
    hundred = WeightReading(Decimal(100), "kg", net=False)
    for end in (b"", b";"):
        assert protocol.decode(rincmd.reseal(b"\x0181110026: 100 kg G" + end + b"????\x04")) == hundred
    for wrong, said in (
        (b"\x01FFFF\x04", "not a message"),
        (b"\x01FFF\x04", "no CRC"),
        (b"\x02FFFF\x04", "no CRC"),
        (b"\x01FFFF\x03", "no CRC"),
        (b"\x010000\x04", "CRC b'0000' should be FFFF"),
    ):
        with pytest.raises(FrameError, match=said):
            protocol.decode(wrong)


def test_a_record_of_systec_has_three_numbers() -> None:
    good = b"<000005.06.1813:12  21   20000       0   20000kg     1   27387>"
    protocol = protocol_named("systec")
    for record in (good, good.replace(b"  21", b"   21")):
        assert protocol.decode(record) == WeightReading(Decimal(20_000), "kg", net=False)
    for at in (22, 30, 38):
        with pytest.raises(FrameError, match="no numbers"):
            protocol.decode(good[:at] + b"       x" + good[at + 8 :])
    for wrong in (b"<00>", good[:-1], good.replace(b"  21", b"    21")):
        with pytest.raises(FrameError, match="not a record"):
            protocol.decode(wrong)
