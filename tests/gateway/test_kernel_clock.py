"""Whether the clock is kept, as the kernel says it; nothing is made up where it does not say."""

import ctypes

import pytest

from gateway.clock import SystemClock
from gateway.kernel_clock import NANOSECONDS, TIME_ERROR, UNSYNCHRONISED, Timex, kernel_clock


@pytest.mark.parametrize(
    ("state", "status", "offset", "said"),
    [
        (0, 0, 2_400, (True, 2)),
        (0, NANOSECONDS, -2_600_000, (True, -3)),
        (0, UNSYNCHRONISED, 0, (False, None)),
        (TIME_ERROR, 0, 0, (False, None)),
        (-1, 0, 0, (None, None)),
    ],
    ids=["microseconds", "nanoseconds", "unsynchronised", "in error", "refused"],
)
def test_what_the_kernel_says(state: int, status: int, offset: int, said: tuple[bool | None, int | None]) -> None:
    def ask(timex: ctypes.Structure) -> int:
        assert isinstance(timex, Timex)
        assert timex.modes == 0
        timex.status, timex.offset = status, offset
        return state

    assert kernel_clock(ask) == said


def test_the_structure_is_as_the_kernel_lays_it_out() -> None:
    assert (Timex.offset.offset, Timex.maxerror.offset, Timex.status.offset) == (8, 24, 40)


def test_each_entry_carries_what_this_machine_says() -> None:
    quality = SystemClock().quality()
    assert (quality["synchronised"], quality["offset_ms"]) == kernel_clock()
