"""Plate cameras by name: those that push over HTTP, and those that are asked. A new one is one file and one line."""

from drivers.cameras import dahua, form_post, hikvision, plate_recognizer, zhenshi
from drivers.cameras.plates import CameraProtocol

PROTOCOLS: dict[str, CameraProtocol] = {
    one.name: one
    for one in (
        zhenshi.PROTOCOL, hikvision.PROTOCOL, dahua.PROTOCOL, form_post.PROTOCOL, plate_recognizer.PROTOCOL,
    )
}  # fmt: skip

__all__ = ["PROTOCOLS", "CameraProtocol"]
