"""The procedure's words for people, Chinese first: what would have to hold for a step that was refused."""

from typing import Literal

Language = Literal["zh", "en"]

WORDS: dict[str, tuple[str, str]] = {
    "transport-punishes": (
        "由交通运输部门实施处罚的站点（联合执法站点由公安机关处罚）",
        "a place where transport punishes: at joint stations the police do",
    ),
    "two-officers": ("执法人员不得少于两人", "at least two officers with enforcement certificates"),
    "no-other-case": ("该违法行为未另行立案", "no other case of this act here"),
    "evidence-reviewed": ("电子技术监控记录须经法制和技术审核", "the record's legal and technical review"),
    "instrument-certified": ("计量器具须在检定有效期内", "an instrument with a certificate valid when it weighed"),
    "evidence-complete": ("事实清楚、证据充分", "evidence that lacks nothing"),
    "certificates-shown": ("出示执法证件", "certificates shown"),
    "told-in-full": (
        "告知拟处罚内容、事实、理由、依据和陈述申辩权利",
        "the party told of the penalty proposed, facts, reasons, basis and rights",
    ),
    "hearing-offered": ("告知听证权利", "a hearing offered"),
    "waived-expressly": ("明确放弃", "an express waiver"),
    "host-did-not-investigate": ("听证主持人为非本案调查人员", "a host who did not investigate"),
    "reviewer-qualified": ("由具备资格的人员法制审核并通过", "passed by a qualified legal reviewer"),
    "provided-by-law": ("处罚有法定依据且在幅度内", "measures the law provides, within its amounts"),
    "competent-here": ("由许可机关所在地决定", "a decision by the authority that issued the certificate"),
    "not-fined-twice": ("同一违法行为不得两次以上罚款", "no second fine of one party for one act"),
    "not-graver-than-told": ("不得重于告知内容", "nothing graver than the party was told of"),
    "simple-fits": (
        "警告或公民200元、单位3000元以下罚款",
        "a warning, or at most 200 yuan of a citizen, 3 000 of a unit",
    ),
    "statement-heard": ("听取陈述申辩", "the party's statement heard, or expressly waived"),
    "form-handed-over": ("当场交付编有号码的决定书", "a numbered form handed over"),
    "service-lawful": ("电子送达须经当事人同意", "the party's consent to electronic service"),
    "waiving-ground": ("不予处罚的法定情形", "a ground on which the law does not punish"),
    "paid-at-bank": ("罚缴分离，到银行或电子缴纳", "paid at the bank or electronically, not to the officer"),
    "paid-in-full": ("罚款已全部缴纳", "the whole fine paid"),
    "answers-a-copy": ("所答复的抄告已发出", "the id of a copy that was sent"),
    "annulling-ground": ("撤销的机关和理由", "who annulled it, and why"),
    "head-approved": ("行政机关负责人批准", "the head's approval"),
}

_TIMED = {
    "done": ("已{move}", "{move} done"),
    "in-time": ("在{move}期限内", "within the period '{move}'"),
    "over": ("{move}期限届满", "the period '{move}' over"),
    "longer": ("晚于{move}现期限的截止日", "a last day later than that of the period '{move}'"),
}


def words_for(what: str, language: Language, titles: dict[str, str]) -> str:
    """A word of the table, or `done:`, `in-time:`, `over:`, `longer:` of a move or period, for a person."""
    at = 0 if language == "zh" else 1
    if what in WORDS:
        return WORDS[what][at]
    kind, _, name = what.partition(":")
    if kind in _TIMED and name:
        return _TIMED[kind][at].format(move=titles.get(name, name) if language == "zh" else name)
    return what


def refusal(title: str, move: str, clause: str, what: tuple[str, ...], titles: dict[str, str]) -> tuple[str, str]:
    """The sentence in Chinese and in English."""
    zh = " 或 ".join(words_for(one, "zh", titles) for one in what)
    en = " or ".join(words_for(one, "en", titles) for one in what)
    return f"不能{title}：依据 {clause}，需要 {zh}", f"'{move}' is refused by {clause}: it needs {en}"
