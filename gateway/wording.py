"""The words on signs and of the voice, Chinese first. A message is a code and its numbers; the words live only here."""

from collections.abc import Mapping

from gateway.core.effects import ShowText
from gateway.law.linkage import Notice, ReleaseGround

CHINESE = {
    "ready": ("请上秤", ""),
    "stop": ("请停车", "等待称重"),
    "weighing": ("正在称重", "请勿移动"),
    "within": ("{plate}", "{gross_t}吨 请通行"),
    "tolerated": ("{plate}", "{gross_t}吨 容差内", "请通行"),
    "over-rating": ("{plate}", "{gross_t}吨 超核定", "请通行"),
    "overloaded": ("{plate}", "{gross_t}吨 超载", "请停车卸载"),
    "passed": ("{plate}", "{gross_t}吨 请通行"),
    "listed": ("{plate}", "名单车辆 待核查", "请等候"),
    "exceeded": ("{plate}", "{gross_t}吨 超限", "限{limit_t}吨 请卸载"),
    "undetermined": ("{plate}", "{gross_t}吨 待核实", "请等候"),
    "weigh-again": ("请退回", "重新称重"),
    "out-of-order": ("设备故障", "请等候"),
    "released": ("{plate}", "已放行"),
    "next": ("后车请上秤", "前车请等候"),
    "next-held": ("{plate} 扣留", "请进停车场", "后车请上秤"),
    "next-again": ("{plate}", "重新称重", "请上秤"),
}
ENGLISH = {
    "ready": ("Drive on", ""),
    "stop": ("Stop", "to be weighed"),
    "weighing": ("Weighing", "do not move"),
    "within": ("{plate}", "{gross_t} t: go"),
    "tolerated": ("{plate}", "{gross_t} t: tolerated", "go"),
    "over-rating": ("{plate}", "{gross_t} t: over rating", "go"),
    "overloaded": ("{plate}", "{gross_t} t: overloaded", "stop and unload"),
    "passed": ("{plate}", "{gross_t} t: go"),
    "listed": ("{plate}", "listed: to be checked", "please wait"),
    "exceeded": ("{plate}", "{gross_t} t: over limit", "limit {limit_t} t, unload"),
    "undetermined": ("{plate}", "{gross_t} t: to be checked", "please wait"),
    "weigh-again": ("Go back", "weigh again"),
    "out-of-order": ("Out of order", "please wait"),
    "released": ("{plate}", "released: go"),
    "next": ("Next: drive on", "others wait"),
    "next-held": ("{plate} held", "go to the yard", "next: drive on"),
    "next-again": ("{plate}", "weigh again", "drive on"),
}
VOICE_CHINESE = {
    "ready": "请上秤",
    "stop": "请停车,等待称重",
    "weighing": "正在称重,请勿移动",
    "within": "{plate},{gross_t}吨,未超限,请通行",
    "tolerated": "{plate},{gross_t}吨,限{limit_t}吨,在容差内,请通行",
    "over-rating": "{plate},{gross_t}吨,超过车辆核定质量,请通行",
    "overloaded": "{plate},{gross_t}吨,超过车辆核定质量,请按引导停车卸载",
    "passed": "{plate},{gross_t}吨,请通行",
    "listed": "{plate},名单车辆,请停车等候核查",
    "exceeded": "{plate},{gross_t}吨,限{limit_t}吨,已超限,请按引导停车卸载",
    "undetermined": "{plate},{gross_t}吨,待核实,请等候工作人员",
    "weigh-again": "请退回,重新称重",
    "out-of-order": "设备故障,请等候工作人员",
    "released": "{plate},已放行,请通行",
    "next": "后车请上秤,前车请等候",
    "next-held": "{plate},请进停车场等候处理,后车请上秤",
    "next-again": "{plate},请重新上秤",
}
VOICE_ENGLISH = {
    "ready": "Please drive on to the scale.",
    "stop": "Please stop and wait to be weighed.",
    "weighing": "Weighing. Please do not move.",
    "within": "{plate}, {gross_t} tonnes, within the limit. Please go.",
    "tolerated": "{plate}, {gross_t} tonnes, the limit is {limit_t}, over it within the tolerance. Please go.",
    "over-rating": "{plate}, {gross_t} tonnes, over the vehicle's own rating. Please go.",
    "overloaded": "{plate}, {gross_t} tonnes, over the vehicle's own rating. Please park as guided and unload.",
    "passed": "{plate}, {gross_t} tonnes. Please go.",
    "listed": "{plate}, the vehicle is on a list. Please stop and wait to be checked.",
    "exceeded": "{plate}, {gross_t} tonnes, the limit is {limit_t}. Over the limit. Please park as guided and unload.",
    "undetermined": "{plate}, {gross_t} tonnes, to be checked. Please wait for the staff.",
    "weigh-again": "Please go back and be weighed again.",
    "out-of-order": "Out of order. Please wait for the staff.",
    "released": "{plate}, you are released. Please go.",
    "next": "Next vehicle, please drive on. Others, please wait.",
    "next-held": "{plate}, please go to the yard and wait. Next vehicle, please drive on.",
    "next-again": "{plate}, please drive on to the scale again.",
}
Both = tuple[str, str]
"""Chinese and English."""
NOTICES: Mapping[Notice, Both] = {
    "weighing-form": ("出具称重单", "hand over the weighing form"),
    "unloading-form": ("出具卸载单并复称", "hand over the unloading form and weigh again"),
    "police": ("通知公安交管部门", "tell the traffic police"),
    "transport-authority": ("通知交通运输综合执法机构", "tell the transport authority"),
    "home-authority": ("结案后7个工作日内抄告车籍地", "copy to the home authority within 7 working days of closing"),
    "source-authority": ("通知货运源头监管部门倒查", "tell the authority that watches the source"),
    "highway-authority": ("报告公路管理机构", "report to the highway authority"),
    "owner-may-answer": ("告知当事人可查询、陈述申辩", "tell the owner, who may query and answer"),
    "enterprise-within-15-days": ("通知企业15日内接受处理", "tell the enterprise to come within 15 days"),
    "owner-within-15-days": ("通知车主15日内接受处理", "tell the owner to come within 15 days"),
    "priority-check": ("重点检查", "check first"),
}
RELEASE_GROUNDS: Mapping[ReleaseGround, Both] = {
    "recheck-within": ("复称未超限", "a second weighing is within"),
    "permit": ("持有效超限运输通行证", "a valid permit"),
    "warning-only": ("仅予警告", "a warning only"),
    "measuring-fault": ("计量设备故障", "a fault of the measuring"),
    "emergency-or-military": ("抢险救灾或军车", "emergency or military"),
    "handed-over": ("移交处理", "handed over"),
}


def words(message: ShowText, *, english: bool = False) -> tuple[str, ...]:
    """The lines of a sign for a message; unknown numbers show as dashes."""
    return tuple(_filled(line, message, "----", "--") for line in (ENGLISH if english else CHINESE)[message.code])


def spoken(message: ShowText, *, english: bool = False) -> str:
    """The sentence of the voice for a message; what is unknown is said to be."""
    missing = ("vehicle", "unknown") if english else ("该车", "未知")
    return _filled((VOICE_ENGLISH if english else VOICE_CHINESE)[message.code], message, *missing)


def _filled(line: str, message: ShowText, no_plate: str, no_mass: str) -> str:
    gross, limit = (no_mass if kg is None else _tonnes(kg) for kg in (message.gross_kg, message.limit_kg))
    return line.format(plate=message.plate or no_plate, gross_t=gross, limit_t=limit)


def _tonnes(mass_kg: int) -> str:
    return f"{mass_kg // 1000}.{mass_kg % 1000 // 10:02d}"
