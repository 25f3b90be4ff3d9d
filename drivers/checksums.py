"""The checks that wire formats share. Each takes the covered bytes and returns one byte or word."""

from functools import reduce
from operator import xor


def xor_of(covered: bytes) -> int:
    """All bytes folded with XOR. Blind to swapped bytes: 1560 kg and 1650 kg check alike."""
    return reduce(xor, covered, 0)


def twos_complement_7bit(covered: bytes) -> int:
    """What makes the sum of the low seven bits of all bytes, itself included, a multiple of 128."""
    return -sum(covered) & 0x7F  # bit 7 counts 128, which is nothing here
