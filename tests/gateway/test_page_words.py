"""The page speaks Chinese first: every alarm a gateway can raise has words there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

GATEWAY = Path(__file__).parents[2] / "gateway"
CODE = re.compile(r"[a-z]+(-[a-z]+)+")
BUILT = {
    "lamp-failed",
    "sign-failed",
    "barrier-failed",
    "front-failed",
    "voice-failed",
    "printer-failed",
}  # made of the actuator's name


def alarm_codes() -> Iterator[str]:
    for file in GATEWAY.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and "alarm" in ast.unparse(node.func).lower():
                for given in node.args:
                    if isinstance(given, ast.Constant) and isinstance(given.value, str) and CODE.fullmatch(given.value):
                        yield given.value


def test_every_alarm_has_chinese_words_on_the_page() -> None:
    page = (GATEWAY / "web" / "page.html").read_text(encoding="utf-8")
    codes = {*alarm_codes(), *BUILT}
    assert len(codes) > 15
    assert {code for code in codes if f'"{code}":' not in page} == set()
