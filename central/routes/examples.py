"""Examples of what people state, shown in OpenAPI and sent by the tests."""

from typing import Any

OFFICERS = ["410100-001", "410100-002"]

FILE: dict[str, Any] = {
    "id": "case-2026-0001",
    "at": "2026-05-01T09:00:00Z",
    "why": "超限运输,符合立案标准",
    "entry": "j1/1",
    "authority": "示例交通运输综合行政执法机构",
    "officers": OFFICERS,
}
TELL: dict[str, Any] = {
    "id": "case-2026-0001-tell",
    "at": "2026-05-03T09:00:00Z",
    "why": "拟作出处罚",
    "facts": "车货总质量58400千克,超限9400千克",
    "reasons": "可分载物品超限运输",
    "basis": "超限运输车辆行驶公路管理规定第四十三条",
    "rights": ["statement", "defence", "hearing"],
    "measures": [
        {
            "party": "carrier",
            "kind": "fine",
            "act": "over-limit/mass",
            "clause": "cn-order62-2016 art.43(2)",
            "amount_yuan": 4500,
        }
    ],
}
POLICE_DECISION: dict[str, Any] = {
    "id": "police-2026-0001",
    "at": "2026-05-02T09:00:00Z",
    "why": "公安机关抄送",
    "number": "示例-0001",
    "authority": "示例公安机关交通管理部门",
    "plate": "豫A12345",
    "colour": "yellow",
    "happened": "2026-05-01T07:00:00Z",
    "measures": [
        {
            "party": "driver",
            "kind": "fine",
            "act": "overload",
            "clause": "cn-traffic-law-2021 art.92",
            "amount_yuan": 500,
            "payer": "citizen",
        }
    ],
}


def _shown(example: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"example": example}}}}


FILING, MOVE, POLICE = _shown(FILE), _shown(TELL), _shown(POLICE_DECISION)
