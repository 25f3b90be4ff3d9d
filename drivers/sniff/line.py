"""How the line may be set, and what the bytes alone tell of it.

A receiver at 8N1 hears seven data bits and a parity bit as one byte of eight, so 7E1, 7O1 and 7N2 need no listening of
their own: the eighth bit of every byte follows from the other seven. Where parity comes behind eight data bits (8E1,
8O1), or one stop bit behind seven (7N1), the receiver loses its step, and only another setting helps.

The settings are those of the indicators' manuals; the order is how often they are met.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Parity = Literal["N", "E", "O"]

BAUD_RATES = (9600, 4800, 2400, 1200, 19200, 38400, 57600, 115200, 600)
BETRAYED_PERCENT = 97  # of the bytes; the rest may be noise
BYTES_MIN = 8  # fewer tell nothing of their eighth bit


@dataclass(frozen=True, slots=True)
class Line:
    """A serial port's setting; a baud rate of None is "not known", as of a recording or a TCP server."""

    baudrate: int | None = None
    bytesize: int = 8
    parity: Parity = "N"
    stopbits: int = 1

    @property
    def query(self) -> str:
        """As the query of a serial URL; empty where nothing is known but eight bits without parity."""
        shown = [f"baudrate={self.baudrate}"] if self.baudrate else []
        if self.bytesize != 8:
            shown.append(f"bytesize={self.bytesize}")
        if self.parity != "N":
            shown.append(f"parity={self.parity}")
        if self.stopbits != 1:
            shown.append(f"stopbits={self.stopbits}")
        return "&".join(shown)

    def __str__(self) -> str:
        shape = f"{self.bytesize}{self.parity}{self.stopbits}"
        return f"{self.baudrate} {shape}" if self.baudrate else shape


FORMATS = (Line(), Line(parity="E"), Line(parity="O"), Line(bytesize=7))


def settings_to_walk() -> Iterator[Line]:
    """Every baud rate at 8N1 first, for most are met there; then the formats 8N1 cannot hear."""
    for shape in FORMATS:
        for baudrate in BAUD_RATES:
            yield Line(baudrate, shape.bytesize, shape.parity, shape.stopbits)


def cuts(heard: bytes, at: Line) -> list[tuple[Line, bytes]]:
    """What may have been sent, where `heard` came in at `at`: as it is, and with the eighth bit taken for a parity bit.

    As it is comes last where almost every byte betrays a parity bit: sixteen text bytes do so by chance once in 65 536.
    """
    as_heard = [(at, heard)]
    if at.bytesize != 8 or at.parity != "N" or len(heard) < BYTES_MIN or max(heard) < 0x80:
        return as_heard
    for eighth_bit, bytesize, parity, stopbits in EIGHTH_BITS:
        right = sum(byte >> 7 == eighth_bit(byte & 0x7F) for byte in heard)
        if right * 100 >= BETRAYED_PERCENT * len(heard):
            sent = bytes(byte & 0x7F for byte in heard)
            return [(Line(at.baudrate, bytesize, parity, stopbits), sent), *as_heard]
    return as_heard


def _even(seven: int) -> int:
    return seven.bit_count() & 1


def _odd(seven: int) -> int:
    return seven.bit_count() & 1 ^ 1


def _always(_seven: int) -> int:
    return 1


EIGHTH_BITS: tuple[tuple[Callable[[int], int], int, Parity, int], ...] = (
    (_even, 7, "E", 1),
    (_odd, 7, "O", 1),
    (_always, 7, "N", 2),
)
