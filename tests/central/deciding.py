"""One case carried to its decision, and what is told and decided in it."""

from datetime import datetime, timedelta
from typing import Any

from roads import AUTHORITY, OFFICERS, Doors


def fine(yuan: int, **more: Any) -> dict[str, Any]:
    """The carrier's fine for the gross mass (Order 62 art. 43)."""
    clause, payer = "cn-order62-2016 art.43(2)", "organisation"
    whom = {"party": "carrier", "kind": "fine", "act": "over-limit/mass", "clause": clause, "payer": payer}
    return {**whom, "amount_yuan": yuan, **more}


TOLD = {
    "facts": "车货总质量超过限值",
    "reasons": "可分载物品超限运输",
    "basis": "超限运输车辆行驶公路管理规定第四十三条",
    "rights": ["statement", "defence", "hearing"],
}


async def decided_case(centre: Doors, entry: str, day: str, yuan: int, *, close: bool = True, paid: bool = True) -> str:
    """The whole ordinary procedure for one act, filed on `day`; a small fine, paid and closed. The case's id."""
    first = datetime.fromisoformat(day)

    def on(days: int, hour: int = 9) -> str:
        return f"{(first + timedelta(days=days)).date()} {hour:02d}:00"

    filed = await centre.say("cases", on(0), entry=entry, authority=AUTHORITY, officers=OFFICERS)
    case = filed["id"]
    moves = f"cases/{case}/moves"
    await centre.say(f"{moves}/complete", on(0, 10), officers=OFFICERS, certificates_shown=True)
    await centre.say(f"{moves}/tell", on(1), measures=[fine(yuan)], officers=OFFICERS, **TOLD)
    await centre.say(f"{moves}/waive-statement", on(1, 10), expressly=True)
    if yuan > 3_000:
        await centre.say(f"{moves}/waive-hearing", on(1, 11), expressly=True)
    await centre.say(f"{moves}/decide", on(2), measures=[fine(yuan)], officers=OFFICERS)
    await centre.say(f"{moves}/serve", on(2, 10), how="handed-over")
    if paid:
        await centre.say(f"{moves}/pay", on(3), amount_yuan=yuan, through="bank")
    if close:
        await centre.say(f"{moves}/close", on(4))
    return str(case)
