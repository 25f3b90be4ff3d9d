"""So many connections and no more, none of them silent for long: a door on a network that anybody can reach."""

import asyncio
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

CONNECTIONS_MAX = 100  # far fewer than a process may have open: journal, scales and uplink need theirs
HEAD_S_MAX = 10.0
"""Who has asked nothing for so long, or not to the end, makes room."""


class BoundedHttp(H11Protocol):
    """HTTP as uvicorn speaks it, within these bounds. Bodies have their own, in `bodies.py`."""

    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.abort()
        else:
            self._watch(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def _watch(self, seen: RequestResponseCycle | None) -> None:
        self._look = self.loop.call_later(HEAD_S_MAX, self._ask_again, seen)

    def _ask_again(self, seen: RequestResponseCycle | None) -> None:
        now = cast(RequestResponseCycle | None, self.cycle)
        if now is seen and (now is None or now.response_complete):
            self.transport.close()
        else:
            self._watch(now)
