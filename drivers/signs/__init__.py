"""LED signs, remote displays and voices, by name. A new one is one file here and one line below."""

from drivers.signs import board_64, onbon_bx6, remote_display, weilipu
from drivers.signs.sign import Sign, SignProtocol

PROTOCOLS: dict[str, SignProtocol] = {
    one.name: one
    for one in (
        weilipu.PROTOCOL, onbon_bx6.PROTOCOL, board_64.PROTOCOL, board_64.VOICE, remote_display.PROTOCOL,
    )
}  # fmt: skip

__all__ = ["PROTOCOLS", "Sign", "SignProtocol"]
