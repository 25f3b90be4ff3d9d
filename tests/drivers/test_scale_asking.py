"""Polls: nothing is sent that acts on any model, one request at a time, and silence has its name.

Method: every protocol with every setting against a table of what each request reads; a device and an indicator in one
process, with a clock that moves only when the test turns it.
"""

import asyncio
from binascii import crc_hqx
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

import pytest
from test_scale_device import Clock, settle

from drivers.device import ScaleDevice
from drivers.link import Link, MemoryLink, memory_pair
from drivers.protocol import ScaleProtocol, load_protocols, protocol_named
from drivers.readings import HealthReading, Reading, WeightReading
from drivers.scales.yaohua_command import LETTERS

RINCMD_READS = (b"20050025:", b"20050026:", b"20050027:")
# What each request does, from the manuals. None of them changes anything in any indicator that is known.
READS: Mapping[str, set[bytes]] = {
    "yaohua-command": {b"\x02AB03\x03", b"\x02AC02\x03", b"\x02AD05\x03"},
    "mt-sics": {b"SI\r\n", b"S\r\n", b"SIR\r\n", b"SR\r\n"},
    "st-gs": {b"RW\r\n"},
    "sma": {b"\nW\r"},
    "ricelake-demand": {b"\x02AXG#1\r"},
    "rincmd": {
        *(one + b";" for one in RINCMD_READS),
        *(b"\x01" + one + b"%04X\x04" % crc_hqx(one, 0xFFFF) for one in RINCMD_READS),
    },
    "rinstrum-5200": {b"MSV?;"},
    "cardinal-deck": {b"\x05"},
    "cas-swii": {b"\x05", b"\x11"},
    "dini-argeo": {b"READ\r\n"},
    "sbi": {b"\x1bP\r\n"},
    "systec": {b"<RN>"},
    "deck-lines": {b"\x05"},
}
# Whole commands that act on some model, as the manuals print them: zero, tare, clear, reset, weigh, print on paper.
ACTS = {
    *(b"\x02A" + letter + b"%02X\x03" % (0x41 ^ letter[0]) for letter in (b"E", b"F", b"G", b"H", b"I")),
    *(letter + end for letter in (b"Z", b"T", b"C", b"Q", b"U", b"D", b"P") for end in (b"", b"\r\n", b"\r")),
    *(command + b"\r\n" for command in (b"ZI", b"TI", b"TA", b"TAC", b"@", b"RZ", b"MZ", b"MT", b"CT", b"PID")),
    *(b"\n" + letter + b"\r" for letter in (b"Z", b"T", b"M", b"C", b"U", b"I", b"S")),
    *(b"20100300:;", b"20100301:;", b"\x02A\x03", b"\x02D\x03", b"STOP\r\n", b"\x1bT\r\n"),
}  # fmt: skip


def settings_of(protocol: ScaleProtocol) -> list[ScaleProtocol]:
    """With every combination of the known values of its options."""
    known = {
        name: (True, False) if isinstance(option.default, bool) else option.known or (option.default,)
        for name, option in protocol.options.items()
    }
    return [protocol.configured(dict(zip(known, values, strict=True))) for values in product(*known.values())]


@pytest.mark.parametrize("name", load_protocols())
def test_only_reads_are_ever_sent(name: str) -> None:
    asked = {
        request
        for each in settings_of(load_protocols()[name])
        if each.polling is not None
        for request in each.polling.requests
    }
    assert asked == READS.get(name, set())
    assert not asked & ACTS


@pytest.mark.parametrize("name", ["deck-lines", "dini-argeo", "sbi", "st-gs"])
def test_an_indicator_that_talks_by_itself_is_asked_only_where_a_site_says_so(name: str) -> None:
    assert protocol_named(name).polling is None
    assert protocol_named(name, {"ask": True}).polling is not None


def test_whichever_rinstrum_is_on_the_line_is_asked_and_heard() -> None:
    protocol = protocol_named("rincmd")
    assert protocol.polling is not None
    assert protocol.polling.requests == (b"20050026:;",)
    for unit in (b"81", b"9F"):
        assert protocol.decode(unit + b"110026: 100 kg G;") == WeightReading(Decimal(100), "kg", net=False)


def test_a_letter_that_acts_on_one_model_is_sent_to_none() -> None:
    acting = {
        letter for model in LETTERS.values() for letter, meaning in model.items() if meaning in ("do tare", "zero")
    }
    assert acting == {b"E", b"F"}
    for request in READS["yaohua-command"]:
        assert request[2:3] not in acting
        assert {model[request[2:3]] for model in LETTERS.values()} <= {"gross", "net", "tare"}


@dataclass
class Conversation:
    """A device that asks, the far end of its line, and all it said."""

    device: ScaleDevice
    clock: Clock
    said: list[Reading]
    ends: list[MemoryLink] = field(default_factory=list)

    async def asked(self) -> bytes:
        async with asyncio.timeout(1):
            return await self.ends[-1].read()

    async def answers(self, data: bytes) -> None:
        await self.ends[-1].write(data)
        await settle()

    @property
    def loads(self) -> list[str]:
        return [str(each.value) for each in self.said if isinstance(each, WeightReading)]


@asynccontextmanager
async def conversation(protocol: ScaleProtocol) -> AsyncIterator[Conversation]:
    clock, said, ends = Clock(), list[Reading](), list[MemoryLink]()

    async def open_link() -> Link:
        near, far = memory_pair()
        ends.append(far)
        return near

    device = ScaleDevice("scale", open_link, protocol, "kg", 2000, lambda: clock.now_ms, clock.sleep)
    running = asyncio.create_task(device.run(said.append, lambda *_: None))
    await settle()
    yield Conversation(device, clock, said, ends)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def weight(kg: str) -> WeightReading:
    return WeightReading(Decimal(kg), "kg", stable=True, net=False)


async def test_one_request_waits_for_its_answer() -> None:
    protocol = protocol_named("yaohua-command")
    async with conversation(protocol) as talk:
        assert await talk.asked() == b"\x02AB03\x03"
        await talk.answers(protocol.encode(weight("12340")))
        assert talk.loads == ["12340"]
        await talk.clock.turn(100)
        assert await talk.asked() == b"\x02AB03\x03"
        await talk.clock.turn(499)
        assert not talk.ends[-1]._incoming.unread, "it does not talk over an indicator that still may answer"
        await talk.clock.turn(101)
        assert await talk.asked() == b"\x02AB03\x03"


async def test_no_answer_is_named_and_the_next_one_is_live() -> None:
    protocol = protocol_named("sma")
    async with conversation(protocol) as talk:
        await talk.clock.turn(2000)
        (said,) = talk.said
        assert isinstance(said, HealthReading)
        assert said.state == "stale"
        assert said.reason.startswith("no answer for 2000 ms: check the address, the wiring of both directions")
        await talk.answers(protocol.encode(weight("20")))
        assert talk.said[-2] == HealthReading("live")


async def test_another_address_is_refused_and_told() -> None:
    protocol = protocol_named("yaohua-command")
    async with conversation(protocol) as talk:
        await talk.answers(protocol_named("yaohua-command", {"address": "B"}).encode(weight("12340")))
        assert talk.loads == []
        assert talk.device.health()["last_error"] == "address B answers, and A was asked"


async def test_a_call_and_a_question_take_turns() -> None:
    protocol = protocol_named("cas-swii")
    async with conversation(protocol) as talk:
        for load in ("12340", "12360"):
            assert await talk.asked() == b"\x05"
            await talk.answers(b"\x06")
            assert await talk.asked() == b"\x11"
            await talk.answers(protocol.encode(weight(load)))
            await talk.clock.turn(200)
        assert talk.loads == ["12340", "12360"]
        assert talk.device.health()["remarks"] == 2


async def test_the_echo_of_a_request_is_no_answer() -> None:
    """Two-wire RS-485: what the gateway sends comes back to it."""
    protocol = protocol_named("yaohua-command")
    async with conversation(protocol) as talk:
        echo = await talk.asked()
        await talk.answers(echo)
        await talk.clock.turn(400)
        assert not talk.ends[-1]._incoming.unread, "it still waits for the answer"
        await talk.answers(protocol.encode(weight("12340")))
        assert talk.loads == ["12340"]
        await talk.clock.turn(100)
        assert await talk.asked() == echo


async def test_an_ack_alone_is_no_life() -> None:
    async with conversation(protocol_named("cas-swii")) as talk:
        for _ in range(10):
            await talk.answers(b"\x06")
            await talk.clock.turn(300)
        assert [each.state for each in talk.said if isinstance(each, HealthReading)] == ["stale"]


async def test_a_stream_is_asked_for_once_and_again_when_it_falls_silent() -> None:
    protocol = protocol_named("mt-sics", {"mode": "repeat"})
    async with conversation(protocol) as talk:
        assert await talk.asked() == b"SIR\r\n"
        for step in range(20):
            await talk.answers(protocol.encode(weight(str(20 * step))))
            await talk.clock.turn(100)
        assert not talk.ends[-1]._incoming.unread
        await talk.clock.turn(1000)
        assert await talk.asked() == b"SIR\r\n"
        assert len(talk.loads) == 20


async def test_a_stable_weight_may_take_its_time() -> None:
    protocol = protocol_named("mt-sics", {"mode": "stable"})
    async with conversation(protocol) as talk:
        assert await talk.asked() == b"S\r\n"
        await talk.clock.turn(4900)
        assert not talk.ends[-1]._incoming.unread
        await talk.answers(protocol.encode(weight("12340")))
        assert talk.loads == ["12340"]
