"""What central orders its sites to do: signed, kept until it is acknowledged or has expired.

<down_dir>/<site>/command-<id>.json
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from central.down_files import keep_down
from central.errors import BulletinError
from central.signing import CentralKey
from central.store.database import Database, epoch_ms
from central.store.tables import EntryRow
from gateway.contract.commands import COMMANDS_MAX, Command, ReceivedCommand, What, read_commands
from gateway.contract.entry import canonical, instant

ANSWERS_MAX = 1_000
"""So many of a site's newest audit entries are looked through for acknowledgements."""


class Commands:
    """Every method may raise BulletinError; those that look for answers StoreError."""

    def __init__(
        self,
        folder: Path,
        key: CentralKey,
        sites: Sequence[str],
        database: Database,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._folder, self._key, self._sites, self._database = folder, key, frozenset(sites), database
        self._clock, self._new_id = clock, new_id
        self._open: dict[str, dict[str, ReceivedCommand]] = {}

    def issue(self, site: str, what: What, *, valid: timedelta, above_seq: int = 0) -> Command:
        """Sign and keep; it is on disk when this returns."""
        if site not in self._sites:
            raise BulletinError(f"no site {site!r}; enrol it in central's file first")
        if len(self._of(site)) >= COMMANDS_MAX:
            raise BulletinError(f"{COMMANDS_MAX} commands to {site} are open; wait until it has answered")
        now = self._clock()
        sent = {
            "v": 1,
            "site": site,
            "id": f"c-{self._new_id()}",
            "what": what,
            "above_seq": above_seq,
            "issued_at": instant(now),
            "expires_at": instant(now + valid),
            "alg": "ed25519",
        }
        sent["signature"] = self._key.private.sign(canonical(sent)).hex()
        command = Command.model_validate(sent)
        keep_down(self._file(site, command.id), canonical(sent))
        self._of(site)[command.id] = ReceivedCommand(command, sent)
        return command

    async def open(self, site: str) -> list[ReceivedCommand]:
        """What this site has not acknowledged and may still do; what it has is forgotten here."""
        mine = self._of(site)
        if not mine:
            return []
        since_ms = min(epoch_ms(one.command.issued_at) for one in mine.values())
        answered = await self._database.run(lambda session: _answered(session, site, since_ms))
        now = self._clock()
        for command_id in [key for key, one in mine.items() if key in answered or one.command.expires_at <= now]:
            del mine[command_id]
            self._file(site, command_id).unlink(missing_ok=True)
        return list(mine.values())

    def _of(self, site: str) -> dict[str, ReceivedCommand]:
        if site not in self._open:
            found = sorted((self._folder / site).glob("command-*.json"))
            try:
                read = [read_commands(b"[" + file.read_bytes() + b"]")[0] for file in found]
            except (OSError, ValueError) as error:
                raise BulletinError(f"{self._folder / site}: commands cannot be read: {error}") from error
            self._open[site] = {one.command.id: one for one in read}
        return self._open[site]

    def _file(self, site: str, command_id: str) -> Path:
        return self._folder / site / f"command-{command_id}.json"


def _answered(session: Session, site: str, since_ms: int) -> set[str]:
    """Ids that audit entries of this site name."""
    query = (
        select(EntryRow.body)
        .where(EntryRow.site == site, EntryRow.type == "audit", EntryRow.received_ms >= since_ms)
        .order_by(col(EntryRow.received_ms).desc())
        .limit(ANSWERS_MAX)
    )
    contents = [json.loads(body).get("content", {}) for body in session.exec(query)]
    return {str(one["command"]) for one in contents if isinstance(one, dict) and "command" in one}
