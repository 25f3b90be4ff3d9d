"""Examples of what authorities send about sources, credit and sharing: shown by OpenAPI and sent in this order by a
test.

The enterprises, people and numbers in them are made up.
"""

import hashlib
from typing import Any

Examples = dict[str, Any]
PLATE = "豫A00001"
EVIDENCE = "联锁改造前后照片".encode()
EVIDENCE_SHA = hashlib.sha256(EVIDENCE).hexdigest()
"""A file that is brought before the review that stands on it."""


def _shown(*acts: tuple[str, dict[str, Any]]) -> Examples:
    return {f"{number} {name}": {"summary": name, "value": value} for number, (name, value) in enumerate(acts, 1)}


def _act(number: int, kind: str, why: str, at: str, **body: Any) -> dict[str, Any]:
    return {"id": f"example-{number:04d}", "at": at, "why": why, "kind": kind, **body}


SOURCE_ACTS = _shown(
    (
        "register",
        _act(
            101,
            "source-registered",
            "列入重点货运源头单位名录",
            "2026-04-01T01:00:00Z",
            name="示例砂石厂",
            source_kind="sand-and-gravel",
            region="410000",
            authority="示例县治超办",
            key_unit=True,
            sites=["quarry-1"],
        ),
    ),
    (
        "tickets of a day",
        _act(102, "tickets-counted", "企业上报", "2026-05-01T02:00:00Z", site="quarry-1", day="2026-05-01", tickets=2),
    ),
    (
        "talk",
        _act(
            103,
            "talk-held",
            "放行超限车辆",
            "2026-05-01T03:00:00Z",
            office="法定代表人",
            points="出场未过磅",
            undertaken="三日内整改",
            until="2026-05-08",
        ),
    ),
    (
        "exposure",
        _act(
            104,
            "exposed",
            "拒不整改",
            "2026-05-01T04:00:00Z",
            ground="多次放行超限车辆",
            medium="县政府网站",
            text="示例砂石厂多次放行超限车辆",
        ),
    ),
    ("exposure withdrawn", _act(105, "exposure-withdrawn", "已整改", "2026-05-01T05:00:00Z", exposure="example-0104")),
)
ITEM_ACTS = _shown(
    (
        "hazard",
        _act(
            201,
            "hazard-found",
            "检查发现",
            "2026-04-02T01:00:00Z",
            source="s1",
            title="出场道闸可手动抬起",
            level="major",
            found_by="示例县交通执法大队",
        ),
    ),
    (
        "notice with 五到位",
        _act(
            202,
            "notice-issued",
            "责令整改",
            "2026-04-02T02:00:00Z",
            responsible="生产副总",
            measure="道闸与称重联锁",
            money_yuan=20000,
            deadline="2026-04-30",
            plan="整改期间专人值守",
        ),
    ),
    (
        "listed supervision",
        _act(
            203,
            "supervision-listed",
            "重大隐患",
            "2026-04-02T03:00:00Z",
            authority="示例市治超办",
            deadline="2026-04-30",
        ),
    ),
    ("evidence", _act(204, "evidence-handed-in", "企业提交", "2026-04-20T01:00:00Z", evidence=[EVIDENCE_SHA])),
    (
        "struck off",
        _act(205, "review-passed", "现场复查", "2026-04-25T01:00:00Z", finding="联锁有效", authority="示例市治超办"),
    ),
)
LISTING_ACTS = _shown(
    (
        "candidate",
        _act(
            301,
            "candidate-entered",
            "吊销许可",
            "2026-04-01T01:00:00Z",
            ground="非法改装货运车辆，情节严重",
            document="吊销决定 示例1号",
        ),
    ),
    ("publicity", _act(302, "publicised", "公示", "2026-04-02T01:00:00Z", until="2026-04-12", medium="信用交通网站")),
    ("objection", _act(303, "objection-raised", "当事人提出", "2026-04-05T01:00:00Z", text="改装系前任所为")),
    ("objection rejected", _act(304, "objection-rejected", "查证", "2026-04-08T01:00:00Z", finding="不成立")),
    ("listed", _act(305, "listed", "公示期满", "2026-04-13T01:00:00Z", document="认定决定 示例2号")),
    ("repair asked for", _act(306, "repair-applied", "当事人申请", "2026-04-20T01:00:00Z", text="已停业整改")),
    ("repaired", _act(307, "repair-granted", "准予", "2026-04-28T01:00:00Z", finding="符合修复条件")),
)
MARKS = _shown(
    (
        "key supervision",
        _act(
            401,
            "vehicle-watched",
            "列入重点监管",
            "2026-04-01T01:00:00Z",
            plate=PLATE,
            colour="yellow",
            document="名单 示例1号",
            until="2027-03-31",
        ),
    ),
    (
        "no longer",
        _act(
            402,
            "vehicle-unwatched",
            "移出",
            "2026-04-30T01:00:00Z",
            plate=PLATE,
            colour="yellow",
            document="名单 示例2号",
        ),
    ),
    (
        "certificate revoked",
        _act(
            403,
            "certificate-revoked",
            "发证机关吊销道路运输证",
            "2026-04-10T01:00:00Z",
            plate=PLATE,
            colour="yellow",
            document="吊销决定 示例3号",
            ground="外省记录的违法超限运输",
        ),
    ),
    (
        "certificate restored",
        _act(
            404,
            "certificate-restored",
            "吊销决定被撤销",
            "2026-04-20T01:00:00Z",
            plate=PLATE,
            colour="yellow",
            document="撤销决定 示例4号",
        ),
    ),
)
_ABOUT = {"plate": PLATE, "colour": "yellow", "suspicion": "under-declared"}
REFERRAL_ACTS = _shown(
    (
        "passed on",
        _act(
            501,
            "referred",
            "移送",
            "2026-05-01T06:00:00Z",
            **_ABOUT,
            receiver="industry-authority",
            document="移送函 示例1号",
        ),
    ),
    (
        "answered",
        _act(
            502,
            "answered",
            "回函",
            "2026-05-01T07:00:00Z",
            **_ABOUT,
            receiver="industry-authority",
            document="复函 示例9号",
            finding="已约谈生产企业",
        ),
    ),
)
JOINT_DUTY = _shown(
    (
        "shift",
        _act(
            601,
            "joint-duty",
            "联合执法",
            "2026-05-01T00:00:00Z",
            site="station-1",
            until="2026-05-01T07:30:00Z",
            authorities=["示例县公安局", "示例县交通运输局"],
            officers=4,
        ),
    ),
)
POSITIONS = {
    "1 a stop": {
        "summary": "a truck that stands",
        "value": {
            "positions": [
                {
                    "plate": PLATE,
                    "at": "2026-05-01T00:30:00Z",
                    "speed_kmh": 0,
                    "longitude_e6": 113625000,
                    "latitude_e6": 34746000,
                },
            ]
        },
    }
}
