"""The words of the paragraph for a person, in Chinese and English, by the codes of an answer of `judge`."""

from collections.abc import Mapping
from typing import Literal

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
        "hold": "拦停",
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
        "permit-length_mm": "通行证未载明车长",
        "permit-width_mm": "通行证未载明车宽",
        "permit-height_mm": "通行证未载明车高",
        "permit-speed": "通行证限定行驶速度，称重不能核查",
        "permit-escort": "须按护送方案行驶，称重不能核查",
        "permit-before-rating": "通行证核定总质量高于行驶证，以通行证为准",
        "handed-over-not-unloaded": "危险货物：扣留移交，不得就地卸载",
        "no-toll-exemption": "鲜活农产品：超限不享受免费通行",
        "police-height": "集装箱车：装载高度按公安的规定",
        "low-bed-with-ordinary-goods": "低平板半挂车装载普通货物，单独处置",
        "too-many-cars": "载车数是否超过须看车型，车型不详",
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
        "permit-length_mm": "the permit states no length",
        "permit-width_mm": "the permit states no width",
        "permit-height_mm": "the permit states no height",
        "permit-speed": "the permit limits the speed, which no scale checks",
        "permit-escort": "the permit asks for an escort as planned, which no scale checks",
        "permit-before-rating": "the permitted gross is above the licence's and stands before it",
        "handed-over-not-unloaded": "hazardous goods: held and handed over, never unloaded at the roadside",
        "no-toll-exemption": "fresh produce over the limit: no toll exemption",
        "police-height": "container vehicle: the police have a height of their own for its load",
        "low-bed-with-ordinary-goods": "low-bed semi-trailer with ordinary goods: handled apart",
        "too-many-cars": "whether there are too many cars depends on the body, which is unknown",
        "gb1589-governs": "fire, wrecker or special-work vehicle: GB 1589 governs",
    },
}
"""What is said of a finding that compared no numbers."""
NAMES: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "gross": "总质量",
        "single-tyres": "单胎扣减后总质量",
        "air-suspension": "空气悬架总质量",
        "licence": "行驶证总质量",
        "axle-sum": "轴荷之和",
        "axle-load": "轴组载荷",
        "axle-span": "首末轴距对应总质量",
        "gross-elsewhere": "另一限值表总质量",
        "length_mm": "车长",
        "width_mm": "车宽",
        "height_mm": "车高",
        "vehicle-rating": "行驶证最大允许总质量",
        "rated-load": "核定载质量",
        "posted-limit": "限载标志",
        "tolerance": "容差",
        "under-declared": "整备质量",
        "permit-gross": "通行证总质量",
        "permit-axle-load": "通行证轴荷",
        "permit-length_mm": "通行证车长",
        "permit-width_mm": "通行证车宽",
        "permit-height_mm": "通行证车高",
        "police-height": "公安装载高度",
        "too-many-cars": "载车数",
        "dual-tyres": "双胎",
        "no-wide-tyres": "非宽基轮胎",
        "no-air-suspension": "无空气悬架",
        "standard-spacings": "标准轴距",
        "licence-not-lower": "行驶证总质量不更低",
        "no-special-family": "非特殊车型",
        "conforms-otherwise": "其余符合GB 1589",
        "indivisible-load": "不可解体货物",
        "permit-begun": "通行证已生效",
        "permit-in-force": "通行证在有效期内",
        "permit-of-this-vehicle": "通行证属本车",
        "permit-of-this-trailer": "通行证属本挂车",
        "permit-for-this-road": "通行证适用本路段",
        "tolerance-of-undrawn": "未列车型的容差同列明车型",
        "highest-candidate": "按最高的可能限值",
        "start-unconfirmed": "施行日期未确认",
        "permitted-speed-kept": "按限定速度行驶",
        "escorted-as-planned": "按方案护送",
    },
    "en": {},
}
"""What is compared or presumed, by its code before any `:`; a code that has no name here stands for itself."""
UNITS: Mapping[Language, Mapping[str, str]] = {"zh": {"cars": "辆"}, "en": {}}
"""Those that are written otherwise than their codes."""
MARKS = {"zh": "（未经核实）", "en": " (unverified)"}
