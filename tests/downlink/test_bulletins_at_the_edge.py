"""What central sends down at the edge: proven first, in force at its time, kept over starts, taken back when asked."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from down_world import KEY, PLATE, SITE, START, STRANGER, Line, as_bytes, law_text, listed, signed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.contract.down import DOWN_BYTES_MAX
from gateway.downlink.intake import FORGED_TOLD_MAX, HELD_MAX, NothingInForce

ANNEX = "limits/cn-annex124-2016.toml"
NEW_ANNEX = {"files": {ANNEX: law_text(ANNEX) + "\n# the same limits, another file\n"}}


async def test_a_law_takes_effect_at_its_time_and_each_weighing_names_what_was_in_force_then(tmp_path: Path) -> None:
    line = Line(tmp_path)
    shipped = line.weigh(49_000)
    number = await line.publish("laws", NEW_ANNEX, START + timedelta(days=14))
    waiting = line.weigh(49_000)
    assert (waiting.rule_set_sha256, waiting.bulletins) == (shipped.rule_set_sha256, {})
    line.clock.go_on(days=14)
    begun = line.weigh(49_000)
    assert begun.rule_set_sha256 != shipped.rule_set_sha256
    assert begun.bulletins == {"laws": number}
    event, detail = line.told[0]
    assert event == "bulletin-kept"
    assert (detail["number"], detail["effective_at"]) == (number, "2026-11-16T08:00:00.000Z")


async def test_weeks_offline_and_many_starts_change_nothing(tmp_path: Path) -> None:
    line = Line(tmp_path)
    now = await line.publish("lists", listed("watched"))
    later = await line.publish("lists", listed("discredited"), START + timedelta(days=30))
    for days, number, status in (
        (1, now, "watched"),
        (28, now, "watched"),
        (1, later, "discredited"),
        (40, later, "discredited"),
    ):
        line.clock.go_on(days=days)
        line.start()
        assert (line.number("lists"), line.weigh(40_000).list_status) == (number, status)
    assert line.alarms == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"key": STRANGER}, "not signed by the key pinned"),
        ({"site": "station-1"}, "is for site 'station-1'"),
        ({"content": {"listed": [{"plate": "豫A00002"}]}}, "listed[0].colour: is missing"),
        ({"content": {"listed": [], "more": 1}}, "unknown key"),
        ({"kind": "laws", "content": {"files": {"limits/../../x.toml": ""}}}, "does not have the form"),
        ({"kind": "vehicles", "content": {"csv": "plate,colour\n豫A1,yellow\n"}}, "the first row must be"),
        ({"kind": "permits", "content": {"permits": [{"number": "1"}]}}, "valid_until: is missing"),
    ],
)  # fmt: skip
async def test_a_bad_one_is_refused_and_told_once_and_what_was_in_force_stays(
    change: dict[str, Any], named: str, tmp_path: Path
) -> None:
    line = Line(tmp_path)
    kind = change.get("kind", "lists")
    if kind == "lists":
        await line.publish("lists", listed("watched"))
    before = line.number(kind)
    bad = signed(before + 1 if before else 7, **{"kind": kind} | change)
    for _ in range(3):
        await line.edge.take(as_bytes(bad))
    line.start()
    await line.edge.take(as_bytes(bad))
    assert line.number(kind) == before
    refusals = [detail for event, detail in line.told if event == "bulletin-refused"]
    assert len(refusals) == 1
    assert named in refusals[0]["reason"]
    assert [code for code, _ in line.alarms] == ["bulletin-refused"]
    assert line.edge.state()["refused"][0]["reason"] == refusals[0]["reason"]


async def test_a_law_that_contradicts_its_own_examples_is_refused_and_the_former_judges_on(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.publish("laws", NEW_ANNEX)
    before = line.weigh(49_001)
    wrong = law_text(ANNEX).replace("limit_kg = 18000\noutcome", "limit_kg = 18500\noutcome", 1)
    assert wrong != law_text(ANNEX)
    await line.publish("laws", {"files": {ANNEX: wrong}})
    assert line.weigh(49_001) == before
    event, detail = line.told[-1]
    assert event == "bulletin-refused"
    assert "examples" in detail["reason"]
    assert "cn-annex124-2016.toml: examples[0]: 18000 kg" in detail["reason"]
    assert str(tmp_path) not in detail["reason"]


async def test_an_older_number_is_nothing_and_a_number_used_twice_is_told(tmp_path: Path) -> None:
    line = Line(tmp_path)
    old, new = signed(5, content=listed("discredited")), signed(9)
    await line.edge.take(as_bytes(new))
    await line.edge.take(as_bytes(old))
    line.start()
    await line.edge.take(as_bytes(old, new))
    assert (line.number("lists"), line.weigh(40_000).list_status) == (9, "unlisted")
    assert line.events() == ["bulletin-kept"]
    await line.edge.take(as_bytes(signed(9, content=listed("watched"))))
    assert line.number("lists") == 9
    assert "was used before" in line.told[-1][1]["reason"]


async def test_central_goes_back_under_a_new_number(tmp_path: Path) -> None:
    line = Line(tmp_path)
    first = await line.publish("lists", listed("watched"))
    line.clock.go_on(hours=1)
    second = await line.publish("lists", listed("certificate-revoked"))
    line.clock.go_on(hours=1)
    third = line.central.go_back(SITE, "lists").number
    await line.deliver()
    assert first < second < third
    assert (line.number("lists"), line.weigh(40_000).list_status) == (third, "watched")


async def test_a_person_takes_back_what_is_in_force_and_it_stays_taken_back(tmp_path: Path) -> None:
    line = Line(tmp_path)
    first = await line.publish("lists", listed("watched"))
    second = await line.publish("lists", listed("certificate-revoked"))
    assert await line.edge.withdraw("lists", by="王伟", reason="wrong list") == first
    line.start()
    await line.deliver()
    assert (line.number("lists"), line.weigh(40_000).list_status) == (first, "watched")
    withdrawn = {"kind": "lists", "number": second, "by": "王伟", "reason": "wrong list"}
    assert ("bulletin-withdrawn", withdrawn) in line.told
    assert await line.edge.withdraw("lists", by="王伟", reason="none") is None
    with pytest.raises(NothingInForce):
        await line.edge.withdraw("lists", by="王伟", reason="again")
    third = await line.publish("lists", listed("discredited"))
    assert line.number("lists") == third


async def test_a_new_pinned_key_ends_trust_in_what_the_old_one_signed(tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.publish("lists", listed("watched"))
    central = line.settings.central.model_copy(update={"public_key": STRANGER.public_hex})
    line.settings = line.settings.model_copy(update={"central": central})
    line.start()
    assert line.number("lists") is None
    assert [code for code, _ in line.alarms] == ["bulletin-not-restored"]


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"null", b"[1]", b'{"v": 2}', b"[" * 100_000, as_bytes(*[signed(n) for n in range(1, 18)]),
     as_bytes(signed(1) | {"number": 2**53}), as_bytes(signed(1) | {"content": {"x": float("1e300")}})],
)  # fmt: skip
async def test_what_is_no_bulletin_is_refused_by_its_bytes(payload: bytes, tmp_path: Path) -> None:
    line = Line(tmp_path)
    await line.edge.take(payload)
    await line.edge.take(payload)
    assert line.events() == ["bulletin-refused"]
    assert line.told[0][1]["signed"] is False


async def test_forgers_cannot_fill_journal_or_disk(tmp_path: Path) -> None:
    line = Line(tmp_path)
    for number in range(1, 4 * FORGED_TOLD_MAX):
        await line.edge.take(as_bytes(signed(number, key=STRANGER)))
    await line.edge.take(b" " * (DOWN_BYTES_MAX + 1))
    assert len(line.told) == FORGED_TOLD_MAX
    assert len(list((tmp_path / "edge" / "down").iterdir())) == FORGED_TOLD_MAX
    assert line.edge.seen() == {}


async def test_what_is_kept_is_bounded_and_the_former_stays(tmp_path: Path) -> None:
    line = Line(tmp_path)
    for number in range(1, 30):
        await line.edge.take(as_bytes(signed(number)))
    kept = sorted(int(file.stem.partition("-")[2]) for file in (tmp_path / "edge" / "down").glob("lists-*.json"))
    assert kept == [27, 28, 29]
    for number in range(30, 60):
        await line.edge.take(as_bytes(signed(number, effective_at="2030-01-01T00:00:00.000Z")))
    assert len(line.edge.in_force.every("lists")) == HELD_MAX
    assert line.number("lists") == 29


async def test_a_field_of_a_later_version_is_covered_by_the_signature_and_otherwise_left(tmp_path: Path) -> None:
    line = Line(tmp_path)
    later = signed(3, more={"a": 1})
    await line.edge.take(as_bytes(later))
    assert line.number("lists") == 3
    await line.edge.take(as_bytes({**signed(4, more={"a": 1}), "more": {"a": 2}}))
    assert line.number("lists") == 3


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.integers(1, 6), min_size=1, max_size=12))
async def test_in_whatever_order_and_however_often_they_come_the_highest_number_holds(
    order: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    line = Line(tmp_path_factory.mktemp("line"))
    for number in order:
        await line.edge.take(as_bytes(signed(number)))
    assert line.number("lists") == max(order)
    line.start()
    assert line.number("lists") == max(order)


def test_the_file_on_disk_is_the_bulletin_as_signed(tmp_path: Path) -> None:
    import asyncio

    line = Line(tmp_path)
    sent = signed(3, content=listed("watched"))
    asyncio.run(line.edge.take(as_bytes(sent)))
    assert json.loads((tmp_path / "edge" / "down" / "lists-3.json").read_bytes()) == sent
    assert KEY.public_hex == line.settings.central.public_key
    assert PLATE[0] in json.dumps(sent, ensure_ascii=False)
