"""What numbers say against each other: units that must be wrong, doubts that just arise, and what is one truck."""

from dataclasses import replace
from decimal import Decimal

import pytest

from drivers.errors import FrameError
from drivers.records import VehicleRecord
from drivers.records.vehicle_record import examined, whole


def kilograms(*loads: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(load) for load in loads)


@pytest.mark.parametrize(
    ("gross", "loads", "doubted"),
    [
        (10_200, (5_000, 5_000), False),  # two in a hundred
        (10_205, (5_000, 5_000), True),
        (500, (250, 230), False),  # ten kilograms an axle
        (500, (250, 229), True),
    ],
)
def test_a_sum_may_miss_the_gross_by_little(gross: int, loads: tuple[int, ...], doubted: bool) -> None:
    read = examined(VehicleRecord(gross_kg=Decimal(gross), axle_loads_kg=kilograms(*loads)))
    assert bool(read.doubts) is doubted


@pytest.mark.parametrize(("gross", "axles"), [(0, 2), (500, 2), (499, 1), (250_000, 6)])
def test_a_gross_that_may_be_in_kilograms(gross: int, axles: int) -> None:
    assert examined(VehicleRecord(gross_kg=Decimal(gross)), axles).doubts == ()


@pytest.mark.parametrize(
    ("record", "axles", "said"),
    [
        (VehicleRecord(gross_kg=Decimal(499)), 2, "in tonnes"),
        (VehicleRecord(gross_kg=Decimal(1)), 2, "in tonnes"),
        (VehicleRecord(gross_kg=Decimal(250_001)), 6, "another unit"),
        (VehicleRecord(gross_kg=Decimal(-1)), None, "below zero"),
        (VehicleRecord(axle_loads_kg=kilograms(5_000, -1)), None, "below zero"),
    ],
)
def test_a_gross_that_is_in_another_unit(record: VehicleRecord, axles: int | None, said: str) -> None:
    with pytest.raises(FrameError, match=said):
        examined(record, axles)


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (950, None),
        (951, "tenfold"),
        (1_049, "tenfold"),
        (1_050, None),
        (9_501, "hundredfold"),
        (10_499, "hundredfold"),
        (95_000, None),
        (95_001, "thousandfold"),
        (104_999, "thousandfold"),
        (105_000, None),
        (0, None),
    ],
)
@pytest.mark.parametrize("gross_is_less", [True, False])
def test_a_sum_that_is_tenfold_the_gross_is_in_another_unit(total: int, said: str | None, gross_is_less: bool) -> None:
    less, more = (100, total) if gross_is_less else (total, 100)
    record = VehicleRecord(gross_kg=Decimal(less), axle_loads_kg=kilograms(more))
    if said is None:
        assert "is not the sum of its axles" in examined(record).doubts[0]
    else:
        with pytest.raises(FrameError, match=f"are a {said} apart"):
            examined(record)


def test_what_contradicts_itself_is_doubted_and_what_fits_is_not() -> None:
    sound = VehicleRecord(axle_loads_kg=kilograms(5_000, 7_000), spacings_mm=(3_000,), length_mm=3_000)
    assert examined(sound, axles=2).doubts == ()
    assert examined(sound, axles=3).doubts == ("3 axles told, 2 loads given",)
    assert examined(replace(sound, spacings_mm=(1_000, 1_000))).doubts == ("2 spacings for 2 axles",)
    (doubt,) = examined(replace(sound, length_mm=2_999)).doubts
    assert "further apart than the vehicle is long" in doubt
    assert examined(VehicleRecord(axle_loads_kg=kilograms(0, 0))).doubts == ()
    assert examined(VehicleRecord(spacings_mm=(3_000,)), axles=3).doubts == ()


@pytest.mark.parametrize(("text", "read"), [("0", 0), (" 7 ", 7), ("7.0", 7), ("1000000", 1_000_000)])
def test_a_whole_number_has_bounds(text: str, read: int) -> None:
    assert whole(text, "count") == read
    for wrong in ("-1", "7.5", "1000001", "x"):
        with pytest.raises(FrameError, match="count"):
            whole(wrong, "count")
