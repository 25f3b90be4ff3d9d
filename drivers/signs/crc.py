"""CRC-16 with the reflected polynomial A001, low byte first: Modbus starts it with FFFF, the Onbon cards with 0.

pymodbus has the first only, and its start cannot be chosen.
"""


def crc16(covered: bytes, start: int) -> bytes:
    """Two bytes in wire order."""
    crc = start
    for byte in covered:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")
