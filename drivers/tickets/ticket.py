"""What is on a ticket, laid out in narrow columns: a Chinese character is as wide as two.

preview   the same lines as text, to look at before anything is printed
picture   the same as PNG, in a font that the caller names
"""

import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CHARS_MIN, CHARS_MAX = 24, 64
TEXT_CHARS_MAX = 200
ROWS_MAX = 40
POINTS, GAP = 24, 6


@dataclass(frozen=True, slots=True)
class Ticket:
    """`rows` are a name and a value each; `code` becomes a QR code."""

    title: str
    rows: tuple[tuple[str, str], ...]
    footer: tuple[str, ...] = ()
    code: str = ""

    def __post_init__(self) -> None:
        assert len(self.rows) <= ROWS_MAX
        assert all(len(text) <= TEXT_CHARS_MAX for text in (self.title, self.code, *self.footer, *sum(self.rows, ())))


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    place: Literal["left", "centre"] = "left"
    large: bool = False


def laid_out(ticket: Ticket, chars: int) -> tuple[Line, ...]:
    """The ticket's lines, none wider than `chars` columns. A value that does not fit goes on the next line."""
    assert CHARS_MIN <= chars <= CHARS_MAX
    lines = [Line(text, "centre", large=True) for text in _cut(_clean(ticket.title), chars // 2)]
    lines.append(Line("-" * chars))
    for name, value in ticket.rows:
        lines += _row(_clean(name), _clean(value), chars)
    lines.append(Line("-" * chars))
    lines += [Line(text, "centre") for one in ticket.footer for text in _cut(_clean(one), chars)]
    return tuple(lines)


def preview(ticket: Ticket, chars: int) -> str:
    """As text, in a frame. A QR code is told by its content."""
    shown = []
    for line in laid_out(ticket, chars):
        blank = chars - _width(line.text)
        left = blank // 2 if line.place == "centre" else 0
        shown.append("|" + " " * left + line.text + " " * (blank - left) + "|")
    shown += [f"[QR] {ticket.code}"] if ticket.code else []
    return "\n".join(shown) + "\n"


def picture(ticket: Ticket, chars: int, font: Path) -> bytes:
    """As PNG. `font` is a file with Chinese characters; OSError where it is none."""
    from PIL import Image, ImageDraw, ImageFont

    plain, large = (ImageFont.truetype(str(font), size) for size in (POINTS, 2 * POINTS))
    lines = laid_out(ticket, chars)
    step = POINTS + GAP
    tall = sum(2 * step if line.large else step for line in lines) + 2 * GAP
    code = _code_picture(ticket.code) if ticket.code else None
    paper = Image.new("L", (chars * POINTS // 2 + 2 * GAP, tall + (code.height + GAP if code else 0)), 255)
    pen, at = ImageDraw.Draw(paper), GAP
    for line in lines:
        shape = large if line.large else plain
        left = (paper.width - pen.textlength(line.text, shape)) / 2 if line.place == "centre" else GAP
        pen.text((left, at), line.text, 0, shape)
        at += 2 * step if line.large else step
    if code is not None:
        paper.paste(code, ((paper.width - code.width) // 2, at))
    out = io.BytesIO()
    paper.save(out, "PNG")
    return out.getvalue()


def _code_picture(text: str) -> "Image.Image":  # type: ignore[name-defined] # noqa: F821 - PIL comes with an extra
    import qrcode

    return qrcode.make(text, box_size=4, border=2).get_image().convert("L")


def _row(name: str, value: str, chars: int) -> list[Line]:
    blank = chars - _width(name) - _width(value)
    if blank >= 1:
        return [Line(name + " " * blank + value)]
    return [Line(text) for text in _cut(name, chars)] + [Line(text) for text in _cut(value, chars)]


def _cut(text: str, chars: int) -> list[str]:
    """In pieces that fit, between characters."""
    pieces, piece = [], ""
    for char in text:
        if _width(piece) + _width(char) > chars:
            pieces.append(piece)
            piece = ""
        piece += char
    return [*pieces, piece]


def _clean(text: str) -> str:
    """Without what would be a command to a printer."""
    return "".join(char for char in text if char.isprintable())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)
