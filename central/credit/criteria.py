"""The ten criteria of the discredit list: 交办公路〔2017〕8号, read in three copies; nothing official since was found.

What central's own decided cases say is computed; for the rest somebody puts down the document it stands on. Nothing
is listed by a computation: it makes a candidate, and people go on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Party = Literal["vehicle", "driver", "enterprise", "source", "repairer"]
SOURCE = "交办公路〔2017〕8号"
VERIFIED = False
"""Whether the list is still in the national catalogue of measures, and for how long, was not found."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """`computed`: what central decided or imported makes a candidate. `besides`: an act that must stand beside it."""

    number: int
    parties: tuple[Party, ...]
    text: str
    computed: bool = False
    besides: str | None = None


CRITERIA: Mapping[int, Criterion] = {
    one.number: one
    for one in (
        Criterion(1, ("vehicle",), "货运车辆1年内违法超限运输超过3次", computed=True),
        Criterion(2, ("driver",), "货运车辆驾驶人1年内违法超限运输超过3次", computed=True),
        Criterion(
            3,
            ("enterprise",),
            "违法超限运输的货运车辆超过本单位货运车辆总数10%，且被责令停业整顿",
            computed=True,
            besides="suspension-ordered",
        ),
        Criterion(4, ("repairer",), "维修企业非法改装货运车辆，情节严重，被吊销许可"),
        Criterion(
            5,
            ("enterprise", "source"),
            "指使、强令驾驶人违法超限运输，一次罚款二万元以上或一年内被处罚三次以上",
            computed=True,
        ),
        Criterion(6, ("enterprise", "driver"), "隐瞒情况、提供虚假材料或以贿赂手段取得超限运输许可"),
        Criterion(7, ("driver", "source", "enterprise"), "无正当理由拒绝监督检查或提供虚假情况"),
        Criterion(
            8,
            ("driver", "enterprise", "source"),
            "堵塞交通、强行闯卡、暴力抗法、破坏设施，被公安机关处罚",
            computed=True,
        ),
        Criterion(9, ("driver", "enterprise"), "因超限超载发生重大责任事故，负同等以上责任"),
        Criterion(10, ("driver", "enterprise", "source"), "暴力行为致人伤亡"),
    )
}
