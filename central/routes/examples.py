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


REVIEW: dict[str, Any] = {
    "id": "review-2026-0001",
    "at": "2026-05-01T08:30:00Z",
    "why": "记录清晰、完整,设置地点已公布",
    "technical": True,
    "legal": True,
}
DISMISS: dict[str, Any] = {"id": "dismiss-2026-0001", "at": "2026-05-01T08:40:00Z", "why": "经核实为专项作业车"}
PARTY_KNOWN: dict[str, Any] = {
    "id": "known-2026-0001",
    "at": "2026-05-01T09:10:00Z",
    "why": "询问笔录",
    "party": "driver",
    "facts": {"name": "示例驾驶人", "licence": "示例-驾驶证"},
    "source": "officer",
}
CONFIRMED: dict[str, Any] = {
    "id": "confirm-2026-0001",
    "at": "2026-05-01T09:20:00Z",
    "why": "现场核对号牌",
    "confirms": ["plate"],
}
FOUND: dict[str, Any] = {
    "id": "found-2026-0001",
    "at": "2026-05-01T09:30:00Z",
    "why": "装车单和询问笔录",
    "found": ["instructed-or-forced"],
}
AGAIN: dict[str, Any] = {"id": "again-2026-0001", "at": "2026-05-01T09:40:00Z", "why": "已核对补传记录,维持原认定"}
ON_SPOT: dict[str, Any] = {
    "id": "case-2026-0002",
    "at": "2026-06-01T07:30:00Z",
    "why": "违法事实确凿",
    "entry": "j1/2",
    "authority": "示例交通运输综合行政执法机构",
    "officers": OFFICERS,
    "facts": "车货总质量49900千克,超限900千克",
    "reasons": "可分载物品超限运输",
    "basis": "超限运输车辆行驶公路管理规定第四十三条",
    "rights": ["statement", "defence"],
    "statement": "无异议",
    "form_number": "示例-000001",
    "measures": [
        {"party": "carrier", "kind": "warning", "act": "over-limit/mass", "clause": "cn-order62-2016 art.43(2)"}
    ],
}
FLEET: dict[str, Any] = {
    "id": "fleet-2026-0001",
    "at": "2026-01-02T00:00:00Z",
    "why": "道路运输管理信息系统",
    "vehicles": 30,
}
SHARE_FOUND: dict[str, Any] = {
    "id": "share-2026-0001",
    "at": "2026-05-20T08:00:00Z",
    "why": "停业整顿期间仍超限运输",
    "serious": True,
    "finding": "超限运输车辆占三成以上,经责令仍未改正",
}
ISSUED: dict[str, Any] = {
    "id": "issued-2026-0001",
    "at": "2026-01-02T00:00:00Z",
    "why": "道路运输证",
    "first_issued": "2020-05-10",
}
OF_PROPOSAL: dict[str, Any] = {
    "id": "sent-2026-0001",
    "at": "2026-05-20T09:00:00Z",
    "why": "移送车籍地",
    "to": "车籍地道路运输管理机构",
}
ERASURE: dict[str, Any] = {
    "id": "erase-2026-0001",
    "at": "2026-06-30T09:00:00Z",
    "why": "保存期限届满",
    "ended_before": "2026-06-01",
}


def shown(example: dict[str, Any]) -> dict[str, Any]:
    """As FastAPI's `openapi_extra`."""
    return {"requestBody": {"content": {"application/json": {"example": example}}}}
