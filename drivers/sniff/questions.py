"""What may be asked of a box that nobody knows: requests that are reads on every model there is a manual of.

A letter is a command on many models, alone or inside what they take for noise. Those below tare, zero, clear, print or
switch the display on some of them, so no question has any: Toledo continuous T Z P C, Yaohua A12 T Z, Cardinal Z T U H,
Intercomp Z T U D Q, Yaohua A9 in command mode C. What starts a stream is not asked: somebody would have to stop it.
"""

from collections.abc import Iterable

from drivers.protocol import ScaleProtocol

Question = tuple[bytes, ...]
"""What goes out in turn before the weight comes: most often one request."""

ACTING_LETTERS = frozenset(b"TZPCUHDQ")
ACTING_BYTES = (
    b"\x02A\x03",
    b"\x02D\x03",
    b"\x1b",
)  # an MCGS console weighs and zeroes; an SBI balance listens to escape
FIRST_REGISTERS = bytes.fromhex("01 03 00 00 00 02 C4 0B")  # Modbus RTU: unit 1, two holding registers from 0


def questions(protocols: Iterable[ScaleProtocol]) -> tuple[Question, ...]:
    """One of each, harmless ones only, in a fixed order; last the one that any Modbus device answers."""
    polled = [one.polling for one in protocols if one.polling is not None and not one.polling.stream]
    asked = [polling.requests for polling in polled if all(map(is_harmless, polling.requests))]
    return (*dict.fromkeys(asked), (FIRST_REGISTERS,))


def is_harmless(request: bytes) -> bool:
    return ACTING_LETTERS.isdisjoint(request) and not any(acting in request for acting in ACTING_BYTES)
