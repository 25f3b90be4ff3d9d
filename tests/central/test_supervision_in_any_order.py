"""Entries, positions and what authorities put down, in whatever order they come: supervision ends in one state."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from places import QUARRY, STATION, TOLL, Place, central_of, deliver_to, rows_of
from sqlmodel import Session

from central.bootstrap import Central
from central.credit.deriving import credit_subject, mark_subject
from central.housekeeping import Housekeeper
from central.routes.supervision_examples import ITEM_ACTS, LISTING_ACTS, MARKS, REFERRAL_ACTS, SOURCE_ACTS
from central.sharing.deriving import referral_subject
from central.sources.deriving import item_subject, source_subject
from central.store.counted_tables import PlaceRow, SitePeriodRow, VehiclePeriodRow
from central.store.credit_tables import GateListRow, ListingRow
from central.store.database import epoch_ms
from central.store.due import Due, mark_due
from central.store.facts import Fact, append_fact
from central.store.sharing_tables import ReferralRow, SuspectRow
from central.store.source_tables import LedgerRow, SourceItemRow, SourceRow, SourceSiteRow, TicketsRow
from central.store.trace_tables import OriginPeriodRow, PositionRow, TraceRow
from central.tracing.following import stored_positions
from central.tracing.origin import Position

PLATE = "豫A00001"
TABLES = (
    PlaceRow, SitePeriodRow, VehiclePeriodRow, TraceRow, OriginPeriodRow, PositionRow, SourceRow, SourceSiteRow,
    SourceItemRow, LedgerRow, TicketsRow, ListingRow, GateListRow, SuspectRow, ReferralRow,
)  # fmt: skip
Event = Callable[[Central], Any]
State = dict[str, list[dict[str, Any]]]


def stated(examples: dict[str, Any], subject: str, topic: str, key: str) -> list[Event]:
    """The examples that OpenAPI shows, as the facts that they become."""

    def event(act: dict[str, Any]) -> Event:
        at_ms = epoch_ms(datetime.fromisoformat(act["at"]))
        body = {name: value for name, value in act.items() if name not in ("id", "at", "why", "kind")}
        fact = Fact(act["id"], act["kind"], subject, at_ms, at_ms, "county", act["why"], body)
        return lambda central: central.database.run_here(
            lambda session: append_fact(session, fact, [Due(topic, key, at_ms, at_ms)])
        )

    return [event(example["value"]) for example in examples.values()]


def events() -> list[Event]:
    quarry, toll, station = Place(QUARRY), Place(TOLL), Place(STATION)
    quarry.weighed(0, PLATE, 48_000, suspicions=("under-declared",))
    toll.weighed(60, PLATE, 57_000)
    station.weighed(120, PLATE, 57_200, suspicions=("under-declared",))
    held = quarry.weighed(10, "豫A00002", 110_000)
    quarry.let_go(20, held, "豫A00002")
    station.weighed(90, "豫A00002", 109_500)
    entries = [entry for place in (quarry, toll, station) for entry in place.entries]
    key = f"{PLATE}|yellow"
    return [
        *[lambda central, entry=entry: central.offer(entry) for entry in entries],
        *[_position(minute) for minute in range(0, 121, 10)],
        *stated(SOURCE_ACTS, source_subject("s1"), "source", "s1"),
        *stated(ITEM_ACTS, item_subject("h1"), "item", "h1"),
        *stated(LISTING_ACTS, credit_subject("repairer", "r1", 4), "party", "repairer|r1"),
        *stated(MARKS, mark_subject(PLATE, "yellow"), "party", f"vehicle|{key}"),
        *stated(REFERRAL_ACTS, referral_subject(f"{key}|under-declared"), "referral", f"{key}|under-declared"),
    ]


def _position(minute: int) -> Event:
    at_ms = epoch_ms(datetime(2026, 5, 1, minute // 60, minute % 60, tzinfo=UTC))
    report = Position(at_ms, 0 if 20 <= minute <= 50 else 60, 113_000_000 + minute, 34_000_000)

    def keep(session: Session) -> None:
        due = stored_positions(session, PLATE, [report])
        mark_due(session.connection(), [] if due is None else [due])

    return lambda central: central.database.run_here(keep)


def play(folder: Any, order: Sequence[Event], settle_every: int, url: str | None = None) -> State:
    central = central_of(folder, url)

    class Door:
        """What an event needs of central."""

        database = central.database

        async def offer(self, entry: Any) -> None:
            await deliver_to(central, [entry])

    async def run() -> None:
        for number, event in enumerate(order, 1):
            done = event(Door())  # type: ignore[arg-type]
            if asyncio.iscoroutine(done):
                await done
            if number % settle_every == 0:
                await central.deriver.settle()
        await central.deriver.settle()

    asyncio.run(run())
    found = rows_of(central, *TABLES)
    central.close()
    return found


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> State:
    return play(tmp_path_factory.mktemp("plain"), events(), 1_000)


def test_the_plain_order_says_what_it_should(plain: State) -> None:
    assert {name for name, rows in plain.items() if not rows} == {"GateListRow"}  # marked, and unmarked again
    (item,), (listing,), (referral,) = plain["SourceItemRow"], plain["ListingRow"], plain["ReferralRow"]
    assert (item["state"], listing["state"], referral["state"]) == ("closed", "removed", "answered")
    traced = {(row["site"], row["kind"]): row["result"] for row in plain["TraceRow"] if row["plate"] == PLATE}
    assert traced[STATION, "source-exit"] == "loaded-after-exit"  # it stood for half an hour on the way


@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(seed=st.integers(0, 2**32 - 1), settle_every=st.sampled_from([1, 5, 1_000]))
def test_no_order_of_entries_and_facts_changes_anything(
    plain: State, tmp_path_factory: pytest.TempPathFactory, seed: int, settle_every: int
) -> None:
    dice = random.Random(seed)
    order = events()
    order += dice.choices(order, k=10)
    dice.shuffle(order)
    assert play(tmp_path_factory.mktemp("anew"), order, settle_every) == plain


@pytest.mark.needs_postgres
def test_postgres_ends_in_the_same_state(plain: State, postgres_url: str, tmp_path: Any) -> None:
    order = events() * 2
    random.Random(7).shuffle(order)
    assert play(tmp_path, order, 9, postgres_url) == plain


async def test_the_gates_are_told_when_the_lists_change_and_only_then(tmp_path: Any) -> None:
    central = central_of(tmp_path)
    sites = [site.id for site in central.settings.sites]
    now = datetime(2026, 4, 10, tzinfo=UTC)
    keeper = Housekeeper(central.database, central.bulletins, sites, lambda: now)
    by_hand = {"plate": "豫A00007", "colour": "blue", "status": "watched", "since": "2026-01-01", "source": "函 1号"}
    central.bulletins.publish(QUARRY, "lists", {"listed": [by_hand]})
    assert await keeper.tell_gates() == []  # nobody keeps lists here: what was published by hand stays
    on, off, *_ = stated(MARKS, mark_subject(PLATE, "yellow"), "party", f"vehicle|{PLATE}|yellow")
    on(central)
    await central.deriver.settle()
    assert await keeper.tell_gates() == sites
    assert await keeper.tell_gates() == []
    again = Housekeeper(central.database, central.bulletins, sites, lambda: now)
    assert await again.tell_gates() == []  # after a restart it knows what it told
    bulletin = max((one.bulletin for one in central.bulletins.above(QUARRY, {})), key=lambda one: one.number)
    assert [(one["plate"], one["status"]) for one in bulletin.content["listed"]] == [(PLATE, "watched")]
    off(central)
    await central.deriver.settle()
    assert await again.tell_gates() == sites
    newest = max(central.bulletins.above(QUARRY, {}), key=lambda one: one.bulletin.number)
    assert newest.bulletin.content == {"listed": []}
    central.close()
