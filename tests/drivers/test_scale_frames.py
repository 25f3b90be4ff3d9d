"""Every recorded and printed frame of a scale, read by its protocol and by no other.

Method: the recordings beside this checkout, each against the value its source states; then the same frames, and every
example of every protocol, given to all other protocols.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from drivers.protocol import Found, Reader, Rejected, Remark, load_protocols, protocol_named
from drivers.readings import WeightReading
from weighgate.decoding import decode_bytes

FRAMES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "frames.json"
RS485 = {"model": "rs485-truck", "read": "net"}
SPOKEN: dict[str, tuple[str, Mapping[str, object]]] = {  # by the beginning of the recording's own name
    "xk3190-continuous": ("yaohua-continuous-0", {}),
    "xk3190-equals format 1": ("yaohua-equals-reversed", {}),
    "xk3190-equals format 2": ("yaohua-equals-forward", {}),
    "reversed trailing =": ("yaohua-equals-trailing", {}),
    "xk3190-command": ("yaohua-command", {}),
    "xk3190-a12e": ("yaohua-a12e", {}),
    "xk3190-a12": ("yaohua-a12", {}),
    "st-gs": ("st-gs", {}),
    "ohaus": ("ohaus", {}),
    "mt-print": ("template", {}),
    "toledo": ("toledo-continuous", {}),
    "sma": ("sma", {}),
    "rincmd": ("rincmd", {}),
    "mt-sics": ("mt-sics", {}),
    "sbi": ("sbi", {}),
    "mcgs": ("mcgs", {}),
    "giropes": ("giropes", {}),
    "zm-510": ("deck-lines", {}),
    "cas type 6": ("cas-swii", {}),
    "systec": ("systec", {}),
}
OTHERS = ("modbus", "485 display", "onbon", "weilipu", "custom", "printer line")  # no scale's line that is known
REGISTERS_OF_REQUESTS = {"handshake": "handshake", "gross": "gross", "see profile": None}
recorded_here = pytest.mark.skipif(not FRAMES.exists(), reason="the recordings are not beside this checkout")
ROWS: list[dict[str, Any]] = json.loads(FRAMES.read_text(encoding="utf-8")) if FRAMES.exists() else []

# Shapes that only a known load, or the indicator's menu, can tell apart: sniffing must say so.
ALIKE = {
    frozenset(("yaohua-equals-reversed", "yaohua-equals-forward")),
    frozenset(("yaohua-equals-reversed", "yaohua-equals-trailing")),
    frozenset(("yaohua-equals-forward", "yaohua-equals-trailing")),
    frozenset(("cas-10", "rinstrum-5200")),
    frozenset(("rinstrum-auto-e", "ricelake-condec")),  # one with an STX before it, and the same weight
}


def read(name: str, settings: Mapping[str, object], frame: bytes) -> list[Found]:
    reader = Reader(protocol_named(name, settings))
    return reader.feed(frame) + reader.finish()


def spoken(row: Mapping[str, Any]) -> tuple[str, Mapping[str, object]] | None:
    prefix = next((prefix for prefix in SPOKEN if row["protocol"].startswith(prefix)), None)
    return None if prefix is None else SPOKEN[prefix]


@recorded_here
def test_every_recorded_frame_of_a_scale_has_its_protocol() -> None:
    unknown = [row["id"] for row in ROWS if spoken(row) is None and not row["protocol"].startswith(OTHERS)]
    assert unknown == []
    assert len(ROWS) == 77


@recorded_here
@pytest.mark.parametrize("row", [row for row in ROWS if spoken(row)], ids=lambda row: row["id"])
def test_a_recorded_frame_says_what_its_source_says(row: Mapping[str, Any]) -> None:
    chosen = spoken(row)
    assert chosen is not None
    (found,) = read(*chosen, bytes.fromhex(row["hex"]))
    assert not isinstance(found, Rejected), row["id"]
    expected = row["expect"]
    if isinstance(found, Remark):
        assert_remark(found, row)
        return
    if "error" in expected:
        assert (found.value, found.status) == (None, expected["error"])
        return
    value = expected.get("weight", expected.get("gross", expected.get("gvw")))
    assert found.value == Decimal(value)
    assert found.assume("kg" if expected.get("unit") else None).unit == (expected.get("unit", found.unit) or None)
    assert found.stable in (None, expected.get("stable", found.stable))
    assert found.net in (None, expected.get("kind", "net" if found.net else "gross") == "net")
    assert [int(deck) for deck in found.decks] == expected.get("decks", [])


def assert_remark(found: Remark, row: Mapping[str, Any]) -> None:
    """Requests, names, and a tare or net answer where gross was asked."""
    expected = row["expect"]
    if "request" in expected:
        wanted = REGISTERS_OF_REQUESTS[expected["request"]]
        assert found.about == "request"
        assert wanted in (None, found.text)
    elif "weight" in expected:
        assert (found.about, found.text) in (("tare", expected["weight"]), ("net", expected["weight"]))
    else:
        assert found.text == expected.get("register", expected.get("serial"))


@recorded_here
def test_the_rs485_variant_reads_its_net_letter_as_net() -> None:
    (row,) = [row for row in ROWS if row["id"] == "xkcmd-reply-C"]
    assert read("yaohua-command", RS485, bytes.fromhex(row["hex"])) == [WeightReading(Decimal("0.000"), net=True)]


@recorded_here
@pytest.mark.parametrize("name", load_protocols())
def test_recorded_frames_of_other_makes_give_no_weight(name: str) -> None:
    for row in ROWS:
        chosen = spoken(row)
        owner = chosen[0] if chosen else ""
        if owner != name and frozenset((owner, name)) not in ALIKE:
            weights = [one for one in read(name, {}, bytes.fromhex(row["hex"]) * 3) if isinstance(one, WeightReading)]
            assert not [one for one in weights if one.value is not None], (name, row["id"])


@pytest.mark.parametrize("name", load_protocols())
def test_examples_of_other_protocols_give_no_weight(name: str) -> None:
    for other in load_protocols().values():
        if other.name == name or frozenset((other.name, name)) in ALIKE:
            continue
        for example in other.examples:
            weights = [one for one in read(name, {}, example.frame * 3) if isinstance(one, WeightReading)]
            assert not [one for one in weights if one.value is not None], (name, other.name, example.frame)


@recorded_here
@pytest.mark.parametrize("row", [row for row in ROWS if spoken(row)], ids=lambda row: row["id"])
def test_the_command_decodes_every_recorded_frame(row: Mapping[str, Any]) -> None:
    chosen = spoken(row)
    assert chosen is not None
    (told,) = decode_bytes(chosen[0], [row["hex"].encode()], unit="kg", hex_text=True)
    assert told["kind"] in ("weight", "remark")
    if told["kind"] == "weight" and told["value"] is not None:
        value = row["expect"].get("weight", row["expect"].get("gross", row["expect"].get("gvw")))
        assert Decimal(told["value"]) == Decimal(value)
        assert told["mass_kg"] is not None


@recorded_here
@pytest.mark.parametrize("name", load_protocols())
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["id"] in ("tfo1-date", "weightqa")], ids=lambda row: row["id"]
)
def test_what_is_no_frame_survives_as_it_came(name: str, row: Mapping[str, Any]) -> None:
    raw = bytes.fromhex(row["hex"])
    shown = b"".join(one.data for one in read(name, {}, raw) if isinstance(one, Rejected))
    assert shown == raw
