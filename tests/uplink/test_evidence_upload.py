"""Evidence goes up in pieces, goes on where it broke off, and one blob that is not taken holds up no other."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest
from evidence_centre import Centre, Waiting, blob, reached, uploader
from hypothesis import given
from hypothesis import strategies as st
from uplink_world import turned

from gateway.contract.together import TOGETHER_MAX, apart, how_many, together_of
from gateway.errors import JournalError, Unreachable
from gateway.ports import Evidence
from gateway.uplink.evidence import AT_ONCE, PIECE_BYTES, TAKEN_MAX, EvidenceUploader


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
@turned
async def test_any_size_arrives_whole(size: int) -> None:
    one, centre, alarms = blob(b"r" * size), Centre(), list[str]()
    waiting = Waiting([one])
    await reached(uploader(waiting, centre, alarms).run(), lambda: not waiting.blobs)
    assert centre.whole == {one.sha256: one.content}
    assert alarms == []


@turned
async def test_it_goes_on_where_the_line_broke() -> None:
    one, centre = blob(bytes(range(256)) * 4096), Centre(breaks_after=2)
    waiting = Waiting([one])
    with pytest.raises(httpx.ReadError):
        await uploader(waiting, centre, []).upload_due()
    assert waiting.blobs == [one]
    centre.breaks_after, sent_before = -1, list(centre.spans)
    assert await uploader(waiting, centre, []).upload_due() == 1
    assert centre.whole[one.sha256] == one.content
    assert len(set(centre.spans)) == len(centre.spans), "no piece went twice"
    assert len(sent_before) == 2


@turned
async def test_what_central_has_is_not_sent_again() -> None:
    one = blob(b"picture" * PIECE_BYTES)
    centre, waiting = Centre(whole={one.sha256: one.content}), Waiting([one])
    assert await uploader(waiting, centre, []).upload_due() == 1
    assert centre.spans == []
    assert waiting.blobs == []


@turned
async def test_to_a_centre_that_takes_none_together_small_ones_go_side_by_side_by_one_request_each() -> None:
    centre, under_way, most = Centre(), 0, 0
    asked: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        asked.append(f"{request.method} {request.url.path.count('/')}")
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return centre(request)

    waiting = Waiting([blob(b"raw %d" % number) for number in range(2 * AT_ONCE)])
    one = uploader(waiting, centre, [], answer=answer)
    while waiting.blobs:
        await one.upload_due()
    assert asked == ["PUT 3", *["PUT 4"] * 2 * AT_ONCE], "and it is asked to take them together once"
    assert most == AT_ONCE


@turned
async def test_blobs_that_central_refuses_are_parked_with_the_reason_kept_and_hold_up_no_other() -> None:
    wrong = [Evidence(f"{number:064x}", "image/jpeg", b"damaged on disk") for number in range(40)]
    others = [blob(bytes([number])) for number in range(8)]
    centre, waiting, alarms = Centre(), Waiting([*wrong, *others]), list[str]()
    one = uploader(waiting, centre, alarms)
    await reached(one.run(), lambda: waiting.blobs == wrong)
    assert len(centre.whole) == len(others)
    assert set(one.parked) == {blob.sha256 for blob in wrong}
    assert all("422" in parked.reason for parked in one.parked.values())
    assert len(alarms) == len(wrong)
    assert all("422" in alarm and one.sha256 in alarm for alarm, one in zip(alarms, wrong, strict=True))
    assert waiting.at_once == TAKEN_MAX


@turned
async def test_a_parked_blob_is_tried_again_ever_more_rarely_and_alarmed_once() -> None:
    wrong = Evidence("0" * 64, "image/jpeg", b"damaged on disk")
    centre, waiting, alarms = Centre(), Waiting([wrong]), list[str]()
    running = asyncio.ensure_future(uploader(waiting, centre, alarms).run())
    await asyncio.sleep(3_000)
    assert 4 <= len(centre.spans) <= 8
    assert len(alarms) == 1
    running.cancel()


@turned
async def test_a_blob_on_which_the_line_breaks_each_time_holds_up_no_other() -> None:
    class Breaking(Centre):
        def put(self, name: str, request: httpx.Request) -> httpx.Response:
            if request.content.startswith(b"poison"):
                raise httpx.ReadError("the line broke", request=request)
            return super().put(name, request)

    poison, others = blob(b"poison"), [blob(bytes([number])) for number in range(20)]
    centre, waiting, alarms = Breaking(), Waiting([poison, *others]), list[str]()
    await reached(uploader(waiting, centre, alarms).run(), lambda: waiting.blobs == [poison])
    assert alarms == []


@turned
async def test_a_wrong_token_parks_nothing_and_is_alarmed_once() -> None:
    one = blob(b"later")
    centre, waiting, alarms = Centre(answers_first=[401, 403, 401]), Waiting([one]), list[str]()
    upload = uploader(waiting, centre, alarms)
    await reached(upload.run(), lambda: not waiting.blobs)
    assert len(alarms) == 1
    assert upload.parked == {}


@turned
async def test_a_centre_that_refuses_us_is_not_asked_for_each_blob() -> None:
    centre, waiting = Centre(answers_first=[401] * TAKEN_MAX), Waiting([blob(bytes([one])) for one in range(TAKEN_MAX)])
    with pytest.raises(Unreachable, match="401"):
        await uploader(waiting, centre, []).upload_due()
    assert len(centre.answers_first) >= TAKEN_MAX - AT_ONCE
    assert len(waiting.blobs) == TAKEN_MAX


@turned
async def test_small_ones_go_together_as_many_as_fit_and_the_line_rests_as_long_as_it_was_busy() -> None:
    rests: list[float] = []

    async def sleep(seconds: float) -> None:
        rests.append(seconds)

    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.25)
        return centre(request)

    centre, alarms = Centre(bodies=[]), list[str]()
    small, large = [blob(bytes([one]) * 60_000) for one in range(10)], blob(b"l" * PIECE_BYTES * 2)
    waiting = Waiting([*small[:3], large, *small[3:]])
    one = uploader(waiting, centre, alarms, answer=answer, sleep=sleep)
    assert await one.upload_due() == 11
    assert (centre.bodies, waiting.blobs, alarms) == ([4, 4, 2], [], [])
    assert centre.whole == {one.sha256: one.content for one in [*small, large]}
    assert rests == [0.25] * 3


@pytest.mark.parametrize("kept", [b"no list", b'{"a": 1}', b"[]", b'["00", 7]', b"[" * 9_000])
@turned
async def test_what_a_body_of_several_did_not_bring_goes_alone(kept: bytes) -> None:
    class Odd(Centre):
        def put_together(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, content=kept)

    waiting, centre = Waiting([blob(bytes([one])) for one in range(5)]), Odd()
    assert await uploader(waiting, centre, []).upload_due() == 5
    assert (len(centre.spans), waiting.blobs) == (5, [])


@turned
async def test_one_that_failed_is_never_sent_with_others_again() -> None:
    class Picky(Centre):
        def put(self, name: str, request: httpx.Request) -> httpx.Response:
            return httpx.Response(422) if name == bad.sha256 else super().put(name, request)

        def put_together(self, request: httpx.Request) -> httpx.Response:
            assert bad.sha256 not in dict(apart(request.content)) or not self.bodies
            super().put_together(request)
            good = [name for name, _ in apart(request.content) if name != bad.sha256]
            return httpx.Response(200, json=good)

    bad = blob(b"bad")
    waiting, centre = Waiting([bad, *(blob(bytes([one])) for one in range(4))]), Picky(bodies=[])
    one = uploader(waiting, centre, [])
    assert await one.upload_due() == 5
    assert waiting.blobs == [bad]
    waiting.blobs += [blob(b"later"), blob(b"and later")]
    await reached(one.run(), lambda: waiting.blobs == [bad], 300)


@given(st.lists(st.binary(max_size=2_000), max_size=80))
def test_what_is_put_together_comes_apart(contents: list[bytes]) -> None:
    count = how_many([len(one) for one in contents])
    pieces = [(hashlib.sha256(one).hexdigest(), one) for one in contents[:count]]
    assert apart(together_of(pieces)) == pieces
    assert count == min(len(contents), TOGETHER_MAX)


HEAD = b"0" * 64


@pytest.mark.parametrize(
    "body",
    [b"x", HEAD, HEAD + b" 5\nfour", HEAD + b" -1\n", b"g" * 64 + b" 0\n", b" " * 300_000, (HEAD + b" 0\n") * 65],
)
def test_a_body_that_is_none_of_ours_is_a_plain_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="byte"):
        apart(body)


@turned
async def test_a_journal_that_cannot_note_it_loses_nothing() -> None:
    class Full(Waiting):
        async def evidence_delivered(self, *sha256: str) -> None:
            raise JournalError(f"the disk is full: {sha256}")

    waiting, centre = Full([blob(bytes([one])) for one in range(2 * TAKEN_MAX)]), Centre()
    with pytest.raises(JournalError):
        await uploader(waiting, centre, []).upload_due()
    assert len(waiting.blobs) == 2 * TAKEN_MAX
    assert len(centre.whole) <= TAKEN_MAX


@turned
async def test_what_arrived_before_a_failure_is_marked_all_in_one() -> None:
    class Counting(Waiting):
        marks = 0

        async def evidence_delivered(self, *sha256: str) -> None:
            self.marks += 1
            await super().evidence_delivered(*sha256)

    class Tired(Centre):
        def put(self, name: str, request: httpx.Request) -> httpx.Response:
            return super().put(name, request) if len(self.whole) < 5 else httpx.Response(503)

    waiting, centre = Counting([blob(bytes([one])) for one in range(TAKEN_MAX)]), Tired()
    with pytest.raises(Unreachable, match="503"):
        await uploader(waiting, centre, []).upload_due()
    assert waiting.marks == 1
    assert {one.sha256 for one in waiting.blobs}.isdisjoint(centre.whole)
    assert len(waiting.blobs) == TAKEN_MAX - 5


@turned
async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    class Endless(httpx.AsyncByteStream):
        given = 0

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while self.given < 100 * 2**20:
                self.given += 65_536
                yield b" " * 65_536

    stream = Endless()
    one = EvidenceUploader(
        Waiting([blob(b"x")]), "http://central", "t", sleep=asyncio.sleep, alarm=lambda *_: None,
        transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=stream)),
    )  # fmt: skip
    with pytest.raises(Unreachable, match="runs past"):
        await one.upload_due()
    assert stream.given < 5 * 2**20


@pytest.mark.parametrize("codes", [[500], [503, 503, 507], [401], [429]])
@turned
async def test_a_centre_that_cannot_now_is_asked_again(codes: list[int]) -> None:
    one, centre = blob(b"later"), Centre(answers_first=list(codes))
    waiting = Waiting([one])
    await reached(uploader(waiting, centre, []).run(), lambda: not waiting.blobs)
    assert centre.whole[one.sha256] == one.content
