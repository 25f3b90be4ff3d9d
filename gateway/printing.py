"""A ticket for each weighing, after it is durable: printed once, and never waited for."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Protocol

from drivers.errors import DriverError
from drivers.tickets import Ticket
from gateway.core.effects import Record
from gateway.core.verdict import Action
from gateway.lanes import LaneShell, StoreWeighing
from gateway.settings import Lane, SiteSettings

TICKETS_MAX = 20  # more wait only for a printer that is off: the newest are worth paper
CHINA = timezone(timedelta(hours=8))
OUTCOMES = {
    "within": ("未超限", "within"),
    "exceeded": ("超限", "over limit"),
    "undetermined": ("待核实", "undetermined"),
}


class Printer(Protocol):
    async def print(self, ticket: Ticket) -> None: ...


class Printing:
    """One lane's."""

    def __init__(
        self, printer: Printer, site: str, alarm: Callable[[str, str], None], *, english: bool = False
    ) -> None:
        self._printer, self._site, self._alarm, self._english = printer, site, alarm, english
        self._waiting: deque[Ticket] = deque(maxlen=TICKETS_MAX)
        self._came = asyncio.Event()
        self.counts = {"printed": 0, "failed": 0}

    def storing(
        self, store: Callable[..., Awaitable[Any]], newest: Callable[[], Mapping[str, Any]]
    ) -> Callable[..., Awaitable[Any]]:
        """`store`, with a ticket behind it; `newest` is the stored weighing as the page shows it."""

        async def stored(*what: Any) -> Any:
            found = await store(*what)
            self.want(newest())
            return found

        return stored

    def want(self, shown: Mapping[str, Any]) -> None:
        self._waiting.append(ticket_of(shown, self._site, english=self._english))
        self._came.set()

    async def run(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            while self._waiting:
                ticket = self._waiting.popleft()
                try:
                    await self._printer.print(ticket)
                except DriverError as error:  # the entry is what counts: a ticket is not worth a second one
                    self.counts["failed"] += 1
                    self._alarm("printer-failed", str(error))
                else:
                    self.counts["printed"] += 1


class Stored(Protocol):
    """What is needed of the station: `recent` begins with the weighing stored last, as the page shows it."""

    settings: SiteSettings
    recent: deque[dict[str, Any]]

    async def store(self, lane: LaneShell, record: Record) -> tuple[str, Action]: ...

    def alarm(self, code: str, detail: str) -> None: ...


def ticketed(station: Stored, printer: Printer | None, lane: Lane) -> tuple[StoreWeighing, Printing | None]:
    """How this lane's weighings are stored, and who prints its tickets; nobody where it has no printer."""
    if printer is None:
        return station.store, None
    printing = Printing(printer, station.settings.site.name, station.alarm, english=in_english(lane))
    return printing.storing(station.store, lambda: station.recent[0]), printing


def in_english(lane: Lane) -> bool:
    """A lane's paper speaks as its sign does; Chinese where it has none."""
    return lane.sign is not None and lane.sign.language == "en"


def ticket_of(shown: Mapping[str, Any], site: str, *, english: bool = False) -> Ticket:
    """The ticket of one weighing; its code is the entry's id, under which the proof is found."""
    pick = 1 if english else 0
    at = datetime.fromisoformat(str(shown["at"])).astimezone(CHINA)
    gross = shown["gross_kg"]
    mass = "-" if gross is None else f"{Decimal(str(gross)):,.0f} kg"
    rows = (
        (("车牌", "Plate")[pick], str(shown["plate"] or "-")),
        (("车货总质量", "Gross mass")[pick], mass),
        (("结果", "Result")[pick], OUTCOMES.get(str(shown["outcome"]), (str(shown["outcome"]),) * 2)[pick]),
        (("时间", "Time")[pick], f"{at:%Y-%m-%d %H:%M:%S}"),
        (("车道", "Lane")[pick], str(shown["lane"])),
        (("编号", "Entry")[pick], str(shown["entry"])),
    )
    return Ticket(("称重单", "Weighing ticket")[pick], rows, (site,), str(shown["entry"]))
