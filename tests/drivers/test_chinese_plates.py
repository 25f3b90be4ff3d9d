"""Chinese plates: their kinds, their colours, and what a person should look at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cameras import hikvision
from drivers.cameras.chinese_plates import COLOURS, KINDS, as_written, doubt_of, kind_of, settled
from drivers.readings import PlateReading


@pytest.mark.parametrize(
    ("plate", "kind"),
    [
        ("豫A12345", "ordinary"),
        ("京AD1234", "ordinary"),
        ("豫AD12345", "new-energy-small"),
        ("豫AF0A234", "unknown"),
        ("豫AFA1234", "new-energy-small"),
        ("豫A12345D", "new-energy-large"),
        ("豫A1234挂", "trailer"),
        ("豫A1234警", "police"),
        ("豫A1234学", "coach"),
        ("粤Z1234港", "hong-kong-macao"),
        ("粤Z1234澳", "hong-kong-macao"),
        ("使014578", "embassy"),
        ("沪A1234领", "consulate"),
        ("临豫A1234", "temporary"),
        ("WJ豫12345", "armed-police"),
        ("豫A1234应急", "emergency"),
        ("民航12345", "civil-aviation"),
        ("豫A1234", "unknown"),
        ("豫AO1234", "unknown"),
        ("EG123KL", "unknown"),
        ("", "unknown"),
    ],
)
def test_kinds(plate: str, kind: str) -> None:
    assert kind_of(plate) == kind


def test_o_and_i_stand_on_no_plate() -> None:
    assert as_written("豫AO123I") == "豫A01231"
    assert as_written("豫AD1O3I5") == "豫AD10315"
    assert as_written("EIO123") == "EIO123"  # a foreign plate is as it was read
    assert (as_written("豫A"), as_written("豫AO")) == ("豫A", "豫A0")
    assert settled(seen("豫A1O34挂")) == seen("豫A1034挂", view="rear")


def seen(plate: str | None, colour: str = "yellow", confidence: int | None = 96, **more: object) -> PlateReading:
    return PlateReading(plate, colour, confidence, "e", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        (seen("豫A12345"), None),
        (seen("豫A12345", confidence=None), None),
        (seen(None, confidence=0), None),  # nothing was read: that is data, not doubt
        (seen("豫A12345", "unknown"), None),
        (seen("EG123KL", "unknown"), None),
        (seen("豫A12345", confidence=69), "confidence 69 %"),
        (seen("豫A12345", confidence=70), None),
        (seen("豫A1234"), "no Chinese plate"),
        (seen("豫A12345", "green"), "green is the colour of no ordinary plate"),
        (seen("豫A12345D", "yellow"), "yellow is the colour of no new-energy-large plate"),
        (seen("豫A12345D", "yellow-green"), None),
        (seen("豫A1234挂", "blue"), "blue is the colour of no trailer plate"),
    ],
)
def test_doubts(reading: PlateReading, why: str | None) -> None:
    doubt = doubt_of(reading, 70)
    assert doubt is None if why is None else doubt is not None and why in doubt


@given(st.sampled_from([shape.pattern for _, shape in KINDS]).flatmap(lambda one: st.from_regex(one, fullmatch=True)))
def test_what_has_a_kind_keeps_it_as_written(plate: str) -> None:
    assert as_written(plate) == plate or kind_of(plate) == "temporary"
    assert kind_of(plate) != "unknown"


def test_every_colour_named_for_a_kind_is_one_that_cameras_know() -> None:
    assert set().union(*COLOURS.values()) <= set(hikvision.COLOURS.values())


@given(st.text(max_size=15))
def test_any_text_has_a_kind(text: str) -> None:
    assert isinstance(kind_of(text), str)
    doubt_of(seen(text), 70)
