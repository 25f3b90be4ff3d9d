"""What stands at one end of the scale is one position, and an emergency stop puts the lane out of order."""

import asyncio
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.readings import HealthReading, InputReading
from gateway.actuation import Actuation
from gateway.core.effects import SetLamp, ShowText
from gateway.lawfiles import load_linkage
from gateway.positions import PRESSED, Positions

WORDS = load_linkage(Path(__file__).resolve().parents[2] / "config/law/linkage/cn-default.toml").words
WIRED = ("loop_entry", "curtain_entry", "beam_entry", "loop_exit", "barrier_open", "emergency")


class Lane:
    def __init__(self, *wired: str) -> None:
        self.inputs: dict[str, bool] = {}
        self.told: list[InputReading] = []
        self.health: list[HealthReading] = []
        self.positions = Positions(wired, self.inputs, self.told.append, self.health.append)

    def say(self, **roles: bool) -> None:
        for role, on in roles.items():
            self.positions.hear(InputReading(role, on))

    def last(self, role: str) -> bool | None:
        return next((one.on for one in reversed(self.told) if one.name == role), None)


@pytest.mark.parametrize("bits", list(itertools.product([False, True], repeat=3)))
def test_an_end_is_free_only_when_all_that_watch_it_say_so(bits: tuple[bool, ...]) -> None:
    lane = Lane(*WIRED)
    lane.say(**dict(zip(WIRED[:3], bits, strict=True)))
    assert lane.last("loop_entry") is any(bits)
    assert {one.name for one in lane.told} == {"loop_entry"}


def test_what_is_not_heard_yet_keeps_an_end_unknown_unless_another_covers_it() -> None:
    lane = Lane(*WIRED)
    lane.say(loop_entry=False, beam_entry=False)
    assert lane.told == []
    lane.say(curtain_entry=True)
    assert lane.last("loop_entry") is True


def test_beams_alone_are_enough() -> None:
    lane = Lane("beam_entry", "beam_exit")
    lane.say(beam_entry=True, beam_exit=False)
    lane.say(beam_entry=False)
    assert [(one.name, one.on) for one in lane.told] == [
        ("loop_entry", True), ("loop_exit", False), ("loop_entry", False),
    ]  # fmt: skip


def test_an_emergency_stop_is_an_outage_and_all_is_told_again_after_it() -> None:
    lane = Lane(*WIRED)
    lane.positions.hear(HealthReading("live"))
    lane.say(loop_entry=False, curtain_entry=False, beam_entry=False, loop_exit=False, barrier_open=True)
    lane.say(emergency=True)
    assert lane.health[-1] == PRESSED
    heard = len(lane.told)
    lane.say(loop_exit=True, barrier_open=False)
    lane.positions.hear(HealthReading("live"))  # the board came back: the button is still pressed
    assert len(lane.told) == heard
    assert lane.health[-1] == PRESSED
    lane.say(emergency=False)
    assert lane.health[-1] == HealthReading("live")
    assert {one.name: one.on for one in lane.told[heard:]} == {
        "loop_entry": False, "loop_exit": True, "barrier_open": False,
    }  # fmt: skip
    assert lane.inputs["loop_exit"] is True


def test_a_lost_board_forgets_everything() -> None:
    lane = Lane("loop_entry")
    lane.say(loop_entry=False)
    lane.positions.hear(HealthReading("lost", "no answer"))
    assert lane.inputs == {}
    lane.say(loop_entry=False)
    assert [one.on for one in lane.told] == [False, False]


@given(st.lists(st.tuples(st.sampled_from(WIRED[:4]), st.booleans()), max_size=40))
def test_the_core_never_believes_an_end_free_that_one_device_sees_covered(said: list[tuple[str, bool]]) -> None:
    lane = Lane(*WIRED)
    for role, on in said:
        lane.say(**{role: on})
        if lane.last("loop_entry") is False:
            assert not any(lane.inputs.get(one, True) for one in WIRED[:3])


class Spy:
    colours = ("red", "yellow", "green")

    def __init__(self) -> None:
        self.done: list[str] = []

    async def show(self, colour: str) -> None:
        self.done.append(colour)

    async def open(self) -> None:
        self.done.append("open")

    async def close_when_free(self) -> None:
        self.done.append("close")


async def test_the_front_barrier_follows_the_lamp_and_yellow_is_the_weighing() -> None:
    lamp, front = Spy(), Spy()

    async def no_sleep(_: float) -> None: ...

    actuation = Actuation(
        lamp=lamp, sign=None, barrier=None, sleep=no_sleep, alarm=lambda *_: None, words=lambda: WORDS, front=front
    )  # fmt: skip
    tasks = [asyncio.create_task(task) for _, task in actuation.tasks()]
    for effect in (
        SetLamp("green"), SetLamp("red"), ShowText("weighing"), ShowText("exceeded", "豫A12345", 60_000, 49_000),
    ):  # fmt: skip
        actuation.perform(effect)
        await actuation.come_to_rest(1.0)
    for task in tasks:
        task.cancel()
    assert lamp.done == ["green", "red", "yellow", "red"]
    assert front.done == ["open", "close"]
