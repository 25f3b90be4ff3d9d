"""What a serial receiver hears of a sender whose line is set otherwise: the bits, not the bytes.

A pseudo-terminal carries bytes and no bits, so a wrong baud rate or parity cannot be tried on one. Here the sender's
frames become levels on a wire, and the receiver samples them at its own rate, as a UART does:

    idle high | start 0 | data, lowest bit first | parity | stop 1

It takes a byte at each falling edge, reads every bit in its middle, and after a stop bit that is no 1 looks for the
next falling edge from there (the 16550's way; others wait for the line to rise first). A byte with a wrong parity or
stop bit is passed on as it is, as Linux does for a raw port. Not verified on real hardware.
"""

from bisect import bisect_right
from collections.abc import Iterator

from drivers.sniff.line import Line

Edge = tuple[float, int]  # seconds from the start, the level from then on


def heard(data: bytes, sent: Line, listening: Line, *, gap_s: float = 0.0) -> bytes:
    """The bytes that come in at `listening` when `data` goes out at `sent`, back to back. Both name a baud rate.

    `gap_s`: the line rests this long before, so that a receiver begins in step.
    """
    edges = _wire(data, sent, gap_s)
    times = [time_s for time_s, _ in edges]
    return bytes(_receive(edges, times, listening))


def _wire(data: bytes, line: Line, gap_s: float) -> list[Edge]:
    """Each change of the level, and one bit's rest at the end."""
    assert line.baudrate
    bit_s, now_s, level = 1 / line.baudrate, gap_s, 1
    edges: list[Edge] = [(0.0, 1)]
    for byte in data:
        for bit in _bits(byte, line):
            if bit != level:
                edges.append((now_s, bit))
                level = bit
            now_s += bit_s
    edges.append((now_s + 2 * bit_s, 1))
    return edges


def _bits(byte: int, line: Line) -> list[int]:
    value = byte & (1 << line.bytesize) - 1
    bits = [0, *(value >> place & 1 for place in range(line.bytesize))]
    if line.parity != "N":
        bits.append(value.bit_count() & 1 ^ (line.parity == "O"))
    return [*bits, *[1] * line.stopbits]


def _receive(edges: list[Edge], times: list[float], line: Line) -> Iterator[int]:
    assert line.baudrate
    bit_s, end_s = 1 / line.baudrate, times[-1]
    data_bits, parity_bits = line.bytesize, int(line.parity != "N")

    def level(at_s: float) -> int:
        return edges[bisect_right(times, at_s) - 1][1]

    now_s = 0.0
    while (start_s := _next_fall(edges, times, now_s)) is not None and start_s < end_s:
        value = sum(level(start_s + (1.5 + place) * bit_s) << place for place in range(data_bits))
        stop_s = start_s + (1.5 + data_bits + parity_bits) * bit_s
        if stop_s > end_s:
            return
        yield value
        now_s = stop_s


def _next_fall(edges: list[Edge], times: list[float], at_s: float) -> float | None:
    """When the next start bit begins; at once where the line is low, as where a stop bit was missed."""
    at = bisect_right(times, at_s) - 1
    if at >= 0 and edges[at][1] == 0:
        return at_s
    return next((time_s for time_s, level in edges[at + 1 :] if level == 0), None)
