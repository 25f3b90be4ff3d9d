"""What comes down is proven before it is used: signature, shape, its own examples; then kept; then in force.

    message ──▶ read ──▶ signed by the pinned key, for this site ──▶ a new number ──▶ usable ──▶ on disk ──▶ in force
                 │                 │                                    │              │
                 └── refused, told as an audit entry ◀──────────────────┼──────────────┘
                                                     an older number: ignored, it is a replay or late

Central's word about a kind is whole, so what is refused leaves in force what was.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError

from gateway.contract.down import KINDS, Kind, ReceivedBulletin, read_bulletins
from gateway.contract.entry import instant
from gateway.contract.signing import verify
from gateway.downlink.contents import Usable
from gateway.downlink.in_force import Held, InForce
from gateway.downlink.shelf import Shelf
from gateway.errors import ConfigError, DownlinkError, GatewayError, JournalError
from gateway.law.words import Words

HELD_MAX = 12
FAULTS_SHOWN = 5
FAULT_CHARS_MAX = 300
FORGED_TOLD_MAX = 20
"""Of what is not central's own word so many are told in one run: whoever forges may not fill the journal."""

Prepare = Callable[[Kind, Mapping[str, Any]], Usable]
Tell = Callable[[str, Mapping[str, Any]], Awaitable[None]]
Apart = Callable[[Callable[[], Usable]], Awaitable[Usable]]


class NothingInForce(GatewayError):  # noqa: N818 - an answer to an operator, not a fault
    """No bulletin of this kind is in force."""


class Unfit(Exception):  # noqa: N818 - a verdict, not a fault of ours
    """Not to be used, and why. `signed` is whether it is central's own word."""

    def __init__(self, reason: str, *, signed: bool) -> None:
        self.signed = signed
        super().__init__(reason)


class Intake:
    """One site's. `prepare` makes a content usable or raises ConfigError (DownlinkError: this disk cannot say);
    `tell` stores an audit entry.
    """

    def __init__(
        self,
        site: str,
        central_public_hex: str,
        shelf: Shelf,
        in_force: InForce,
        *,
        prepare: Prepare,
        now: Callable[[], datetime],
        tell: Tell,
        alarm: Callable[[str, str], None],
        apart: Apart,
    ) -> None:
        self._site, self._central = site, central_public_hex
        self._shelf, self.in_force = shelf, in_force
        self._prepare, self._now, self._tell, self._alarm, self._apart = prepare, now, tell, alarm, apart
        self.fetch: Callable[[], Awaitable[str]] | None = None  # where there is a door to ask at
        self._one_at_a_time = asyncio.Lock()
        self._seen: dict[Kind, int] = {}
        self._forged_told = 0
        self._log = structlog.get_logger().bind(site=site)

    def restore(self) -> None:
        """Take up what is on disk, proven anew. What no longer holds is left lying, and what held before it stands."""
        self._shelf.prepare()
        for kind, number, sent in self._shelf.kept():
            try:
                [received] = read_bulletins(sent)
                self._prove(received)
                ready = self._prepare(kind, received.bulletin.content)
            except (ValueError, Unfit, ConfigError, DownlinkError) as error:
                self._alarm("bulletin-not-restored", f"{kind} {number}: {_reason(error)}")
                continue
            self._hold(received, ready, withdrawn=self._shelf.withdrawn(kind, number))

    def words(self) -> Words:
        """Of the law in force now, for signs, voices and pages."""
        return self.in_force.law(self._now()).law.linkage.words

    def seen(self) -> dict[Kind, int]:
        """By kind the highest number that central need not offer again."""
        return {kind: self._seen[kind] for kind in KINDS if kind in self._seen}

    async def take(self, payload: bytes) -> None:
        """One message of either door. Never raises on what it says."""
        async with self._one_at_a_time:
            try:
                received = read_bulletins(payload)
            except ValueError as error:
                sha256 = hashlib.sha256(payload).hexdigest()
                await self._refuse(sha256, {}, Unfit(_reason(error), signed=False))
                return
            for one in sorted(received, key=lambda one: one.bulletin.number):
                await self._take(one)

    async def _take(self, received: ReceivedBulletin) -> None:
        bulletin, sha256 = received.bulletin, received.sha256
        about = {"kind": bulletin.kind, "number": bulletin.number}
        try:
            self._prove(received)
            if not self._is_new(received):
                return
            ready = await self._apart(lambda: self._prepare(bulletin.kind, bulletin.content))
            self._shelf.keep(bulletin.kind, bulletin.number, received.as_sent)
        except (Unfit, ConfigError) as error:
            await self._refuse(sha256, about, error)
            return
        except DownlinkError as error:  # central offers it again
            self._alarm("bulletin-not-kept", str(error))
            return
        self._hold(received, ready)
        for number in self.in_force.superseded(bulletin.kind, self._now()):
            self._shelf.drop(bulletin.kind, number)
        await self._told("bulletin-kept", {**about, "sha256": sha256, "effective_at": instant(bulletin.effective_at)})

    def _prove(self, received: ReceivedBulletin) -> None:
        """Signature and address come first: nothing else of it is worth a look before. Raises Unfit."""
        signature = received.bulletin.signature
        try:
            signed = verify(self._central, bytes.fromhex(signature), received.signed)
        except ValueError:
            signed = False
        if not signed:
            raise Unfit("it is not signed by the key pinned as central.public_key in the site file", signed=False)
        if received.bulletin.site != self._site:
            raise Unfit(f"it is for site {received.bulletin.site!r}", signed=True)

    def _is_new(self, received: ReceivedBulletin) -> bool:
        """Not so a repeat, a replay or a late one: a later number has taken its place. Raises Unfit."""
        bulletin = received.bulletin
        held = self.in_force.number(bulletin.kind, bulletin.number)
        if held is not None and held.sha256 != received.sha256:
            raise Unfit("this number was used before for another content; issue it under a new one", signed=True)
        newest = self.in_force.newest(bulletin.kind)
        if newest is not None and bulletin.number <= newest.number:
            return False
        if len(self.in_force.every(bulletin.kind)) >= HELD_MAX:
            raise Unfit(f"{HELD_MAX} of this kind are held and none of them has come into force yet", signed=True)
        return True

    def _hold(self, received: ReceivedBulletin, ready: Usable, *, withdrawn: bool = False) -> None:
        bulletin = received.bulletin
        held = Held(bulletin.number, bulletin.issued_at, bulletin.effective_at, received.sha256, ready, withdrawn)
        self.in_force.add(bulletin.kind, held)
        self._seen[bulletin.kind] = max(bulletin.number, self._seen.get(bulletin.kind, 0))

    async def _refuse(self, sha256: str, about: Mapping[str, Any], error: Exception) -> None:
        """Say it once: on the page, to central, and on disk for `weighgate check`."""
        signed = not isinstance(error, Unfit) or error.signed
        if signed and about.get("kind") in KINDS:
            kind: Kind = about["kind"]
            self._seen[kind] = max(about["number"], self._seen.get(kind, 0))
        if self._shelf.was_refused(sha256):
            return
        note = {**about, "sha256": sha256, "reason": _reason(error), "signed": signed}
        if not signed:
            self._forged_told += 1
            if self._forged_told > FORGED_TOLD_MAX:
                self._log.warning("bulletin_refused", **note)
                return
        self._alarm("bulletin-refused", f"{about.get('kind', '?')} {about.get('number', '?')}: {note['reason']}")
        if await self._told("bulletin-refused", note):
            try:
                self._shelf.refuse(sha256, {**note, "at": instant(self._now())})
            except DownlinkError as fault:
                self._alarm("bulletin-not-kept", str(fault))

    async def _told(self, event: str, detail: Mapping[str, Any]) -> bool:
        self._log.info(event.replace("-", "_"), **detail)
        try:
            await self._tell(event, detail)
        except JournalError as error:
            self._alarm("audit-not-stored", str(error))
            return False
        return True

    # what a person at the site does ----------------------------------------------------------------------------

    async def withdraw(self, kind: Kind, *, by: str, reason: str) -> int | None:
        """Take back what is in force; the number that is in force then, None for what was shipped.

        Raises:
            NothingInForce, DownlinkError, JournalError: nothing has changed.
        """
        async with self._one_at_a_time:
            current = self.in_force.at(kind, self._now())
            if current is None:
                raise NothingInForce(f"{kind}: no bulletin is in force; what was shipped or installed here is")
            note = {"kind": kind, "number": current.number, "by": by, "reason": reason}
            await self._tell("bulletin-withdrawn", note)
            self._shelf.withdraw(kind, current.number, {**note, "at": instant(self._now())})
            self.in_force.withdraw(kind, current.number)
            former = self.in_force.at(kind, self._now())
            return None if former is None else former.number

    def state(self) -> dict[str, Any]:
        """For the page: by kind what is in force, what is to come, what may be gone back to; and what was refused."""
        now = self._now()
        return {"kinds": {kind: self._state_of(kind, now) for kind in KINDS}, "refused": self._shelf.refused()}

    def _state_of(self, kind: Kind, now: datetime) -> dict[str, Any]:
        current = self.in_force.at(kind, now)
        return {
            "in_force": None if current is None else current.number,
            "held": [
                {
                    "number": one.number,
                    "issued_at": instant(one.issued_at),
                    "effective_at": instant(one.effective_at),
                    "sha256": one.sha256,
                    "withdrawn": one.withdrawn,
                }
                for one in self.in_force.every(kind)
            ],
        }


def _reason(error: Exception) -> str:
    """One line, bounded: it becomes part of an entry."""
    if isinstance(error, ConfigError):
        faults = [f"{error.source}: {fault}" for fault in error.faults]
    elif isinstance(error, ValidationError):
        faults = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)]
    else:
        faults = [str(error)]
    more = f"; and {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
    return "; ".join(" ".join(fault.split())[:FAULT_CHARS_MAX] for fault in faults[:FAULTS_SHOWN]) + more
