"""LED signs, by name. A new one is one file here and one line below."""

from drivers.signs import weilipu
from drivers.signs.sign import Sign, SignProtocol

PROTOCOLS: dict[str, SignProtocol] = {one.name: one for one in (weilipu.PROTOCOL,)}

__all__ = ["PROTOCOLS", "Sign", "SignProtocol"]
