"""An enterprise whose share is serious loses its licence too (Regulation 593 art. 66)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from roads import Centre

from central.case_rules import CaseRules

FIRST, SECOND = "2026-03-02", "2026-03-09"


async def police_decide(centre: Centre, number: int, day: str) -> None:
    """One truck of ent-1 fined by the police: each number is another truck."""
    fine = {"party": "driver", "kind": "fine", "act": "overload", "clause": "art.92", "amount_yuan": 500}
    await centre.say(
        "police-decisions", f"{day} 09:00", number=f"示例-{number}", authority="示例交警", plate=f"豫A0000{number}",
        colour="yellow", happened=f"{day}T08:00:00+08:00", enterprise_id="ent-1", measures=[fine],
    )  # fmt: skip


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    made = Centre(tmp_path, [], CaseRules(jurisdiction="CN"))
    await made.say("parties/enterprise/fleet?key=ent-1", "2026-01-02 09:00", vehicles=10)
    for number, day in ((1, FIRST), (2, SECOND)):
        await police_decide(made, number, day)
    yield made
    await made.close()


async def proposed(centre: Centre) -> list[tuple[str, str]]:
    rows = await centre.rows("proposals", party="enterprise", party_key="ent-1")
    return sorted((one["measure"], one["at"][:10]) for one in rows)


async def test_serious_or_not_is_for_the_authority_to_find(centre: Centre) -> None:
    suspended = ("suspension", "2026-03-08")  # by the day of the second in China
    assert await proposed(centre) == [suspended]
    address = "parties/enterprise/share-found?key=ent-1"
    await centre.say(address, "2026-04-01 09:00", serious=True, finding="两成车辆")
    assert await proposed(centre) == [("revocation", "2026-03-08"), suspended]
    await centre.say(address, "2026-04-20 09:00", serious=False, finding="复核")
    assert await proposed(centre) == [suspended]


@pytest.mark.parametrize(("at", "covers"), [("2026-03-08", 0), ("2026-03-09", 1), ("2027-03-08", 1), ("2027-03-09", 0)])
async def test_a_finding_is_about_the_year_that_was_looked_at(centre: Centre, at: str, covers: int) -> None:
    await centre.say("parties/enterprise/share-found?key=ent-1", f"{at} 12:00", serious=True, finding="x")
    assert len(await proposed(centre)) == 1 + covers


async def test_what_came_of_a_proposal_is_told_in_its_order(centre: Centre) -> None:
    [row] = await centre.rows("proposals", party="enterprise")
    for step, said in (("answered", {"outcome": "x"}), ("withdrawn", {})):
        refused = await centre.offer(f"proposals/{row['id']}/{step}", "2026-04-01 09:00", **said)
        assert (refused.status_code, "proposal" in refused.text) == (409, True), step
    await centre.say(f"proposals/{row['id']}/sent", "2026-04-02 09:00", to="示例")
    await centre.say(f"proposals/{row['id']}/answered", "2026-04-03 09:00", outcome="x")
    await centre.say(f"cases/{row['case']}/moves/annul", "2026-04-04 09:00", annulled_by="court")
    again = await centre.offer(f"proposals/{row['id']}/sent", "2026-04-05 09:00", to="示例")
    assert (again.status_code, "annulled" in again.text) == (409, True)
    await centre.say(f"proposals/{row['id']}/withdrawn", "2026-04-06 09:00")


async def test_a_province_that_names_the_share_needs_no_finding(tmp_path: Path) -> None:
    henan = Centre(tmp_path, [], CaseRules(jurisdiction="CN-HA"))
    await henan.say("parties/enterprise/fleet?key=ent-1", "2026-01-02 09:00", vehicles=3)
    await police_decide(henan, 1, SECOND)
    assert [what for what, _ in await proposed(henan)] == ["revocation", "suspension"]
    await henan.close()
