"""Central's commands at the edge: believed only when signed, done once, acknowledged by an entry.

    open ──▶ signed, ours, not expired ──▶ note "begun" on disk ──▶ done ──▶ entry ──▶ note "told"

Power lost between the notes leaves a command that was perhaps done: offered again, it is acknowledged as interrupted
and not done a second time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from gateway.contract.commands import Command, ReceivedCommand, read_commands
from gateway.contract.signing import verify
from gateway.downlink.intake import Tell
from gateway.downlink.shelf import Shelf
from gateway.errors import DownlinkError, GatewayError, JournalError

Do = Callable[[Command], Awaitable[Mapping[str, Any]]]


class Commands:
    """One site's. `known` by what they do; each answers with what is said of it in the acknowledgement."""

    def __init__(
        self,
        site: str,
        central_public_hex: str,
        shelf: Shelf,
        known: Mapping[str, Do],
        *,
        now: Callable[[], datetime],
        tell: Tell,
    ) -> None:
        self._site, self._central, self._shelf, self._known = site, central_public_hex, shelf, known
        self._now, self._tell = now, tell
        self._one_at_a_time = asyncio.Lock()
        self._log = structlog.get_logger().bind(site=site)

    async def take(self, payload: bytes) -> None:
        """One message. Never raises on what it says; what could not be stored is offered again."""
        try:
            received = read_commands(payload)
        except ValueError as error:
            self._log.warning("commands_unreadable", reason=str(error)[:200])
            return
        async with self._one_at_a_time:
            for one in received:
                try:
                    await self._take(one)
                except (JournalError, DownlinkError) as error:
                    self._log.warning("command_not_stored", command=one.command.id, reason=str(error))

    async def _take(self, received: ReceivedCommand) -> None:
        command = received.command
        if not self._believed(received):
            self._log.warning("command_not_believed", command=command.id)  # not central's word: no entry, no answer
            return
        state = self._shelf.command(command.id)
        if state == "told":
            return
        about = {"command": command.id, "what": command.what}
        if state == "begun":
            event, said = "command-refused", {"reason": "interrupted: perhaps done, and not done again"}
        elif self._now() >= command.expires_at:
            event, said = "command-refused", {"reason": "expired"}
        elif command.what not in self._known:
            event, said = "command-refused", {"reason": f"unknown here; known: {', '.join(sorted(self._known))}"}
        else:
            self._shelf.note_command(command.id, "begun")
            event, said = await self._done(command)
        await self._tell(event, {**about, **said})
        self._shelf.note_command(command.id, "told")

    async def _done(self, command: Command) -> tuple[str, dict[str, Any]]:
        try:
            return "command-done", dict(await self._known[command.what](command))
        except GatewayError as error:
            return "command-refused", {"reason": str(error)[:300]}

    def _believed(self, received: ReceivedCommand) -> bool:
        try:
            signature = bytes.fromhex(received.command.signature)
            signed = verify(self._central, signature, received.signed)
        except ValueError:
            return False
        return signed and received.command.site == self._site
