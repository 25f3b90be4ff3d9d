"""Numbers as wires write them: digits of a fixed width, a point inside or counted apart. Decimal in, Decimal out."""

from decimal import Decimal


def parts(value: Decimal) -> tuple[bool, int, int]:
    """Negative or not, all digits as one number, and how many of them stand behind the point.

    >>> parts(Decimal("-12.50"))
    (True, 1250, 2)
    """
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "a weight is a number"
    return bool(sign), int("".join(map(str, digits))) * 10 ** max(exponent, 0), -min(exponent, 0)


def digits(value: Decimal, width: int, pad: bytes = b" ") -> bytes:
    """The value without its sign, with its point, right-aligned in `width` characters. What does not fit: assertion.

    >>> digits(Decimal("-12.50"), 7, b"0")
    b'0012.50'
    """
    number, decimals = parts(value)[1:]
    text = b"%0*d" % (decimals + 1, number)
    if decimals:
        text = text[:-decimals] + b"." + text[-decimals:]
    assert len(text) <= width, f"{value} has no room in {width} characters"
    return text.rjust(width, pad)


def signed(value: Decimal, width: int) -> bytes:
    """As `digits`, padded with spaces, and a minus directly before a negative number.

    >>> signed(Decimal("-12.50"), 8)
    b'  -12.50'
    """
    text = digits(value, width).lstrip(b" ")
    text = b"-" + text if value.is_signed() else text
    assert len(text) <= width, f"{value} has no room in {width} characters"
    return text.rjust(width)


def number(text: bytes, *, negative: bool = False) -> Decimal:
    """The Decimal of digits with at most one point between them, which the caller's pattern has made sure of."""
    found = Decimal(text.decode())
    return found.copy_negate() if negative else found
