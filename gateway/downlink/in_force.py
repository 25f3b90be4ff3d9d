"""Which of the kept bulletins is in force at a moment: of each kind the highest number whose time has come.

No timer switches anything: whoever weighs asks with his own clock, so a start in between or a clock that was set
changes nothing but the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast

from gateway.contract.down import GRAVEST, KINDS, Kind, Permit
from gateway.core.verdict import ListStatus
from gateway.downlink.contents import Key, Lists, Permits, SiteLaw, Usable
from gateway.register import Register, RegisterEntry

FORMER_KEPT = 2
"""Of each kind, behind the one in force: what a person at the site may go back to."""


@dataclass(frozen=True, slots=True)
class Held:
    """One kept bulletin, ready for use."""

    number: int
    issued_at: datetime
    effective_at: datetime
    sha256: str
    usable: Usable
    withdrawn: bool = False


class InForce:
    """`law` as shipped, and what was installed here, stand where no bulletin does."""

    def __init__(self, law: SiteLaw, register: Register, lists: Lists, permits: Permits) -> None:
        self._law, self._register, self._lists, self._permits = law, register, lists, permits
        self._held: dict[Kind, dict[int, Held]] = {kind: {} for kind in KINDS}

    # what is held ----------------------------------------------------------------------------------------------

    def add(self, kind: Kind, held: Held) -> None:
        self._held[kind][held.number] = held

    def withdraw(self, kind: Kind, number: int) -> None:
        self._held[kind][number] = replace(self._held[kind][number], withdrawn=True)

    def superseded(self, kind: Kind, now: datetime) -> list[int]:
        """Forget what nobody can go back to any more; its numbers."""
        current = self.at(kind, now)
        below = sorted(number for number in self._held[kind] if current is not None and number < current.number)
        gone = below[:-FORMER_KEPT]
        for number in gone:
            del self._held[kind][number]
        return gone

    def newest(self, kind: Kind) -> Held | None:
        return max(self._held[kind].values(), key=lambda one: one.number, default=None)

    def number(self, kind: Kind, number: int) -> Held | None:
        return self._held[kind].get(number)

    def every(self, kind: Kind) -> Sequence[Held]:
        return sorted(self._held[kind].values(), key=lambda one: one.number)

    # what holds now --------------------------------------------------------------------------------------------

    def at(self, kind: Kind, now: datetime) -> Held | None:
        begun = [one for one in self._held[kind].values() if one.effective_at <= now and not one.withdrawn]
        return max(begun, key=lambda one: one.number, default=None)

    def numbers(self, now: datetime) -> dict[str, int]:
        """By kind, what is in force; a kind without one is as shipped."""
        return {kind: held.number for kind in KINDS if (held := self.at(kind, now)) is not None}

    def law(self, now: datetime) -> SiteLaw:
        held = self.at("laws", now)
        return self._law if held is None else cast("SiteLaw", held.usable)

    def vehicle(self, key: Key, now: datetime) -> RegisterEntry | None:
        """The slice's word before the site's own register."""
        held = self.at("vehicles", now)
        slice_: Register = {} if held is None else cast("Register", held.usable)
        return slice_.get(key) or self._register.get(key)

    def list_status(self, key: Key, now: datetime, day: date) -> ListStatus:
        """The gravest list that the vehicle is on that day."""
        held = self.at("lists", now)
        lists = self._lists if held is None else cast("Lists", held.usable)
        on = {one.status for one in lists.get(key, ()) if one.since <= day and (one.until is None or day <= one.until)}
        return next((status for status in GRAVEST if status in on), "unlisted")

    def permit(self, key: Key, now: datetime, day: date) -> Permit | None:
        """The vehicle's permit that runs longest of those valid that day; else the last it had, for law to say so."""
        held = self.at("permits", now)
        permits = self._permits if held is None else cast("Permits", held.usable)
        mine = permits.get(key, ())
        valid = [one for one in mine if one.valid_from <= day <= one.valid_until]
        return max(valid or mine, key=lambda one: (one.valid_until, one.number), default=None)


class RegisterInForce:
    """The register as it is at the moment of asking."""

    def __init__(self, in_force: InForce, now: Callable[[], datetime]) -> None:
        self._in_force, self._now = in_force, now

    def get(self, key: Key, /) -> RegisterEntry | None:
        return self._in_force.vehicle(key, self._now())
