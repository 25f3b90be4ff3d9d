"""One public parser, in a process of its own and by the interpreter of its own venv: JSON lines in, JSON lines out.

python parser_peers.py NAME    {"frames": [hex], "rounds": n}  ->  {"said": [{"value": …}], "seconds": [of processor]}

Only what the peer itself offers is called, with its connection replaced by the bytes; of each answer it keeps value,
unit, stable and net, as far as the peer tells them. An error is its type and words. Nothing of ours is here.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine
from decimal import Decimal
from importlib import import_module
from typing import Any

Said = dict[str, Any]


def xk3190() -> Callable[[bytes], Said]:
    """app-tools-zxw. It looks for a whole frame in what one read brought, and wants at least one byte more."""
    peer = import_module("app_tools_zxw.SDK_硬件读写.地磅读数.耀华A9p和柯力")

    class Wire:
        brought = b""

        def DReadPort(self) -> bytes:  # noqa: N802 - the peer's own name
            return self.brought

    scale, wire = peer.read地磅.__new__(peer.read地磅), Wire()
    scale.COM = wire

    def read(frame: bytes) -> Said:
        wire.brought = frame
        return {"value": str(scale.单次get数据())}

    return read


def sbi() -> Callable[[bytes], Said]:
    """sartorius. It asks for each line; the bytes here are the answer, as its client hands them on."""
    peer = import_module("sartorius")

    class Wire:
        brought = b""

        async def _write_and_read(self, _: str) -> str:
            return self.brought.decode()

    scale, wire = peer.Scale("127.0.0.1:1"), Wire()
    scale.hw = wire

    def read(frame: bytes) -> Said:
        wire.brought = frame
        found = _ended(scale.get())
        if "mass" not in found:
            return {"value": None}
        return {
            "value": str(found["mass"]), "unit": found["units"] or None,
            "stable": found["stable"], "net": found["measurement"] == "net",
        }  # fmt: skip

    return read


def cas() -> Callable[[bytes], Said]:
    """scales-driver-async. It asks twice for one weight; the bytes here are both answers."""
    peer = import_module("scales_driver_async.drivers")

    class Wire:
        brought = b""

        async def write(self, _: bytes) -> None:
            """Nobody listens."""

        async def read(self, count: int) -> bytes:
            head, self.brought = self.brought[:count], self.brought[count:]
            return head

    scale, wire = peer.CASType6("bench", "socket", 1, host="127.0.0.1", port=1), Wire()
    scale.connector = wire

    def read(frame: bytes) -> Said:
        wire.brought = frame
        value, status = _ended(scale.get_weight(scale.UNIT_KG))
        if status == scale.STATUS_OVERLOAD:
            return {"value": None}
        return {"value": str(Decimal(value).normalize()), "unit": "kg", "stable": status == scale.STATUS_STABLE}

    return read


def _ended(asking: Coroutine[Any, Any, Any]) -> Any:
    """What it gives, where nothing is there to wait for."""
    try:
        asking.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it waits for a wire")


PEERS: dict[str, Callable[[], Callable[[bytes], Said]]] = {
    "app-tools-zxw": xk3190,
    "sartorius": sbi,
    "scales-driver-async": cas,
}


def said(read: Callable[[bytes], Said], frame: bytes) -> Said:
    try:
        return read(frame)
    except Exception as error:  # noqa: BLE001 - whatever a stranger raises is what is to be told
        return {"error": f"{type(error).__name__}: {error}"}


def timed(read: Callable[[bytes], Said], frames: list[bytes]) -> float:
    began_s = time.process_time()
    for frame in frames:
        read(frame)
    return time.process_time() - began_s


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # peers print
    asyncio.set_event_loop(asyncio.new_event_loop())  # some make a lock when they are made
    read = PEERS[sys.argv[1]]()
    for line in sys.stdin:
        asked = json.loads(line)
        frames = [bytes.fromhex(one) for one in asked["frames"]]
        told = [] if asked["rounds"] else [said(read, frame) for frame in frames]
        seconds = [timed(read, frames) for _ in range(asked["rounds"])]
        print(json.dumps({"said": told, "seconds": seconds}), file=answers, flush=True)


if __name__ == "__main__":
    main()
