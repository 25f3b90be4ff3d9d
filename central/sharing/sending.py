"""Carries the outbox to the hooks, each on its own: one that does not answer holds up nobody else."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
import structlog

from central.errors import StoreError
from central.sharing.messages import headers_of
from central.sharing.outbox import Outcome, due_messages, note_sent, tidy
from central.store.database import Database, epoch_ms
from central.supervision_rules import Hook

AT_ONCE = 50
LOOK_S = 2.0
ANSWER_S_MAX = 10.0

log = structlog.get_logger()


class Sender:
    """`client` follows no redirect: a hook's address is what central's file says and nothing else."""

    def __init__(
        self,
        database: Database,
        hooks: Sequence[Hook],
        client: httpx.AsyncClient,
        sign: Callable[[bytes], bytes],
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._hooks, self._client = database, hooks, client
        self._sign, self._clock = sign, clock

    async def run(self) -> None:
        """Until cancelled, all hooks side by side."""
        async with asyncio.TaskGroup() as group:
            for hook in self._hooks:
                group.create_task(self._run_one(hook), name=f"webhook-{hook.name}")

    async def drain(self, hook: Hook) -> int:
        """Send what is due to one hook, in order, until one fails; how many were taken.

        Raises:
            StoreError: what came of a sending could not be kept; it will be sent again under the same name.
        """
        taken = 0
        await self._database.run(lambda session: tidy(session, hook.name))
        while rows := await self._due(hook):
            for row in rows:
                outcome, error = await self._send(hook, row)
                await self._note(row, outcome, error)
                taken += outcome == "delivered"
                if outcome == "failed":
                    log.warning("webhook_failed", hook=hook.name, attempts=row["attempts"] + 1, reason=error)
                    return taken
        return taken

    async def _due(self, hook: Hook) -> list[Mapping[str, Any]]:
        now_ms = epoch_ms(self._clock())
        return await self._database.run(lambda session: due_messages(session, hook.name, now_ms, AT_ONCE))

    async def _note(self, row: Mapping[str, Any], outcome: Outcome, error: str) -> None:
        now_ms = epoch_ms(self._clock())
        await self._database.run(lambda session: note_sent(session, row, outcome, error, now_ms))

    async def _run_one(self, hook: Hook) -> None:
        while True:
            try:
                await self.drain(hook)
            except StoreError as error:
                log.warning("webhook_store_failed", hook=hook.name, reason=str(error))
            await asyncio.sleep(LOOK_S)

    async def _send(self, hook: Hook, row: Mapping[str, Any]) -> tuple[Outcome, str]:
        headers = headers_of(hook, row["message"], row["body"], epoch_ms(self._clock()), self._sign)
        said: dict[str, Any] = {"content": row["body"], "headers": headers, "timeout": ANSWER_S_MAX}
        try:
            async with self._client.stream("POST", hook.url, **said) as answer:  # its body, however long, is nobody's
                code = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return "failed", f"{type(error).__name__} {error}"
        if httpx.codes.is_success(code):
            return "delivered", ""
        return ("refused" if code == 410 else "failed"), f"HTTP {code}"
