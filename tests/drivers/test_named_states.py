"""Each thing that an installer gets wrong has the state that docs/devices.md promises, and is no weight.

One make and one map here; test_scale_bad_input.py and test_map_proof.py do it with every one.
"""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from test_map_proof import shifted
from test_scale_bad_input import TICKET, YAOHUA, frame, wire

from drivers.errors import FrameError
from drivers.map_proof import MapProof
from drivers.readings import WeightReading
from drivers.register_maps import load_map
from drivers.registers import ScaleMap, decode_scale, encode_scale
from drivers.sniff.line import Line
from gateway.web.scale_words import in_chinese
from simulator.uart import heard

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| On the wire |")[2].partition("\n\n")[0]
PROMISED = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", TABLE, re.MULTILINE))
WHOLE = frame(YAOHUA, "1357")
ON_THE_WIRE = {
    "half frames": [WHOLE[: len(WHOLE) // 2]] * 40,
    "the wrong baud rate": [heard(WHOLE * 2, Line(9600), Line(4800))] * 40,
    "seven data bits read as eight": [bytes(one | (one.bit_count() % 2) << 7 for one in WHOLE)] * 40,
    "a printer's characters above 7F": [TICKET] * 30,
    "two indicators": [frame(YAOHUA, str(480 * step * (step % 2))) for step in range(60)],
    "an indicator that repeats its last frame for ever": [frame(YAOHUA, "31000")] * 700,
    "an indicator in tonnes where the site file says kg": [frame(YAOHUA, "12.36")] * 5,
}
BELIEVED_FIRST = ("two indicators", "an indicator that repeats its last frame for ever")
"""Nothing is wrong with their first frames."""


def matches(promised: str, reason: str) -> bool:
    """`…` stands for what differs from case to case."""
    return re.search(".*".join(map(re.escape, promised.split("…"))).rstrip(), reason) is not None


def is_chinese(text: str) -> bool:
    return len(re.findall("[\u4e00-\u9fff]", text)) > 2


SAID_ELSEWHERE = (
    "no frame for 2000 ms: the indicator is silent",
    "no answer for 9 ms: check the address, the wiring of both directions, and that the indicator is set to answer sma",
    "the wire's last digit, in t, is coarser than the scale's interval of 20 kg: does the indicator show another unit",
    "unit 1 on tcp://10.0.0.5:502 did not answer in 500 ms: check its power, wiring, unit number and baud rate",
    "unit 7 on serial:///dev/ttyUSB0 is silent; asked again in 40 ms: check its power, wiring, unit number",
    "cannot open /dev/ttyUSB0: it is not there: is the adapter plugged in? See /dev/serial/by-id",
    "tcp://10.0.0.5:502: cannot connect to 10.0.0.5:502: refused: nothing listens there; check address, port and that",
    "10.0.0.5:4001 did not answer in 5 s: check cable, address and port",
    "10.0.0.5:4001 hung up",
    "cannot open /dev/ttyUSB0: there is no device behind it: is the adapter plugged in?",
    "serial:///dev/ttyUSB0: unit 3 has no such address: check the map's addresses (function 3, exception 2)",
    "/dev/ttyUSB0 hung up: Input/output error",
)


@pytest.mark.parametrize("reason", SAID_ELSEWHERE)
def test_the_gateways_page_says_it_in_chinese(reason: str) -> None:
    assert is_chinese(in_chinese(reason))


def test_a_map_that_waits_for_its_proof_is_not_called_a_wrong_one() -> None:
    map_ = load_map(ROOT / "config" / "registers" / "flintec.toml")
    assert isinstance(map_, ScaleMap)
    words = encode_scale(map_, WeightReading(Decimal(12_360), stable=False, net=False), 9)
    read = [words.get(map_.address + place, 0) for place in range(map_.count)]
    with pytest.raises(FrameError) as waits:
        MapProof(map_).judge(read, decode_scale(map_, read), 0)
    assert "寄存器表尚未核实" in in_chinese(str(waits.value))


def test_what_has_no_words_stays_as_it_is() -> None:
    assert in_chinese("something new") == "something new"


def test_the_page_promises_a_state_for_each() -> None:
    assert set(PROMISED) == {*ON_THE_WIRE, "a register map that is one off"}


@pytest.mark.parametrize("wrong", ON_THE_WIRE)
async def test_it_has_its_state_and_is_no_weight(wrong: str) -> None:
    async with wire() as line:
        await line.brings(ON_THE_WIRE[wrong])
        assert line.state.state == "stale"
        assert matches(PROMISED[wrong], line.state.reason), line.state.reason
        assert is_chinese(in_chinese(line.state.reason))
        before = len(line.loads)
        assert wrong in BELIEVED_FIRST or before == 0
        await line.brings(ON_THE_WIRE[wrong][:2])
        assert len(line.loads) == before


def test_a_map_that_is_one_off_has_its_state_and_is_no_weight() -> None:
    right = load_map(ROOT / "config" / "registers" / "flintec.toml")
    assert isinstance(right, ScaleMap)
    wrong = shifted(replace(right), 1)
    words = encode_scale(right, WeightReading(Decimal(12_360), stable=True, net=False), 9)
    read = [words.get(wrong.address + place, 0) for place in range(wrong.count)]
    with pytest.raises(FrameError) as refused:
        MapProof(wrong).judge(read, decode_scale(wrong, read), 0)
    assert matches(PROMISED["a register map that is one off"], str(refused.value)), str(refused.value)
    assert is_chinese(in_chinese(str(refused.value)))
