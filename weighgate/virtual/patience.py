"""Waiting for a death that was set up, and not for ever."""

import asyncio

from weighgate.virtual.machine import Machine


async def died(machine: Machine) -> bool:
    """Whether what was set up came about. A box where nothing is stored meanwhile survives."""
    async with _patience(60):
        await machine.until_dead()
    machine.cut_in_commits = machine.cut_after = None
    return not machine.alive


class _patience:  # noqa: N801 - reads as a phrase
    """A time-out after which one goes on."""

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *what: object) -> bool:
        try:
            await self._timeout.__aexit__(*what)  # type: ignore[arg-type]
        except TimeoutError:
            return True
        return False
