"""The first and last days of publicity and listing, and what an act leaves where it is."""

from dataclasses import replace
from datetime import date

from test_credit import WAY, done

from central.credit.listing import Done, Listing, listing_after


def test_a_listing_that_began_on_a_leap_day_ends_with_february() -> None:
    leap = {"publicised": {"until": "2028-02-28", "medium": "网站"}, "listed": {"document": "d"}}
    [first, last] = (Done(f"act-{kind}", kind, 0, date(2028, 2, 29), body) for kind, body in leap.items())
    on = listing_after([replace(first, id="act-0"), last])
    assert (on.since, on.until) == (date(2028, 2, 29), date(2030, 2, 28))


def test_the_last_day_of_publicity_is_one_to_object_on() -> None:
    objected = listing_after([WAY[0], done(2, "objection-raised", 8, text="非本人")])
    assert (objected.state, objected.unfit) == ("objected", ())


def test_what_stands_beside_moves_nothing_and_a_document_is_a_ground() -> None:
    begun = Listing()
    beside = listing_after([done(1, "suspension-ordered", 1, document="d")])
    entered = listing_after([done(1, "candidate-entered", 1, ground="g", document="d")])
    assert [(one.state, set(one.beside), one.entered) for one in (begun, beside, entered)] == [
        ("proposed", set(), False),
        ("proposed", {"suspension-ordered"}, False),
        ("proposed", set(), True),
    ]
