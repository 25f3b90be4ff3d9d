"""What a plaza never says yes to, whatever clocks and cameras do."""

from gateway.core.plaza import Plaza

NOW_MS = 1_772_971_200_000
VALID_MS = 7_200_000
MINUTE_MS = 60_000


def test_a_clock_set_back_keeps_no_weighing_valid_for_longer() -> None:
    plaza = Plaza(VALID_MS)
    plaza.weighed("j/1", "豫A1", "yellow", "admit", NOW_MS)
    assert plaza.ask("豫A1", "yellow", NOW_MS - 30 * 24 * 60 * MINUTE_MS).reason == "expired"
    assert plaza.ask("豫A1", "yellow", NOW_MS - MINUTE_MS // 2).admit  # a clock being disciplined


def test_an_overload_weighed_since_bars_the_plate_also_where_one_camera_read_no_colour() -> None:
    plaza = Plaza(VALID_MS)
    plaza.weighed("j/1", "豫A1", "unknown", "admit", NOW_MS)
    plaza.weighed("j/2", "豫A1", "yellow", "refuse", NOW_MS + MINUTE_MS)
    answer = plaza.ask("豫A1", "unknown", NOW_MS + 2 * MINUTE_MS)
    assert (answer.admit, answer.reason, answer.entry_id) == (False, "over-limit", "j/2")


def test_an_overload_of_a_plate_without_colour_bars_every_colour_of_it() -> None:
    plaza = Plaza(VALID_MS)
    plaza.weighed("j/1", "豫A1", "yellow", "admit", NOW_MS)
    plaza.weighed("j/2", "豫A1", "unknown", "refuse", NOW_MS + MINUTE_MS)
    assert plaza.ask("豫A1", "yellow", NOW_MS + 2 * MINUTE_MS).reason == "over-limit"


def test_another_colour_is_another_vehicle() -> None:
    plaza = Plaza(VALID_MS)
    plaza.weighed("j/1", "豫A1", "yellow", "admit", NOW_MS)
    plaza.weighed("j/2", "豫A1", "blue", "refuse", NOW_MS + MINUTE_MS)
    assert plaza.ask("豫A1", "yellow", NOW_MS + 2 * MINUTE_MS).admit


def test_a_vehicle_weighed_again_and_found_legal_may_enter() -> None:
    plaza = Plaza(VALID_MS)
    plaza.weighed("j/1", "豫A1", "unknown", "refuse", NOW_MS)
    plaza.weighed("j/2", "豫A1", "yellow", "admit", NOW_MS + MINUTE_MS)
    assert plaza.ask("豫A1", "yellow", NOW_MS + 2 * MINUTE_MS).admit
