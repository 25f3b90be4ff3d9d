"""Zhenshi cameras over TCP, port 8131: we connect, ask for results, and keep the connection alive.

    56 5A [type] 00 [length, 4 bytes, high first] [that many bytes]      type 00 JSON, 01 heartbeat (length 0)

    we    {"cmd":"ivsresult","id":"1","enable":true,"format":"json","image":false}
    it    {"PlateResult": {"license": …}} and a zero byte, behind which pictures may follow: they are not read

Sources: field code of several public projects (header, commands, heartbeat); its PlateResult is that of the HTTP push.
The text is UTF-8 or GB18030 by firmware, and two bytes of one may be good in the other (豫 is Ԥ): what makes a plate is
taken. How the pictures behind the zero byte are cut is not documented: the push carries them, this connection does not.
"""

import json
from typing import Any

from drivers.cameras.chinese_plates import kind_of
from drivers.cameras.feed import Body, Feed
from drivers.errors import FrameError

MAGIC = b"VZ"
RESULT, HEARTBEAT = 0, 1
HEAD_BYTES = 8
MESSAGE_BYTES_MAX = 4 * 1024 * 1024


def message(content: bytes, kind: int = RESULT) -> bytes:
    """With its header."""
    return MAGIC + bytes((kind, 0)) + len(content).to_bytes(4, "big") + content


HELLO = message(b'{"cmd":"ivsresult","id":"1","enable":true,"format":"json","image":false}')


class Messages:
    """Cuts the stream; each result comes out as the camera would have pushed it. FrameError: this is no such camera."""

    def __init__(self, content_type: str = "") -> None:
        del content_type  # TCP has none
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> list[Body]:
        self._buffer += chunk
        found = []
        while len(self._buffer) >= HEAD_BYTES:
            if self._buffer[:2] != MAGIC:
                raise FrameError(f"not a message of this camera: {bytes(self._buffer[:8]).hex(' ')}")
            size = int.from_bytes(self._buffer[4:8], "big")
            if size > MESSAGE_BYTES_MAX:
                raise FrameError(f"a message of {size} bytes; {MESSAGE_BYTES_MAX} at most")
            if len(self._buffer) < HEAD_BYTES + size:
                break
            kind, content = self._buffer[2], bytes(self._buffer[HEAD_BYTES : HEAD_BYTES + size])
            del self._buffer[: HEAD_BYTES + size]
            if kind == RESULT and (pushed := _pushed(content)) is not None:
                found.append((pushed, "application/json"))
        return found

    def flush(self) -> list[Body]:
        return []


def _pushed(content: bytes) -> bytes | None:
    """The result as in a push; None for an answer to a command."""
    text = content.partition(b"\0")[0]
    found = [said for said in (_result(text, encoding) for encoding in ("utf-8", "gb18030")) if said is not None]
    if not found:
        raise FrameError("message: neither UTF-8 nor GB18030")
    best = next((one for one in found if kind_of(str(one.get("license"))) != "unknown"), found[0])
    if not best:
        return None
    return json.dumps({"AlarmInfoPlate": {"result": {"PlateResult": best}}}).encode()  # half a pair stays an escape


def _result(text: bytes, encoding: str) -> dict[str, Any] | None:
    """PlateResult, empty for an answer to a command; None where the text is not in this encoding."""
    try:
        said = json.loads(text.decode(encoding))
    except UnicodeDecodeError:
        return None
    except (ValueError, RecursionError) as error:
        raise FrameError(f"message: not JSON: {error}") from error
    result = said.get("PlateResult") if isinstance(said, dict) else None
    return result if isinstance(result, dict) else {}


def unpushed(body: bytes) -> bytes:
    """What the camera would send on this connection for that push, for the simulated camera."""
    result = json.loads(body)["AlarmInfoPlate"]["result"]
    return message(json.dumps(result, ensure_ascii=False).encode() + b"\0")


FEED = Feed(reader=Messages, silent_ms=20_000, hello=HELLO, heartbeat=message(b"", HEARTBEAT))
