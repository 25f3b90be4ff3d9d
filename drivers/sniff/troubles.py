"""What is wrong with a line on which nobody is recognised, in words for whoever stands before it.

Each is a guess with its reason: only hardware shows whether a cable is broken. Pure.
"""

import re
from collections.abc import Iterable, Iterator

from drivers.overheard.format import OverheardFormat
from drivers.protocol import ScaleProtocol, WireFormat
from drivers.sniff.hearing import SURE_FRAMES, Account, hear
from drivers.sniff.line import Line, cuts

LOOKED_AT_BYTES = 1024
HELD_LOW_PERCENT, ODD_PERCENT, PRINTED_PERCENT = 95, 20, 5
PERIOD_MIN, PERIOD_MAX, REPEATS_PERCENT = 3, 96, 80
SHARE_MIN_PERCENT = 15
FIELD = re.compile(rb"[0-9A-F .+-]")  # what changes from frame to frame: digits, their padding, a checksum in hex
FILL = b"9"
LINE_ENDS = re.compile(rb"[\r\n]")
CUT_CURE = "a converter or a buffer cuts them: let it pass bytes on at once, and switch flow control off"
TEXT = frozenset(range(0x20, 0x7F)) | frozenset(b"\r\n\t\x02\x03")


def troubles(heard: bytes, at: Line, known: Iterable[WireFormat]) -> list[str]:
    """The likeliest first; empty where nothing is known but that no format fits."""
    newest = heard[-LOOKED_AT_BYTES:]
    if not newest:
        return []
    formats = list(known)
    if found := _held_low(newest) or _printed(newest):
        return [found]
    line, sent = cuts(newest, at)[0]
    told = [*_in_part(sent, line, formats), *_cut_short(sent, formats)]
    return told or [*_out_of_step(newest), *_strange(sent)]


def _percent(count: int, data: bytes) -> int:
    return 100 * count // len(data)


def _held_low(data: bytes) -> str:
    if _percent(data.count(0), data) < HELD_LOW_PERCENT:
        return ""
    return "nothing but 00: the line is held low; are A and B of an RS-485 line, or plus and minus, swapped?"


def _printed(data: bytes) -> str:
    """Lines of text with letters beyond ASCII among them, and no byte that neither is."""
    lines, high = data.count(b"\n") + data.count(b"\r"), sum(byte >= 0x80 for byte in data)
    others = sum(byte not in TEXT and byte < 0x80 and byte != 0x1B for byte in data)
    if lines < 2 or others or _percent(high, data) < PRINTED_PERCENT:
        return ""
    return (
        "lines of text with letters above 7F: this is what a printer or a display gets, not a weight output; "
        "set the port of the indicator to continuous output, or take another port of it"
    )


def _out_of_step(data: bytes) -> Iterator[str]:
    odd = _percent(sum(byte not in TEXT for byte in data), data)
    if odd >= ODD_PERCENT:
        yield f"{odd} % of the bytes are no text: a wrong baud rate or parity sounds like this, or a binary format"


def _in_part(sent: bytes, line: Line, formats: Iterable[WireFormat]) -> Iterator[str]:
    """Who reads some of it."""
    accounts = [hear(one, {}, line, sent) for one in formats]
    some = [one for one in accounts if one.different >= SURE_FRAMES and one.covered * 100 >= SHARE_MIN_PERCENT]
    some.sort(key=_weight, reverse=True)
    shown = [f"{one.title} {int(one.covered * 100)} %" for one in some[:2]]
    if len(some) > 1 and sum(one.covered for one in some[:2]) <= 1:
        yield f"two devices seem to speak on this wire: {' and '.join(shown)} of the bytes; leave one connected"
    elif some:
        yield (
            f"{shown[0]} of the bytes are good frames and the rest is broken: a bad cable or ground, a line that is "
            "not terminated, or a second device on the wire"
        )


def _weight(account: Account) -> tuple[bool, int]:
    return (account.sealed > 0, int(account.covered * 100))


def _cut_short(sent: bytes, formats: Iterable[WireFormat]) -> Iterator[str]:
    """Pieces that repeat, and stand at the one end or the other of a known frame; or no end of any frame at all."""
    shape = FIELD.sub(FILL, sent)
    if set(shape) == set(FILL):
        yield f"half frames: nothing but digits comes, and what begins and ends a frame is cut off; {CUT_CURE}"
        return
    period = period_of(shape)
    if period is None:
        return
    likeness = {
        one.name: max((_likeness(shape[:period], frame) for frame in _shapes(one)), default=0) for one in formats
    }
    most = max(likeness.values(), default=0)
    names = [name for name, alike in likeness.items() if alike == most > 0]
    if names:
        yield (
            f"half frames: pieces of {period} bytes repeat that are the beginning or the end of {' or '.join(names)}; "
            f"{CUT_CURE}"
        )
        if LINE_ENDS.search(sent[: period + 1]):
            yield "or whole lines not known here: where one holds the weight, the protocol template can describe it"


def _strange(sent: bytes) -> Iterator[str]:
    period = period_of(FIELD.sub(FILL, sent))
    if period is not None:
        yield f"something repeats every {period} bytes, in a format not known here; send the hex view to its maker"
    elif _percent(sum(byte in TEXT for byte in sent), sent) > 100 - ODD_PERCENT:
        yield "text in a format not known here, or pieces of frames; send the hex view to its maker"


def period_of(shape: bytes) -> int | None:
    """After how many bytes it repeats itself; None where it does not.

    >>> period_of(b"=999=999=999=999=999=999")
    4
    """
    for period in range(PERIOD_MIN, min(PERIOD_MAX, len(shape) // 3) + 1):
        same = sum(one == other for one, other in zip(shape, shape[period:], strict=False))
        if same * 100 >= REPEATS_PERCENT * (len(shape) - period) and len(set(shape[:period])) > 1:
            return period
    return None


def _shapes(one: WireFormat) -> Iterator[bytes]:
    if isinstance(one, ScaleProtocol | OverheardFormat):
        for example in one.examples:
            yield FIELD.sub(FILL, example.frame)


def _likeness(piece: bytes, frame: bytes) -> int:
    """How many bytes that are no digits the piece has from one end of the frame; however it was come upon."""
    if len(piece) >= len(frame):
        return 0
    turns = [piece[at:] + piece[:at] for at in range(len(piece))]
    return max(_shared(turn, end) for turn in turns for end in (frame[: len(piece)], frame[-len(piece) :]))


def _shared(one: bytes, other: bytes) -> int:
    """0 unless nearly all of it is alike."""
    same = [a for a, b in zip(one, other, strict=True) if a == b]
    return sum(byte not in FILL for byte in same) if len(same) * 100 >= REPEATS_PERCENT * len(one) else 0
