"""A ticket printer on serial or TCP 9100: ESC/POS made by python-escpos, text in GB18030.

    1B 40 init   1C 26 Chinese on   1B 61 n place   1D 21 n size   GB18030 text 0A   QR: 1D 28 6B …   1D 56 cut

`printed` reads such bytes again, for the simulated printer and for tests. A printer takes bytes whether it has paper or
not; that it is out of paper is not on this wire as far as our sources say.
Sources: python-escpos 3.1 (MIT); that Chinese printers want 1C 26 and take GB18030 is from memory, unverified.
"""

import asyncio
from collections.abc import Awaitable, Callable

from drivers.description import UNVERIFIED, Description
from drivers.errors import DeviceError, DeviceTimeout, FrameError
from drivers.link import Link
from drivers.tickets.ticket import Ticket, laid_out

CHINESE_ON = b"\x1c\x26"
WRITE_TIMEOUT_S = 10.0
TICKET_BYTES_MAX = 64 * 1024
SKIPPED = {0x61: 1, 0x64: 1, 0x21: 1, 0x45: 1, 0x4D: 1, 0x7B: 1, 0x42: 1, 0x2D: 1, 0x56: 1, 0x74: 1}


def escpos(ticket: Ticket, chars: int) -> bytes:
    """The bytes for this ticket, from init to cut. DeviceError where python-escpos is not installed."""
    try:
        from escpos.printer import Dummy
    except ImportError as error:
        raise DeviceError("printing needs python-escpos: pip install weighgate[tickets]") from error
    printer = Dummy()
    printer.hw("INIT")
    printer._raw(CHINESE_ON)  # noqa: SLF001 - the library's way to send bytes of one's own
    for line in laid_out(ticket, chars):
        size = 2 if line.large else 1
        printer.set(align="center" if line.place == "centre" else "left", custom_size=True, width=size, height=size)
        printer._raw(line.text.encode("gb18030", "replace") + b"\n")  # noqa: SLF001 - as above
    if ticket.code:
        printer.set(align="center")
        printer.qr(ticket.code, native=True, size=5)
    printer.cut()
    return bytes(printer.output)


def printed(data: bytes) -> tuple[str, ...]:
    """The lines on the paper. FrameError for a command that our tickets do not use."""
    if len(data) > TICKET_BYTES_MAX:
        raise FrameError(f"{len(data)} bytes; {TICKET_BYTES_MAX} at most")
    text, at = b"", 0
    while at < len(data):
        byte = data[at]
        if byte in (0x1B, 0x1C, 0x1D):
            at += _command_size(data[at : at + 5])
        elif byte == 0x0A or byte >= 0x20:
            wide = byte >= 0x81 and at + 1 < len(data)
            text += data[at : at + 1 + wide]
            at += 1 + wide
        else:
            raise FrameError(f"byte {byte:02X} is no text and no command")
    try:
        return tuple(text.decode("gb18030").splitlines())
    except UnicodeDecodeError as error:
        raise FrameError(f"text is not GB18030 at byte {error.start}") from error


def _command_size(head: bytes) -> int:
    if len(head) < 2:
        raise FrameError("a command without its end")
    if head[:2] == b"\x1b\x40" or head[0] == 0x1C:
        return 2
    if head[:3] == b"\x1d\x28\x6b" and len(head) == 5:
        return 5 + int.from_bytes(head[3:5], "little")
    if head[1] in SKIPPED:
        return 2 + SKIPPED[head[1]]
    raise FrameError(f"command {head[:2].hex(' ')} is not one of ours")


class TicketPrinter:
    """One printer. The line is opened for each ticket, so that a printer may be switched off in between."""

    def __init__(self, open_link: Callable[[], Awaitable[Link]], chars: int) -> None:
        self._open_link, self.chars = open_link, chars

    async def print(self, ticket: Ticket) -> None:
        """Returns when the line has taken it. LinkError, DeviceTimeout or DeviceError."""
        data = escpos(ticket, self.chars)
        link = await self._open_link()
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await link.write(data)
        except TimeoutError as error:
            raise DeviceTimeout(f"the printer took no bytes for {WRITE_TIMEOUT_S:g} s: paper, cover, cable?") from error
        finally:
            await link.close()


DESCRIPTION = Description(
    kind="ticket",
    title="ESC/POS ticket printer",
    models=("ESC/POS printers with Chinese characters, serial or TCP 9100",),
    sources=("python-escpos 3.1 (MIT)",),
    proof=("constructed",),
    settings="GB18030 or GBK characters; 32 columns on 58 mm paper, 48 on 80 mm",
    sample='[lanes.printer]\nurl = "tcp://192.168.1.60:9100"\nchars = 32\n',
    unverified=f"{UNVERIFIED}; 1C 26 and GB18030 are from memory; out of paper is not seen",
)
