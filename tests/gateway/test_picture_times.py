"""How late a push came is told from the camera's own clock, however wrong that is."""

from datetime import UTC, datetime, timedelta

from gateway.identification import PictureTimes

CAMERA = datetime(2001, 1, 1, tzinfo=UTC)  # a camera that nobody ever set


def at(seconds: float) -> datetime:
    return CAMERA + timedelta(seconds=seconds)


def test_a_push_is_late_by_what_the_quickest_one_was_not() -> None:
    times = PictureTimes()
    assert times.delay_ms(at(0), 50_200) is None  # nothing to compare with
    assert times.delay_ms(at(10), 60_100) == 0
    assert times.delay_ms(at(20), 70_150) == 50
    assert times.delay_ms(at(30), 105_100) == 25_000


def test_a_camera_that_tells_no_time_is_not_compared() -> None:
    times = PictureTimes()
    assert [times.delay_ms(None, ms) for ms in (0, 1_000)] == [None, None]


def test_a_clock_set_back_by_a_day_starts_anew() -> None:
    times = PictureTimes()
    times.delay_ms(at(0), 0)
    times.delay_ms(at(10), 10_000)
    assert times.delay_ms(at(20 - 86_400), 20_000) is None
    assert times.delay_ms(at(30 - 86_400), 30_000) == 0
