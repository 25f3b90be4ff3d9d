"""Plate cameras that push over HTTP, by name. A new one is one file here and one line below."""

from drivers.cameras import hikvision, zhenshi
from drivers.cameras.plates import CameraProtocol

PROTOCOLS: dict[str, CameraProtocol] = {one.name: one for one in (zhenshi.PROTOCOL, hikvision.PROTOCOL)}

__all__ = ["PROTOCOLS", "CameraProtocol"]
