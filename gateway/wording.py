"""The words on signs, Chinese first. A message is a code and its numbers; the words live only here."""

from gateway.core.effects import ShowText

CHINESE = {
    "ready": ("请上秤", ""),
    "stop": ("请停车", "等待称重"),
    "weighing": ("正在称重", "请勿移动"),
    "within": ("{plate}", "{gross_t}吨 请通行"),
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
    "exceeded": ("{plate}", "{gross_t} t: over limit", "limit {limit_t} t, unload"),
    "undetermined": ("{plate}", "{gross_t} t: to be checked", "please wait"),
    "weigh-again": ("Go back", "weigh again"),
    "out-of-order": ("Out of order", "please wait"),
    "released": ("{plate}", "released: go"),
    "next": ("Next: drive on", "others wait"),
    "next-held": ("{plate} held", "go to the yard", "next: drive on"),
    "next-again": ("{plate}", "weigh again", "drive on"),
}


def words(message: ShowText, *, english: bool = False) -> tuple[str, ...]:
    """The lines of a sign for a message; unknown numbers show as dashes."""
    lines = (ENGLISH if english else CHINESE)[message.code]
    return tuple(
        line.format(plate=message.plate or "----", gross_t=_tonnes(message.gross_kg), limit_t=_tonnes(message.limit_kg))
        for line in lines
    )


def _tonnes(mass_kg: int | None) -> str:
    return "--" if mass_kg is None else f"{mass_kg // 1000}.{mass_kg % 1000 // 10:02d}"
