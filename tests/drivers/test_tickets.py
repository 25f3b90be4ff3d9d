"""Tickets: their layout in narrow and wide characters, their bytes read back, and a printer that fails."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import FrameError, LinkError
from drivers.link import MemoryLink, memory_pair
from drivers.tickets import Ticket, TicketPrinter, preview
from drivers.tickets.printer import escpos, printed
from drivers.tickets.ticket import _width, laid_out, picture
from gateway.printing import TICKETS_MAX, Printing, ticket_of

FONTS = sorted(Path("/usr/share/fonts").glob("**/Noto*CJK*Regular*.ttc"))
TICKET = Ticket("称重单", (("车牌", "豫A12345"), ("车货总质量", "49,300 kg")), ("示例采石场出口",), "site-1-000042")
SHOWN = {
    "entry": "site-1-000042",
    "at": "2026-11-23T04:05:06+00:00",
    "lane": "1",
    "plate": "豫A12345",
    "gross_kg": "49300",
    "outcome": "exceeded",
}


def test_a_preview_shows_the_ticket_as_it_will_be() -> None:
    assert preview(TICKET, 32) == (
        "|             称重单             |\n"
        "|--------------------------------|\n"
        "|车牌                    豫A12345|\n"
        "|车货总质量             49,300 kg|\n"
        "|--------------------------------|\n"
        "|         示例采石场出口         |\n"
        "[QR] site-1-000042\n"
    )


def test_what_is_printed_is_what_the_preview_shows() -> None:
    data = escpos(TICKET, 32)
    assert data.startswith(b"\x1b\x40\x1c\x26")
    assert data.endswith(b"\x1dV\x00")
    assert "超限".encode("gb18030") not in data
    assert "称重单".encode("gb18030") in data
    assert b"site-1-000042" in data
    assert printed(data) == tuple(line.text for line in laid_out(TICKET, 32))


TEXTS = st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Mn"]), max_size=60)


@given(TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=5).map(tuple), st.integers(24, 64))
def test_no_line_is_wider_than_the_paper_and_nothing_is_lost(
    title: str, rows: tuple[tuple[str, str], ...], chars: int
) -> None:
    ticket = Ticket(title, rows, (title,))
    for line in laid_out(ticket, chars):
        assert _width(line.text) * (2 if line.large else 1) <= chars
    shown = "".join(line.text for line in laid_out(ticket, chars)).replace(" ", "")
    for name, value in rows:
        for char in name + value:
            assert char in shown or not char.isprintable() or char == " "
    assert printed(escpos(ticket, chars)) == tuple(line.text for line in laid_out(ticket, chars))


def test_a_plate_cannot_carry_a_command_to_the_printer() -> None:
    data = escpos(Ticket("t", (("车牌", "\x1bp\x00A\x1d\x56\x00"),)), 32)
    assert b"\x1bp" not in data
    assert data.count(b"\x1dV") == 1


@given(st.binary(max_size=60))
def test_hostile_bytes_give_only_frame_errors(data: bytes) -> None:
    for hostile in (data, escpos(TICKET, 32)[:20] + data):
        with suppress(FrameError):
            printed(hostile)


@pytest.mark.skipif(not FONTS, reason="no font with Chinese characters is here")
def test_a_picture_of_the_ticket() -> None:
    png = picture(TICKET, 32, FONTS[0])
    assert png.startswith(b"\x89PNG")
    assert png != picture(Ticket("称重单", ()), 32, FONTS[0])


async def test_a_printer_gets_the_ticket_and_its_line_is_closed_behind_it() -> None:
    near, far = memory_pair()

    async def open_link() -> MemoryLink:
        return near

    await TicketPrinter(open_link, 32).print(TICKET)
    assert printed(await far.read())[0] == "称重单"
    with pytest.raises(LinkError):
        await far.read()


def test_the_ticket_of_a_weighing() -> None:
    text = preview(ticket_of(SHOWN, "示例采石场出口"), 32)
    for part in ("豫A12345", "49,300 kg", "超限", "2026-11-23 12:05:06", "site-1-000042"):
        assert part in text
    assert "over limit" in preview(ticket_of(SHOWN, "x", english=True), 48)
    assert "49,300" not in preview(ticket_of({**SHOWN, "gross_kg": None}, "x"), 48)


class Paper:
    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self.off = False

    async def print(self, ticket: Ticket) -> None:
        if self.off:
            raise LinkError("cannot open tcp://10.0.0.9:9100: refused")
        self.tickets.append(ticket)


async def test_every_stored_weighing_has_one_ticket_and_a_printer_that_is_off_costs_nothing() -> None:
    paper, alarms = Paper(), []
    printing = Printing(paper, "s", lambda code, detail: alarms.append((code, detail)))
    running = asyncio.create_task(printing.run())

    async def store(lane: str) -> tuple[str, str]:
        return lane, "hold"

    stored = printing.storing(store, lambda: SHOWN)
    assert await stored("1") == ("1", "hold")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [one.code for one in paper.tickets] == ["site-1-000042"]
    paper.off = True
    assert await stored("1") == ("1", "hold")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert alarms == [("printer-failed", "cannot open tcp://10.0.0.9:9100: refused")]
    assert printing.counts == {"printed": 1, "failed": 1}
    running.cancel()
    for _ in range(3 * TICKETS_MAX):
        printing.want(SHOWN)
    assert len(printing._waiting) == TICKETS_MAX


@pytest.mark.parametrize("lock", ["edge.txt", "central.txt"])
def test_a_box_has_the_printers_library(lock: str) -> None:
    """Both are installed as they stand, on boxes and in the image, and neither names where it is downloaded from."""
    text = (Path(__file__).resolve().parents[2] / "requirements" / lock).read_text(encoding="utf-8")
    assert "\npython-escpos==3." in text
    assert "index-url" not in text
    assert "://" not in text
