"""What central's answers do: believed ones are applied to the outbox, the others are counted and shown to a person."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from gateway.contract.wire import Acknowledgement, ReceivedAcknowledgement
from gateway.ports import Outbox
from gateway.uplink.belief import Belief, Word
from gateway.uplink.flight import Flight

ALARMED_MAX = 100


class Alarms:
    """Each once, until what it is about does well again."""

    def __init__(self, alarm: Callable[[str, str], None]) -> None:
        self._alarm = alarm
        self._raised: set[tuple[str, str]] = set()  # what about (a door, an entry), and the reason

    def once(self, about: str, code: str, reason: str) -> None:
        if (about, reason) not in self._raised and len(self._raised) < ALARMED_MAX:
            self._raised.add((about, reason))
            self._alarm(code, f"{about}: {reason}")

    def over(self, about: str) -> None:
        self._raised = {one for one in self._raised if one[0] != about}


class Answers:
    """One answer at a time: what the next one means depends on what this one has done."""

    def __init__(self, outbox: Outbox, belief: Belief, flight: Flight, alarms: Alarms, counts: dict[str, int]) -> None:
        self._outbox = outbox
        self._belief = belief
        self._flight = flight
        self._alarms = alarms
        self._counts = counts
        self._applying = asyncio.Lock()
        self._log = structlog.get_logger()

    async def take(self, answer: Sequence[ReceivedAcknowledgement], asked: int | None, batch: str = "") -> set[str]:
        """Apply what is believed; which doors' entries it covered. `asked` as in Belief.weigh.

        `batch` is the message that it answers, where the way it came tells; else the answer itself has to say.

        Raises:
            JournalError: not all of it could be applied.
        """
        async with self._applying:
            return await self._take(answer, asked, batch)

    async def take_list(self, answer: Sequence[ReceivedAcknowledgement], asked: int) -> None:
        """The same of a list of all that central has of us: of a journal it does not name it has nothing, or no longer.

        Raises:
            JournalError: not all of it could be applied.
        """
        named = {one.ack.journal for one in answer}
        async with self._applying:
            newest = asked == self._belief.asking()  # else central may have been sent the rest after it made the list
            await self._take(answer, asked, "")
            if newest:
                for journal in await self._outbox.journals():
                    if journal not in named:
                        await self._outbox.offer_again(0, journal=journal)

    async def _take(self, answer: Sequence[ReceivedAcknowledgement], asked: int | None, batch: str) -> set[str]:
        doors = await self._weigh(answer, asked, batch)
        return doors | await self._weigh(self._belief.early(), None, "")

    async def _weigh(self, answer: Sequence[ReceivedAcknowledgement], asked: int | None, batch: str) -> set[str]:
        doors: set[str] = set()
        for ack, word in self._belief.weigh(answer, asked):
            if word in (Word.BELIEVED, Word.WENT_BACK, Word.LATE):
                doors |= await self._apply(ack, word, batch or ack.batch)
            else:
                self._not_believed(ack, word)
        return doors

    async def _apply(self, ack: Acknowledgement, word: Word, batch: str) -> set[str]:
        if word is Word.WENT_BACK:
            await self._outbox.offer_again(ack.through, journal=ack.journal, but=ack.also)
        ours = self._flight.of_ours(ack, batch)
        if ours.also:
            self._counts["acknowledged"] += await self._outbox.acknowledge(ours)
        self._belief.applied(ack, word)
        return self._flight.covered(ours, batch)

    def _not_believed(self, ack: Acknowledgement, word: Word) -> None:
        if word is Word.DOUBTED:
            self._counts["doubted"] += 1
            self._log.info("answer_doubted", journal=ack.journal, incarnation=ack.incarnation, through=ack.through)
            return
        self._counts["forged"] += 1
        if word is Word.ELSEWHERE:
            reason = f"central signed it for another site, {ack.site!r}: check this site's id, token and topic prefix"
            self._alarms.once("central", "acknowledgement-for-another-site", reason)
        else:
            reason = "its signature is not that of central.public_key"
            self._alarms.once("central", "acknowledgement-not-believed", reason)
