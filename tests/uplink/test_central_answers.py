"""What an answer of central is: signed, of its site, in its shape; a field of another version spoils none of it."""

import json

import pytest
from uplink_world import (
    CENTRAL,
    FORGER,
    JOURNAL,
    SITE,
    World,
    belief,
    received,
    said,
    signed,
    turned,
)

from gateway.contract.entry import canonical
from gateway.contract.wire import Acknowledgement, question_of, read_acknowledgements
from gateway.uplink.belief import Word


@pytest.mark.parametrize("kind", ["unsigned", "forger", "not hex", "altered"])
@turned
async def test_an_answer_that_central_did_not_sign_is_ignored_and_alarmed_once(kind: str) -> None:
    world = World(3)
    ack = Acknowledgement(incarnation="one", site=SITE, journal=JOURNAL, through=3)
    forged = {
        "unsigned": ack,
        "forger": signed(ack, FORGER),
        "not hex": ack.model_copy(update={"signature": "zz" * 64}),
        "altered": signed(ack).model_copy(update={"through": 2}),
    }[kind]
    await world.relay.on_ack(received(forged))
    await world.relay.on_ack(received(forged))
    assert len(world.outbox.pending) == 3
    assert [code for code, _ in world.alarms] == ["acknowledgement-not-believed"]
    assert world.relay.counts["forged"] == 2


@turned
async def test_an_answer_for_another_site_says_so() -> None:
    world = World(3)
    await world.relay.on_ack(received(said(3, site="elsewhere")))
    assert len(world.outbox.pending) == 3
    ((code, detail),) = world.alarms
    assert code == "acknowledgement-for-another-site"
    assert "for another site, 'elsewhere'" in detail


def with_a_field_of_the_future(ack: Acknowledgement) -> bytes:
    document = {**ack.model_dump(mode="json", exclude={"signature"}), "retained_until": {"day": "2030-01-01", "n": [1]}}
    return json.dumps({**document, "signature": CENTRAL.sign(canonical(document)).hex()}, indent=1).encode()


def test_a_field_that_this_version_does_not_know_is_covered_by_the_signature() -> None:
    (one,) = read_acknowledgements(with_a_field_of_the_future(said(3)))
    centre = belief()
    assert centre.weigh([one], centre.asking()) == [(one.ack, Word.WENT_BACK)]
    other = with_a_field_of_the_future(said(3)).replace(b"2030", b"2031")
    assert centre.weigh(read_acknowledgements(other), centre.asking())[0][1] is Word.FORGED


def test_a_field_that_an_older_central_does_not_send_is_not_expected() -> None:
    document = said(3).model_dump(mode="json", exclude={"signature", "answers"})
    payload = json.dumps({**document, "signature": CENTRAL.sign(canonical(document)).hex()}).encode()
    centre = belief()
    assert centre.weigh(read_acknowledgements(payload), centre.asking())[0][1] is Word.WENT_BACK


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"3", b"null", b"[[]]", b"{}", b"[" * 9_999, b'{"through":NaN}', b" " * (4 * 1024 * 1024 + 1), b"\xff"],
    ids=lambda payload: repr(payload[:12]),
)
def test_what_is_no_answer_is_a_plain_error(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_acknowledgements(payload)


def test_a_number_beyond_canonical_json_is_a_plain_error() -> None:
    huge = said(3).model_copy(update={"through": 2**60}).model_dump_json().encode()
    with pytest.raises(ValueError, match=r"."):
        read_acknowledgements(huge)


@pytest.mark.parametrize(
    ("status", "question"),
    [(b'{"question":"q"}', "q"), (b"{}", ""), (b"[]", ""), (b"{", ""), (b'{"question":7}', ""), (b"", ""),
     (b'{"question":"' + b"q" * 65 + b'"}', "")],
)  # fmt: skip
def test_a_question_is_a_short_text_or_none(status: bytes, question: str) -> None:
    assert question_of(status) == question
