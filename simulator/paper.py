"""A ticket printer's paper: what was printed on it, ticket by ticket, cut where the gateway cut it."""

from collections import deque

from drivers.tickets.printer import TICKET_BYTES_MAX, printed

CUT, CUT_BYTES = b"\x1dV", 3
TICKETS_KEPT = 20


class Paper:
    """`receive` takes any chunks. FrameError for a command that a ticket of ours does not use."""

    def __init__(self) -> None:
        self.tickets: deque[tuple[str, ...]] = deque(maxlen=TICKETS_KEPT)
        self._bytes = b""

    def receive(self, chunk: bytes) -> None:
        self._bytes = (self._bytes + chunk)[-TICKET_BYTES_MAX:]
        while (at := self._bytes.find(CUT)) >= 0 and len(self._bytes) >= at + CUT_BYTES:
            ticket, self._bytes = self._bytes[: at + CUT_BYTES], self._bytes[at + CUT_BYTES :]
            self.tickets.append(printed(ticket))
