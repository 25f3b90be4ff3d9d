"""What a judged line says, as a paragraph for a person, in Chinese or English. Every sentence carries its clause."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

BASES = {
    "zh": {"road_limit": "公路限值", "vehicle_rating": "行驶证核定", "posted_limit": "限载标志"},
    "en": {"road_limit": "the road's limit", "vehicle_rating": "its own papers", "posted_limit": "the posted limit"},
}
PROOFS = {
    "zh": {
        "proven_over": "计量上已证明超过",
        "proven_within": "计量上已证明未超过",
        "inconclusive": "计量上尚不能证明",
    },
    "en": {
        "proven_over": "proven over by the instrument",
        "proven_within": "proven within by the instrument",
        "inconclusive": "not proven by the instrument",
    },
}
ACTIONS = {
    "zh": {
        "release": "放行",
        "hold": "滞留",
        "admit": "准入",
        "admit-within-tolerance": "容差内准入",
        "refuse": "劝返",
    },
    "en": {
        "release": "releases it",
        "hold": "holds it",
        "admit": "admits it",
        "admit-within-tolerance": "admits it within the tolerance",
        "refuse": "refuses it",
    },
}
CONSEQUENCES = {
    "zh": {"ledger": "记入台账", "lead": "形成线索", "case": "可立案"},
    "en": {"ledger": "it stays in the ledger", "lead": "it is a lead", "case": "a case may be filed"},
}
LIABLE = {
    "zh": {
        "vehicle": "车辆",
        "carrier": "承运人或车主",
        "driver": "驾驶人",
        "enterprise": "运输企业",
        "manager": "直接负责的主管人员",
        "source": "货运源头单位",
        "operator": "收费公路经营者",
    },
    "en": {
        "vehicle": "the vehicle",
        "carrier": "the carrier or owner",
        "driver": "the driver",
        "enterprise": "the transport enterprise",
        "manager": "the manager in charge",
        "source": "the source of the load",
        "operator": "the toll road's operator",
    },
}
KINDS = {
    "zh": {
        "warning": "警告",
        "fine": "罚款",
        "points": "记分",
        "suspension": "停业或暂停从业",
        "revocation": "吊销",
        "detention": "扣留",
        "unloading": "卸载",
        "listing": "列入名单",
    },
    "en": {},
}
SAID = {
    "zh": {
        "permit-divisible": "可分载货物不适用通行证",
        "permit-not-yet-valid": "通行证尚未生效",
        "permit-expired": "通行证已过期",
        "permit-plate": "牵引车号牌与通行证不符",
        "permit-trailer-plate": "挂车号牌与通行证不符",
        "permit-route": "不在通行证核定路线上",
        "permit-class": "通行证类别与所载尺寸质量不符",
        "permit-axles": "轴数与通行证不符",
        "permit-axle-load": "通行证未载明轴荷",
        "permit-gross": "通行证未载明总质量",
        "permit-speed": "通行证限定行驶速度，称重不能核查",
        "permit-escort": "须按护送方案行驶，称重不能核查",
        "permit-before-rating": "通行证核定总质量高于行驶证，以通行证为准",
        "handed-over-not-unloaded": "危险货物：扣留移交，不得就地卸载",
        "no-toll-exemption": "鲜活农产品：超限不享受免费通行",
        "police-height": "集装箱车：装载高度按公安的规定",
        "low-bed-with-ordinary-goods": "低平板半挂车装载普通货物，单独处置",
        "gb1589-governs": "消防、清障、专项作业车：按GB 1589认定",
    },
    "en": {
        "permit-divisible": "a permit is not for a divisible load",
        "permit-not-yet-valid": "the permit has not begun",
        "permit-expired": "the permit has expired",
        "permit-plate": "the permit names another tractor",
        "permit-trailer-plate": "the permit names another trailer",
        "permit-route": "the permit is not for this road",
        "permit-class": "the permit's class is too small for what it states",
        "permit-axles": "the permit states another number of axles",
        "permit-axle-load": "the permit states no axle loads",
        "permit-gross": "the permit states no gross mass",
        "permit-speed": "the permit limits the speed, which no scale checks",
        "permit-escort": "the permit asks for an escort as planned, which no scale checks",
        "permit-before-rating": "the permitted gross is above the licence's and stands before it",
        "handed-over-not-unloaded": "hazardous goods: held and handed over, never unloaded at the roadside",
        "no-toll-exemption": "fresh produce over the limit: no toll exemption",
        "police-height": "container vehicle: the police have a height of their own for its load",
        "low-bed-with-ordinary-goods": "low-bed semi-trailer with ordinary goods: handled apart",
        "gb1589-governs": "fire, wrecker or special-work vehicle: GB 1589 governs",
    },
}
"""What is said of a finding that compared no numbers."""
MARKS = {"zh": "（未经核实）", "en": " (unverified)"}


def explain(said: Mapping[str, Any], language: Language) -> str:
    """The paragraph of one answer of `judge`, an error's included."""
    error = said.get("error")
    if error is not None:
        if language == "zh":
            return f"本行无法判定：{error['field']} {error['reason']}。"
        return f"This line cannot be judged: {error['field']} {error['reason']}."
    sentences = [_basis(said, name, language) for name in said["verdicts"]]
    sentences += [_law(said, language), _apart(said, language), _notes(said, language)]
    sentences += [_penalty(one, language) for one in said["penalties"]]
    action, consequence = ACTIONS[language][said["action"]], CONSEQUENCES[language][said["consequence"]]
    last = f"车道：{action}；{consequence}。" if language == "zh" else f"The lane {action}; {consequence}."
    return ("" if language == "zh" else " ").join(one for one in (*sentences, last) if one)


def _basis(said: Mapping[str, Any], name: str, language: Language) -> str:
    verdict = said["verdicts"][name]
    basis, outcome = BASES[language][name], verdict["outcome"]
    if outcome == "undetermined":
        if name != "road_limit":
            return ""
        why = ", ".join(verdict["reasons"])
        could = "; ".join(f"{one['what']}: {one['limit_kg']} kg" for one in verdict["candidates"])
        could = f" [{could}]" if could else ""
        if language == "zh":
            return f"{basis}：无法判定（{why}）{could}。"
        return f"Against {basis}: undetermined ({why}){could}."
    limit_kg, excess_kg = verdict["limit_kg"], verdict["excess_kg"]
    limit = "?" if limit_kg is None else f"{limit_kg} kg"
    if language == "zh":
        how = f"超过{limit}，超出{excess_kg} kg" if outcome == "exceeded" else f"未超过{limit}"
        how += f"，超限率{verdict['excess_ratio']}" if excess_kg else ""
        return f"{basis}：{how}{_reasons(verdict, language)}；{_proof(verdict, language)}。"
    how = f"over {limit} by {excess_kg} kg" if outcome == "exceeded" else f"within {limit}"
    how += f", a ratio of {verdict['excess_ratio']}" if excess_kg else ""
    return f"Against {basis}: {how}{_reasons(verdict, language)}; {_proof(verdict, language)}."


def _reasons(verdict: Mapping[str, Any], language: Language) -> str:
    why = ", ".join(verdict["reasons"])
    if not why:
        return ""
    return f"（{why}）" if language == "zh" else f" ({why})"


def _proof(verdict: Mapping[str, Any], language: Language) -> str:
    by = verdict["proof_by"]
    word = PROOFS[language][verdict["proof"]]
    if by["band_kg"] is None:
        return f"{word}（{by['reason']}）" if language == "zh" else f"{word} ({by['reason']})"
    mark = "" if by["verified"] else MARKS[language]
    if language == "zh":
        return f"{word}，保护带{by['band_kg']} kg，{by['clause']}{mark}"
    return f"{word}, band {by['band_kg']} kg, {by['clause']}{mark}"


def _law(said: Mapping[str, Any], language: Language) -> str:
    applied = "；" if language == "zh" else "; "
    shown = [
        f"{one['rule']} {one['measured']} / {one['limit']} {one['unit']}, {one['clause']}"
        + ("" if one["verified"] else MARKS[language])
        for one in said["findings"]
        if one["limit"] is not None and one["measured"] is not None
    ]
    if not shown:
        return ""
    return f"依据：{applied.join(shown)}。" if language == "zh" else f"By: {applied.join(shown)}."


def _apart(said: Mapping[str, Any], language: Language) -> str:
    """Permits and families, in words."""
    words = SAID[language]
    told = [
        f"{words[one['rule']]}, {one['clause']}" + ("" if one["verified"] else MARKS[language])
        for one in said["findings"]
        if (one["limit"] is None or one["measured"] is None) and one["rule"] in words
    ]
    if not told:
        return ""
    return f"另：{'；'.join(told)}。" if language == "zh" else f"Besides: {'; '.join(told)}."


def _notes(said: Mapping[str, Any], language: Language) -> str:
    chinese = language == "zh"
    notes = []
    if said["presumed"]:
        names = ", ".join(said["presumed"])
        notes.append(f"推定：{names}。" if chinese else f"Presumed: {names}.")
    if said["hundred_tonne"]:
        notes.append("百吨王。" if chinese else "A truck of a hundred tonnes or more.")
    if said["illegal_over_limit"]:
        notes.append("属违法超限运输。" if chinese else "Illegal over-limit transport.")
    if said["suspicions"]:
        names = ", ".join(said["suspicions"])
        notes.append(f"疑点：{names}。" if chinese else f"Suspected: {names}.")
    return ("" if chinese else " ").join(notes)


def _penalty(one: Mapping[str, Any], language: Language) -> str:
    liable, kind = LIABLE[language][one["party"]], KINDS[language].get(one["kind"], one["kind"])
    mark = "" if one["verified"] else MARKS[language]
    yuan, points = one["amount_yuan"], one["points"]
    amount = "" if yuan is None else _range(yuan["min"], yuan["max"])
    if language == "zh":
        amount += "" if yuan is None else "元"
        amount += "" if points is None else f"{points}分"
        return f"可对{liable}{kind}{amount}，{one['clause']}，{one['authority']}{mark}。"
    amount = f" of {amount} yuan" if amount else ""
    amount += "" if points is None else f" {points}"
    return f"Possible for {liable}: {kind}{amount}, {one['clause']}, {one['authority']}{mark}."


def _range(least: int, most: int) -> str:
    return str(most) if least == most else f"{least}-{most}"


def explainer(language: Language) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Adds the paragraph to an answer, under `explanation`."""
    return lambda said: {**said, "explanation": explain(said, language)}
