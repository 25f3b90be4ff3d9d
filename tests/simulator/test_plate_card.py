"""The picture of a simulated camera: a file that others read, with the plate on it, and that its wire carries."""

import io
from datetime import UTC, datetime

import pytest

from drivers.cameras.hikvision import decode, encode
from simulator.devices import sighting
from simulator.plate_card import BLACK, FONT, WHITE, plate_card
from simulator.vehicles import make_trucks

Image = pytest.importorskip("PIL.Image", reason="the independent reader of pictures; it comes with the extra 'tickets'")


def drawn(jpeg: bytes) -> list[str]:
    """As another program shows it, a letter for each square."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert (picture.format, picture.mode) == ("JPEG", "L")
        assert {brightness for _, brightness in picture.getcolors()} <= {BLACK, WHITE}
        width, height = picture.size
        return [
            "".join("#" if picture.getpixel((x, y)) < 128 else "." for x in range(4, width, 8))
            for y in range(4, height, 8)
        ]


def test_another_program_reads_the_plate_on_it() -> None:
    assert drawn(plate_card("豫Y17")) == [
        ".................",
        ".###.#.#..#..###.",
        ".###.#.#.##....#.",
        ".###..#...#....#.",
        ".###..#...#....#.",
        ".###..#..###...#.",
        ".................",
    ]


def test_every_letter_is_another_and_every_brightness_is_read_back() -> None:
    assert len({tuple(drawn(plate_card(letter))) for letter in FONT}) == len(FONT)
    assert drawn(plate_card(None)) == ["..."] * 7


def test_it_comes_out_of_the_camera_s_wire_as_it_was_taken() -> None:
    [truck] = make_trucks(1, 1, "checkpoint", 0.0, 0.0)
    seen = sighting(truck, "cam-1", datetime(2026, 5, 1, tzinfo=UTC))
    heard = decode(*encode(seen))
    assert heard.pictures == seen.pictures
    assert heard.pictures[0].content == plate_card(truck.plate if truck.plate_readable else None)
