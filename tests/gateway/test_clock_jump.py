"""A wall clock that jumps is seen against the monotonic one, marked in every later entry, and costs no record."""

import pytest

from gateway.clock import SystemClock


def test_a_jump_is_seen_once_and_stays_in_the_quality_of_later_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    wall_ms, running_ms = 1_000_000, 50
    monkeypatch.setattr(SystemClock, "_wall_ms", staticmethod(lambda: wall_ms))
    monkeypatch.setattr(SystemClock, "monotonic_ms", lambda self: running_ms)
    clock = SystemClock()
    wall_ms, running_ms = wall_ms + 5_000, running_ms + 5_000
    assert clock.stepped() is None
    wall_ms -= 3_600_000
    assert clock.stepped() == -3_600_000
    assert clock.stepped() is None
    assert clock.quality()["stepped_ms"] == -3_600_000
