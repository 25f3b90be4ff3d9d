"""What central sends down to its sites: numbered, dated, signed once, and kept as signed.

    <down_dir>/<site>/<kind>-<number>.json

A number is the moment of issue, YYYYMMDDhhmmss in UTC, or one more than the last: a central that was restored from a
backup does not use a number again that sites have already seen.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from central.down_files import keep_down
from central.errors import BulletinError
from central.signing import CentralKey
from gateway.contract.down import (
    BULLETIN_BYTES_MAX,
    CONTENTS,
    DOWN_BYTES_MAX,
    KINDS,
    TOGETHER_MAX,
    Bulletin,
    Kind,
    ReceivedBulletin,
    in_force,
    read_bulletins,
)
from gateway.contract.entry import canonical, instant
from gateway.shapes import faults_of

SendDown = Callable[[str], Awaitable[None]]
"""Says over MQTT what a site has not been told."""

KEPT_MAX = 20
"""Of one kind for one site; older ones go, but never the one in force."""
_FILE = re.compile(r"([1-9][0-9]{0,15})\.json")


class Bulletins:
    """Every method may raise BulletinError."""

    def __init__(self, folder: Path, key: CentralKey, sites: Sequence[str], clock: Callable[[], datetime]) -> None:
        self._folder, self._key, self._sites, self._clock = folder, key, frozenset(sites), clock
        self._known: dict[tuple[str, Kind], list[int]] = {}  # numbers on disk, so that a status costs no look there

    def publish(
        self, site: str, kind: Kind, content: Mapping[str, Any], effective_at: datetime | None = None
    ) -> Bulletin:
        """Sign and keep a new one; it is on disk when this returns. At once in force where no time is given."""
        if site not in self._sites:
            raise BulletinError(f"no site {site!r}; enrol it in central's file first")
        model = CONTENTS[kind]
        try:
            model.model_validate(content)
        except ValidationError as error:
            raise BulletinError("; ".join(faults_of(error, model))[:2000]) from error
        now = self._clock()
        sent = {
            "v": 1,
            "site": site,
            "kind": kind,
            "number": self._next(site, kind, now),
            "issued_at": instant(now),
            "effective_at": instant(effective_at or now),
            "content": dict(content),
            "alg": "ed25519",
        }
        signed = canonical(sent)
        if len(signed) > BULLETIN_BYTES_MAX:
            raise BulletinError(
                f"{len(signed)} bytes; a bulletin has at most {BULLETIN_BYTES_MAX}: send a smaller slice"
            )
        sent["signature"] = self._key.private.sign(signed).hex()
        self._keep(site, kind, int(str(sent["number"])), canonical(sent))
        return Bulletin.model_validate(sent)

    def go_back(self, site: str, kind: Kind) -> Bulletin:
        """The content before the one in force, under a new number and from now on."""
        now = self._clock()
        every = [one.bulletin for one in self._every(site, kind)]
        current = in_force([(one.number, one.effective_at) for one in every], now)
        earlier = [one for one in every if current is not None and one.number < current]
        if not earlier:
            raise BulletinError(f"{site} has nothing of {kind} before what is in force; publish what should hold")
        return self.publish(site, kind, max(earlier, key=lambda one: one.number).content)

    def replaced_by(self, bulletin: Bulletin) -> list[int]:
        """Lower numbers that were to come no sooner than this one: they never will be in force."""
        now = self._clock()
        every = [one.bulletin for one in self._every(bulletin.site, bulletin.kind)]
        to_come = [one for one in every if one.number < bulletin.number and one.effective_at > now]
        return [one.number for one in to_come if one.effective_at >= bulletin.effective_at]

    def above(self, site: str, seen: Mapping[Kind, int]) -> list[ReceivedBulletin]:
        """What a site that has seen so much must still be sent: in force or to come, as many as one message holds."""
        found: list[ReceivedBulletin] = []
        room = DOWN_BYTES_MAX // 2  # they travel as JSON, which may write a character as six
        for kind in KINDS:
            if max(self._numbers(site, kind), default=0) <= seen.get(kind, 0):
                continue
            for one in self._wanted(site, kind):
                size = len(one.signed)
                if (
                    one.bulletin.number > seen.get(kind, 0)
                    and len(found) < TOGETHER_MAX
                    and (size <= room or not found)
                ):
                    found.append(one)
                    room -= size
        return found

    def listing(self, site: str, kind: Kind) -> list[dict[str, Any]]:
        """For people: newest first."""
        every = self._every(site, kind)
        current = in_force([(one.bulletin.number, one.bulletin.effective_at) for one in every], self._clock())
        return [
            {
                "number": one.bulletin.number,
                "issued_at": instant(one.bulletin.issued_at),
                "effective_at": instant(one.bulletin.effective_at),
                "sha256": one.sha256,
                "in_force": one.bulletin.number == current,
            }
            for one in reversed(every)
        ]

    def _wanted(self, site: str, kind: Kind) -> list[ReceivedBulletin]:
        every = self._every(site, kind)
        current = in_force([(one.bulletin.number, one.bulletin.effective_at) for one in every], self._clock())
        return [one for one in every if current is None or one.bulletin.number >= current]

    def _next(self, site: str, kind: Kind, now: datetime) -> int:
        return max(int(now.astimezone(UTC).strftime("%Y%m%d%H%M%S")), 1 + max(self._numbers(site, kind), default=0))

    def _numbers(self, site: str, kind: Kind) -> list[int]:
        known = self._known.get((site, kind))
        if known is None:
            names = (path.name.removeprefix(f"{kind}-") for path in (self._folder / site).glob(f"{kind}-*.json"))
            known = sorted(int(match[1]) for name in names if (match := _FILE.fullmatch(name)))
            self._known[site, kind] = known
        return known

    def _every(self, site: str, kind: Kind) -> list[ReceivedBulletin]:
        if site not in self._sites:
            raise BulletinError(f"no site {site!r}")
        try:
            files = [self._file(site, kind, number) for number in self._numbers(site, kind)]
            return [read_bulletins(file.read_bytes())[0] for file in files]
        except (OSError, ValueError) as error:
            raise BulletinError(f"{self._folder / site}: {kind} cannot be read: {error}") from error

    def _file(self, site: str, kind: Kind, number: int) -> Path:
        return self._folder / site / f"{kind}-{number}.json"

    def _keep(self, site: str, kind: Kind, number: int, sent: bytes) -> None:
        keep_down(self._file(site, kind, number), sent)
        self._known.pop((site, kind), None)
        self._prune(site, kind)

    def _prune(self, site: str, kind: Kind) -> None:
        every = self._every(site, kind)
        current = in_force([(one.bulletin.number, one.bulletin.effective_at) for one in every], self._clock())
        for one in every[:-KEPT_MAX]:
            if current is not None and one.bulletin.number < current:
                with suppress(OSError):  # what cannot go stays: one more harms nobody
                    self._file(site, kind, one.bulletin.number).unlink()
                self._known.pop((site, kind), None)
