"""A sign on a link of its own: opened when there is something to show, opened anew after a failure."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from drivers.errors import DeviceTimeout, LinkError
from drivers.link import Link

LINES_MAX = 3
WRITE_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class SignProtocol:
    """`encode(lines, colour)` gives all bytes for 1 to 3 lines; `decode` reads them again, for the simulated sign."""

    name: str
    encode: Callable[[tuple[str, ...], str], bytes]
    decode: Callable[[bytes], tuple[tuple[str, ...], str]]


class Sign:
    """One sign. It is write-only: that the bytes went out is all that can be known."""

    def __init__(self, open_link: Callable[[], Awaitable[Link]], protocol: SignProtocol) -> None:
        self._open_link, self._protocol = open_link, protocol
        self._link: Link | None = None
        self._busy = asyncio.Lock()

    async def show(self, lines: tuple[str, ...], colour: str) -> None:
        """Replace what is shown; at most three lines are. Raises LinkError or DeviceTimeout; the next try reopens."""
        data = self._protocol.encode(lines[:LINES_MAX] or ("",), colour)
        async with self._busy:
            try:
                if self._link is None:
                    self._link = await self._open_link()
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    await self._link.write(data)
            except TimeoutError as error:
                await self._drop()
                raise DeviceTimeout(f"the sign's line took no bytes for {WRITE_TIMEOUT_S:g} s: check it") from error
            except LinkError:
                await self._drop()
                raise

    async def close(self) -> None:
        async with self._busy:
            await self._drop()

    async def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()
