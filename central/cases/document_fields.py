"""What a case can fill into its documents: every field by name, empty where it is not known."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from central.acts.document import Document, content_of
from central.asking import CHINA, day_of
from central.cases.citing import cited
from central.cases.machine import periods_of
from central.cases.procedure import Procedure
from central.cases.story import Story
from central.cases.surroundings import Basis
from central.store.facts import Fact

_DATES = {
    "filed_on": ("file", "decide-on-spot"),
    "told_on": ("tell",),
    "notified_on": ("notify-hearing",),
    "reviewed_on": ("review-legally",),
    "decided_on": ("decide", "decide-on-spot"),
    "served_on": ("serve", "decide-on-spot"),
    "closed_on": ("close",),
    "annulled_on": ("annul",),
    "transferred_on": ("transfer",),
}
_WHYS = {
    "why_file": ("file", "decide-on-spot"),
    "why_review": ("review-legally",),
    "why_close": ("close",),
    "why_annul": ("annul",),
    "why_transfer": ("transfer",),
}
_PERIODS = {
    "hearing_by": "ask-hearing",
    "hearing_after": "hearing-notice",
    "pay_by": "pay",
    "copy_by": "copy",
    "withdraw_by": "withdraw",
}
_WEIGHED = (
    "plate", "colour", "weighed_at", "site", "gross", "limit", "excess", "excess_percent", "weighing", "certificate",
    "certificate_until", "vehicle_type",
)  # fmt: skip
_PARTIES = (
    "carrier", "carrier_address", "enterprise", "source", "driver", "transport_certificate",
    "qualification_certificate", "loading_document",
)  # fmt: skip
_SAID = (
    "case", "authority", "officers", "facts", "reasons", "basis", "rights", "told_measures", "measures", "evidence",
    "form_number", "reviewer", "served_how", "copy_to", "annulled_by", "transfer_to",
)  # fmt: skip
FIELDS: frozenset[str] = frozenset({*_DATES, *_WHYS, *_PERIODS, *_WEIGHED, *_PARTIES, *_SAID})

KINDS = {"warning": "警告", "fine": "罚款", "points": "记分", "suspension": "责令停业或停止从事营业性运输",
         "revocation": "吊销证件", "detention": "扣留", "unloading": "责令卸载"}  # fmt: skip
HOWS = {
    "handed-over": "直接送达",
    "post": "邮寄送达",
    "electronic": "电子送达",
    "left": "留置送达",
    "announced": "公告送达",
}
COLOURS = {
    "blue": "蓝色", "yellow": "黄色", "black": "黑色", "white": "白色", "green": "绿色", "yellow-green": "黄绿双拼色",
    "gradient-green": "渐变绿色", "unknown": "颜色不详",
}  # fmt: skip
BODIES = {
    "rigid": "载货汽车", "articulated": "铰接列车", "centre-axle-train": "中置轴挂车列车",
    "drawbar-train": "全挂汽车列车",
}  # fmt: skip
RIGHTS = {"statement": "陈述", "defence": "申辩", "hearing": "要求听证"}
ANNULLED_BY = {
    "own-authority": "本机关",
    "superior": "上级机关",
    "reconsideration": "行政复议机关",
    "court": "人民法院",
}


def fields_of(
    story: Story,
    basis: Basis | None,
    parties: Mapping[str, Any],
    persons: Mapping[str, str],
    procedure: Procedure,
    titles: Mapping[str, str],
) -> dict[str, str]:
    """`parties` as the case shows them; `persons` the values kept apart, `driver.name` and the like; `titles` of the
    penalty files by id.
    """
    found = dict.fromkeys(FIELDS, "")
    for name, moves in _DATES.items():
        found[name] = _day(story.last(*moves))
    for name, moves in _WHYS.items():
        move = story.last(*moves)
        found[name] = "" if move is None else move.why
    running = {one.period.name: one.last.day.isoformat() for one in periods_of(procedure, story.at)}
    found |= {name: running.get(period, "") for name, period in _PERIODS.items()}
    return found | _said(story, titles) | _of_parties(parties, persons) | ({} if basis is None else _of_weighing(basis))


def _said(story: Story, titles: Mapping[str, str]) -> dict[str, str]:
    filed, told, decision = story.filed, story.told, story.decision
    stated = [one for one in (told, decision) if one is not None]
    body: dict[str, Any] = {}
    for one in stated:
        body |= {name: one.body[name] for name in ("facts", "reasons", "basis", "rights") if one.body.get(name)}
    officers = {one for move in story.moves for one in move.body.get("officers", ())}
    review, served, annulled = story.last("review-legally"), story.last("serve"), story.last("annul")
    on_spot, copied, transfer = story.last("decide-on-spot"), story.last("copy"), story.last("transfer")
    return {
        "case": story.id,
        "authority": "" if filed is None else str(filed.body.get("authority", "")),
        "officers": "、".join(sorted(officers)),
        "facts": str(body.get("facts", "")),
        "reasons": str(body.get("reasons", "")),
        "basis": str(body.get("basis", "")),
        "rights": "、".join(RIGHTS.get(one, one) for one in body.get("rights", ())),
        "told_measures": measures_text(story.measures(told), titles),
        "measures": measures_text(story.measures(decision), titles),
        "form_number": _of(on_spot, "form_number"),
        "reviewer": _of(review, "reviewer"),
        "served_how": "当场交付" if on_spot is not None else HOWS.get(_of(served, "how"), ""),
        "copy_to": _of(copied, "to"),
        "annulled_by": ANNULLED_BY.get(_of(annulled, "annulled_by"), ""),
        "transfer_to": _of(transfer, "to"),
    }


def measures_text(measures: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    """罚款 4500 元（《超限运输车辆行驶公路管理规定》第四十三条第（二）项）."""
    said = []
    for one in measures:
        amount = f" {one['amount_yuan']} 元" if one.get("amount_yuan") is not None else ""
        points = f" {one['points']} 分" if one.get("points") is not None else ""
        said.append(f"{KINDS[one['kind']]}{amount}{points}（{cited(one['clause'], titles)}）")
    return "；".join(said)


def _of_parties(parties: Mapping[str, Any], persons: Mapping[str, str]) -> dict[str, str]:
    def known(party: str, fact: str) -> str:
        identity = parties.get(party, {}).get("identity", {})
        return str(identity.get(fact) or persons.get(f"{party}.{fact}") or "")

    enterprise, driver = known("enterprise", "name"), known("driver", "name")
    return {
        "carrier": enterprise or driver,
        "carrier_address": known("enterprise", "address") or known("driver", "address"),
        "enterprise": enterprise,
        "source": known("source", "name"),
        "driver": driver,
        "transport_certificate": known("vehicle", "transport_certificate"),
        "qualification_certificate": known("driver", "qualification_certificate"),
        "loading_document": known("source", "loading_document"),
    }


def _of_weighing(basis: Basis) -> dict[str, str]:
    row, content = basis.weighing, content_of(basis.weighing.body)
    road, instrument = content.sub("judgement", "road_limit"), content.sub("instrument")
    place, vehicle = content.sub("place"), content.sub("identity", "vehicle")
    certificate, body = instrument.text("certificate") or "", vehicle.text("body") or ""
    weighed_at = datetime.fromtimestamp(row.at_ms / 1000, tz=CHINA)
    return {
        "plate": row.plate or "",
        "colour": COLOURS.get(row.colour or "unknown", row.colour or ""),
        "weighed_at": weighed_at.strftime("%Y-%m-%d %H:%M:%S"),
        "site": place.text("name") or row.site,
        "gross": _kg(row.gross_kg),
        "limit": _kg(road.number("limit_kg")),
        "excess": _kg(row.excess_kg),
        "excess_percent": _percent(road),
        "weighing": f"{row.journal}/{row.seq}",
        "certificate": certificate,
        "certificate_until": instrument.text("valid_until") or "",
        "vehicle_type": " ".join(filter(None, (BODIES.get(body, body), vehicle.text("layout")))),
        "evidence": f"检测记录 {row.journal}/{row.seq}（SHA-256 {row.hash.hex()}），检定证书 {certificate}",
    }


def _kg(value: int | None) -> str:
    return "" if value is None else f"{value} 千克"


def _percent(road: Document) -> str:
    """0.1918 is 19.18 %."""
    ratio = road.text("excess_ratio") or ""
    whole, _, part = ratio.partition(".")
    if not (whole.isdigit() and part.isdigit() and len(part) == 4):
        return ""
    return f"{int(whole + part[:2])}.{part[2:]} %"


def _day(fact: Fact | None) -> str:
    return "" if fact is None else day_of(fact.at_ms).isoformat()


def _of(fact: Fact | None, name: str) -> str:
    return "" if fact is None else str(fact.body.get(name) or "")
