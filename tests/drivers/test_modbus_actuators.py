"""A barrier's laws, on a board that does what it is told, late, or not at all. Time is what `sleep` says."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from drivers.actuators import BEFORE, Barrier, Lamp
from drivers.errors import DeviceError, DeviceTimeout

BEHIND_OFF = [("barrier_close", False), ("barrier_open", False)]  # before the first movement
FRONT_OFF = [("front_close", False), ("front_open", False)]


class Yard:
    """A board, a motor that a relay's rising edge starts and that takes `travel_ms`, and a clock moved by `sleep`."""

    def __init__(self, travel_ms: int = 1000, *, stuck: bool = False) -> None:
        self.outputs: dict[str, bool] = {}
        self.inputs: dict[str, bool | None] = {"barrier_open": False, "barrier_closed": True, "loop_exit": False}
        self.writes: list[tuple[str, bool]] = []
        self.written_ms: list[int] = []
        self.failing: list[tuple[str, bool]] = []
        self.at_ms = 0
        self.events: list[tuple[int, Callable[[], None]]] = []
        self._travel_ms, self._stuck = travel_ms, stuck

    async def set(self, role: str, on: bool) -> None:
        if (role, on) in self.failing:
            self.failing.remove((role, on))
            raise DeviceTimeout("no echo")
        self.writes.append((role, on))
        self.written_ms.append(self.at_ms)
        rising = on and not self.outputs.get(role, False)
        self.outputs[role] = on
        if rising and not self._stuck and role.startswith("barrier"):
            self.inputs |= {"barrier_open": False, "barrier_closed": False}
            end = "barrier_open" if role == "barrier_open" else "barrier_closed"
            self.events = [(self.at_ms + self._travel_ms, lambda: self.inputs.__setitem__(end, True))]

    async def sleep(self, seconds: float) -> None:
        self.at_ms += round(seconds * 1000)
        for due in [one for one in self.events if one[0] <= self.at_ms]:
            due[1]()
            self.events.remove(due)
        await asyncio.sleep(0)

    def later(self, at_ms: int, do: Callable[[], None]) -> None:
        self.events.append((at_ms, do))

    def barrier(self) -> Barrier:
        return Barrier(self, 300, 4000, "loop_exit", self.inputs.get, self.sleep)

    @property
    def latched(self) -> list[str]:
        return [role for role, on in self.outputs.items() if on]


async def test_open_and_close_are_pulses_and_end_in_their_position() -> None:
    yard = Yard()
    barrier = yard.barrier()
    await barrier.open()
    assert yard.inputs["barrier_open"] is True
    await barrier.close()
    assert yard.inputs["barrier_closed"] is True
    assert yard.writes == [
        *BEHIND_OFF,
        ("barrier_open", True), ("barrier_open", False), ("barrier_close", True), ("barrier_close", False),
    ]  # fmt: skip


async def test_a_boom_that_is_down_is_not_raised_when_its_loop_is_lost() -> None:
    class Unplugged(Yard):
        async def set(self, role: str, on: bool) -> None:
            await super().set(role, on)
            self.inputs["loop_exit"] = None if on else False

    yard = Unplugged()
    await yard.barrier().close()
    assert yard.writes == BEHIND_OFF


@pytest.mark.parametrize("move", ["open", "close"])
async def test_a_boom_that_does_not_arrive_is_told(move: str) -> None:
    yard = Yard(stuck=True)
    yard.inputs["barrier_closed"] = False
    go: Callable[[], Awaitable[None]] = getattr(yard.barrier(), move)
    with pytest.raises(DeviceError, match="did not reach"):
        await go()
    assert 4000 <= yard.at_ms <= 4400
    assert yard.latched == []


@pytest.mark.parametrize(("state", "why"), [(True, "occupied"), (None, "unknown")])
async def test_it_never_closes_on_an_occupied_or_unknown_loop(state: bool | None, why: str) -> None:
    yard = Yard()
    yard.inputs["loop_exit"] = state
    with pytest.raises(DeviceError, match=why):
        await yard.barrier().close()
    assert yard.writes == BEHIND_OFF


@pytest.mark.parametrize("at_ms", [100, 600])  # during the pulse, and after it
@pytest.mark.parametrize("state", [True, None])
async def test_a_vehicle_under_a_closing_boom_opens_it_again(at_ms: int, state: bool | None) -> None:
    yard = Yard()
    barrier = yard.barrier()
    await barrier.open()
    began = yard.at_ms
    closing = asyncio.ensure_future(barrier.close())
    while ("barrier_close", True) not in yard.writes:  # noqa: ASYNC110 - one turn of the loop is all it takes
        await asyncio.sleep(0)
    yard.later(began + at_ms, lambda: yard.inputs.__setitem__("loop_exit", state))
    with pytest.raises(DeviceError, match="opened again"):
        await closing
    assert yard.inputs["barrier_open"] is True
    assert yard.latched == []
    assert yard.written_ms[5] - yard.written_ms[4] == min(at_ms, 300)  # the pulse does not outlast the danger


async def test_a_cancelled_pulse_is_released() -> None:
    yard = Yard()
    task = asyncio.ensure_future(yard.barrier().open())
    while ("barrier_open", True) not in yard.writes:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert yard.writes == [*BEHIND_OFF, ("barrier_open", True), ("barrier_open", False)]


async def test_a_cancellation_is_not_lost_where_the_pulse_cannot_be_released() -> None:
    yard = Yard()
    task = asyncio.ensure_future(yard.barrier().open())
    while ("barrier_open", True) not in yard.writes:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    yard.failing = [("barrier_open", False)] * 4
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as ended:
        await task
    assert "may be left on" in str(ended.value.__cause__)


async def test_an_off_that_fails_is_tried_again_and_then_told() -> None:
    yard = Yard()
    barrier = yard.barrier()
    await barrier.open()
    yard.failing = [("barrier_open", False)] * 3
    await barrier.open()
    assert yard.latched == []
    yard.failing = [("barrier_open", False)] * 4
    with pytest.raises(DeviceError, match="may be left on"):
        await barrier.open()
    assert yard.latched == ["barrier_open"]
    yard.inputs["barrier_open"] = False  # wound down by hand
    await barrier.open()
    assert yard.inputs["barrier_open"] is True
    assert yard.latched == []


@pytest.mark.parametrize("left_on", ["barrier_open", "barrier_close"])
async def test_what_a_power_cut_in_a_pulse_left_on_is_switched_off_first(left_on: str) -> None:
    yard = Yard()
    yard.outputs[left_on] = True
    yard.inputs |= {"barrier_open": True, "barrier_closed": False}
    closing = asyncio.ensure_future(yard.barrier().close())
    while ("barrier_close", True) not in yard.writes:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    yard.later(500, lambda: yard.inputs.__setitem__("loop_exit", True))
    with pytest.raises(DeviceError, match="opened again"):
        await closing
    assert yard.inputs["barrier_open"] is True
    assert yard.latched == []


async def test_a_relay_left_on_is_switched_off_though_its_arm_may_not_close() -> None:
    yard = Yard()
    yard.outputs["barrier_close"] = yard.inputs["loop_exit"] = True
    with pytest.raises(DeviceError, match="occupied"):
        await yard.barrier().close()
    assert yard.latched == []


async def test_a_pulse_whose_on_was_not_confirmed_is_released_too() -> None:
    yard = Yard()
    yard.failing = [("barrier_open", True)]
    with pytest.raises(DeviceTimeout):
        await yard.barrier().open()
    assert yard.writes == [*BEHIND_OFF, ("barrier_open", False)]


async def test_one_lamp_at_a_time() -> None:
    yard = Yard()
    lamp = Lamp(yard)
    await lamp.show("red")
    await lamp.show("green")
    assert yard.writes == [("lamp_green", False), ("lamp_red", True), ("lamp_red", False), ("lamp_green", True)]
    yard.failing = [("lamp_green", False)]
    with pytest.raises(DeviceTimeout):
        await lamp.show("red")
    assert yard.latched == ["lamp_green"]


def front(yard: Yard, *interlocks: str) -> Barrier:
    return Barrier(yard, 300, 4000, interlocks, yard.inputs.get, yard.sleep, arm=BEFORE)


class FrontYard(Yard):
    """An arm before the scale: its own relays and end switches."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs |= {"front_open": True, "front_closed": False, "loop_entry": True, "curtain_entry": False}
        self.inputs["emergency"] = False

    async def set(self, role: str, on: bool) -> None:
        rising = on and not self.outputs.get(role, False)
        await super().set(role, on)
        if rising and role.startswith("front"):
            self.inputs |= {"front_open": False, "front_closed": False}
            end = "front_open" if role == "front_open" else "front_closed"
            self.events = [(self.at_ms + 1000, lambda: self.inputs.__setitem__(end, True))]


async def test_the_front_barrier_waits_until_all_its_positions_are_free() -> None:
    yard = FrontYard()
    yard.later(700, lambda: yard.inputs.__setitem__("curtain_entry", True))
    yard.later(900, lambda: yard.inputs.__setitem__("loop_entry", False))
    yard.later(1500, lambda: yard.inputs.__setitem__("curtain_entry", False))
    await front(yard, "loop_entry", "curtain_entry").close_when_free()
    assert yard.writes == [*FRONT_OFF, ("front_close", True), ("front_close", False)]
    assert yard.written_ms[0] >= 1500
    assert yard.inputs["front_closed"] is True


@pytest.mark.parametrize("pressed", [True, None])
async def test_no_arm_comes_down_on_an_emergency_or_while_its_button_is_unknown(pressed: bool | None) -> None:
    yard = FrontYard()
    yard.inputs |= {"loop_entry": False, "emergency": pressed}
    with pytest.raises(DeviceError, match="front barrier not closed: emergency is"):
        await front(yard, "loop_entry", "emergency").close()
    assert yard.writes == FRONT_OFF


async def test_an_emergency_while_the_arm_comes_down_raises_it() -> None:
    yard = FrontYard()
    yard.inputs["loop_entry"] = False
    closing = asyncio.ensure_future(front(yard, "loop_entry", "emergency").close())
    while ("front_close", True) not in yard.writes:  # noqa: ASYNC110 - one turn of the loop is all it takes
        await asyncio.sleep(0)
    yard.later(yard.at_ms + 100, lambda: yard.inputs.__setitem__("emergency", True))
    with pytest.raises(DeviceError, match="opened again: emergency came on"):
        await closing
    assert yard.inputs["front_open"] is True
    assert yard.latched == []


async def test_three_colours_one_at_a_time() -> None:
    yard = Yard()
    lamp = Lamp(yard, yellow=True)
    for colour in ("red", "yellow", "green", "red"):
        await lamp.show(colour)
        assert yard.latched == [f"lamp_{colour}"]
    with pytest.raises(AssertionError):
        await Lamp(yard).show("yellow")
