"""Why a verdict is what it is, and what the unknown could be: the codes of an answer of `judge`, in words.

A code is `what` or `what:which`. English has the codes themselves, which are English; Chinese has words for each.
"""

import re

from weighgate.explained_words import NAMES, Language

KINDS = {
    "rigid": "载货汽车",
    "articulated": "铰接列车",
    "centre-axle-train": "中置轴挂车列车",
    "drawbar-train": "全挂汽车列车",
    "refrigerated": "冷藏车",
    "special-work": "专项作业车",
    "fire": "消防车",
    "wrecker": "清障车",
    "long-nose": "长头车",
    "streamlined": "流线形车",
    "car-carrier": "车辆运输车",
    "container": "集装箱车",
    "container-45ft": "45英尺集装箱车",
    "low-bed": "低平板车",
    "dump": "自卸车",
    "concrete-mixer": "混凝土搅拌车",
    "tractor": "拖拉机",
    "low-speed": "低速货车",
}
FIELDS = {
    "at": "称重时间",
    "plate": "号牌",
    "trailer_plate": "挂车号牌",
    "road": "所行公路",
    "divisible": "货物能否解体",
    "permit": "有无通行证",
    "layout": "轴组",
    "body": "车型",
    "family": "是否特殊车型",
    "drive_axles": "驱动轴数",
    "tyres": "轮胎数",
    "wide_tyres": "是否宽基轮胎",
    "air_suspension": "是否空气悬架",
    "spacings_mm": "轴距",
    "axle_loads_kg": "各轴载荷",
    "licence_gross_kg": "行驶证总质量",
    "rated_load_kg": "核定载质量",
    "kerb_kg": "整备质量",
    "length_mm": "车长",
    "width_mm": "车宽",
    "height_mm": "车高",
    "axle-load": "轴组载荷",
    "axle-load-limit": "轴组限值",
    "axle-span": "首末轴距对应总质量",
    "rated-load": "核定载质量",
    "instrument": "衡器",
    "class": "准确度等级",
    "interval": "分度值",
    "number-of-weighings": "称量次数",
}
"""What is unknown or over, after `unknown-` or `over-`."""
REASONS = {
    "unsettled": "示值未稳定",
    "incomplete": "称重未完成",
    "joined-midway": "开始记录时车已在秤上",
    "second-vehicle": "秤上有另一辆车",
    "scale-lost": "衡器失联",
    "overload-signal": "衡器超量程",
    "unequal-axle-sum": "轴荷之和与总质量不符",
    "rules-not-in-force": "所用规则未在有效期",
    "zero-not-seen": "未见回零",
    "no-gross": "无总质量",
    "impossible-gross": "总质量不可能",
    "lighter-than-empty": "轻于整备质量",
    "impossible-axle-load": "轴荷不可能",
    "axle-count-differs": "轴数不符",
    "impossible-spacings": "轴距不可能",
    "impossible-size": "外廓尺寸不可能",
    "grouping-differs": "轴距与轴组不符",
    "shorter-than-axles": "车长容不下各轴",
    "tyre-count-differs": "轮胎数与轴数不符",
    "no-drawing": "限值表未列此车型",
    "no-axle-load-row": "轴荷表未列此轴组",
    "no-rule-set": "缺限值表",
    "conforms": "符合",
    "permit": "凭通行证",
    "permit-gross": "超过通行证总质量",
    "undetermined": "结论未定",
    "not-over-by-mass": "超限项目不是质量",
    "over-rated-load": "超过核定载质量",
    "certificate-expired": "检定证书已过期",
    "certificate-missing": "无检定证书",
    "certificate-presumed": "推定检定证书有效",
    "no-error-known-for-class": "该准确度等级的允许误差不详",
}
PARTS = {
    "one drive axle": "单驱动轴",
    "single drive axle": "单驱动轴",
    "several drive axles": "多驱动轴",
    "dual tyres": "双胎",
    "single tyres": "单胎",
    "wide tyres": "宽基轮胎",
    "no wide tyres": NAMES["zh"]["no-wide-tyres"],
    "air suspension": "空气悬架",
    "no air suspension": NAMES["zh"]["no-air-suspension"],
    "trailer axles far apart": "挂车轴距大",
    "trailer axles close": "挂车轴距小",
    "no special family": NAMES["zh"]["no-special-family"],
    "with the permit": "持通行证",
    "without the permit": "无通行证",
}
"""Of what a candidate is said to be, part by part; what else there is are bodies or families with their axles."""
AXLES = re.compile(r"(\d+)(?: to (\d+))? axles")


def reason(code: str, language: Language) -> str:
    """Why a verdict or a proof is what it is."""
    if language == "en":
        return code
    what, colon, which = code.partition(":")
    if what == "no-drawing":
        which = which.partition(" ")[0]
    return f"{_what(what)}{'：' if colon else ''}{_kind(which)}"


def candidate(what: str, language: Language) -> str:
    """One way the unknown could be."""
    if language == "en":
        return what
    return "、".join(PARTS.get(part) or _kind(part) for part in what.split(", "))


def _what(code: str) -> str:
    head, _, field = code.partition("-")
    if code not in REASONS and head in ("unknown", "over") and field in FIELDS:
        return f"{FIELDS[field]}不详" if head == "unknown" else f"{FIELDS[field]}超限"
    return REASONS.get(code, code)


def _kind(text: str) -> str:
    """Bodies or families, and how many axles they have."""
    names, _, axles = text.partition(" ")
    if not all(name in KINDS for name in names.split("/")):
        names, axles = "", text
    kinds = "或".join(KINDS[name] for name in names.split("/")) if names else ""
    return kinds + AXLES.sub(lambda found: f"{found[1]}至{found[2]}轴" if found[2] else f"{found[1]}轴", axles)
