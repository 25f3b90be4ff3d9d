"""What the Linux kernel knows of its own clock: whether a time service keeps it, and how far it is off.

chronyd, ntpd and systemd-timesyncd tell the kernel; a clock that nobody has set, or that was left alone too long, is
marked unsynchronised by the kernel itself. Source: adjtimex(2), `struct timex` on 64-bit systems, STA_UNSYNC, STA_NANO.
"""

import ctypes
import sys
from collections.abc import Callable
from functools import cache

UNSYNCHRONISED, NANOSECONDS = 0x0040, 0x2000
TIME_ERROR = 5  # the return value that means the same as STA_UNSYNC, or a lost pulse


class Timex(ctypes.Structure):
    """Read only: `modes` 0 changes nothing and needs no right. The rest of the structure is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_char * 512),
    )


@cache
def _asked() -> Callable[[ctypes.Structure], int] | None:
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_long) != 8:
        return None
    try:
        call = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    return lambda timex: int(call(ctypes.byref(timex)))


def kernel_clock(ask: Callable[[ctypes.Structure], int] | None = None) -> tuple[bool | None, int | None]:
    """Synchronised, and the offset in milliseconds; None where the kernel does not say, as in some containers."""
    ask = ask or _asked()
    if ask is None:
        return None, None
    timex = Timex()
    state = ask(timex)
    if state < 0:
        return None, None
    if state == TIME_ERROR or timex.status & UNSYNCHRONISED:
        return False, None
    per_ms = 1_000_000 if timex.status & NANOSECONDS else 1_000
    return True, round(timex.offset / per_ms)
