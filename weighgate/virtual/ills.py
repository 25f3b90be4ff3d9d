"""What ails central while its power holds: a disk that is full or read-only, and slowness."""

import asyncio
import sqlite3

import httpx
from sqlalchemy import Engine, event

ILL = {"full": "max_page_count = 1", "read-only": "query_only = on"}  # no page more than there are; no change at all
WELL = ("query_only = off", "max_page_count = 1073741823")


class Slow(httpx.ASGITransport):
    """Answers when it gets round to it."""

    slow_s = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        return await super().handle_async_request(request)


class Disk:
    """`state` is "", "full" or "read-only"; each transaction finds it as it is at that moment."""

    state = ""

    def watch(self, engine: Engine) -> None:
        ailing: set[int] = set()

        def taken(raw: sqlite3.Connection, _record: object, _proxy: object) -> None:
            if self.state:
                raw.execute(f"pragma {ILL[self.state]}").fetchall()
                ailing.add(id(raw))
            elif id(raw) in ailing:
                ailing.discard(id(raw))
                for pragma in WELL:
                    raw.execute(f"pragma {pragma}").fetchall()

        event.listen(engine, "checkout", taken)
