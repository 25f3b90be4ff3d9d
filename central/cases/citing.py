"""How a paper that is served names a clause: its law by title, article and item in Chinese numerals."""

import re
from collections.abc import Mapping

_CLAUSE = re.compile(
    r"(?P<law>[a-z0-9-]+) (?:(?P<part>\S+) )?art\.(?P<first>[1-9]\d{0,2})"
    r"(?:-(?P<last>[1-9]\d{0,2}))?(?:\((?P<item>[1-9]\d?)\))?"
)
_DIGITS = "零一二三四五六七八九"


def cited(clause: str, titles: Mapping[str, str]) -> str:
    """《公路安全保护条例》第六十七条第（二）项 for `cn-reg593-2011 art.67(2)`, `titles` being those of the files by id.

    A clause of another form, or of a law that has no title here, stays as it was written.
    """
    found = _CLAUSE.fullmatch(clause)
    title = "" if found is None else _title(titles.get(found["law"], ""), found["part"] or "")
    if found is None or not title:
        return clause
    articles = f"第{numeral(int(found['first']))}条"
    if found["last"]:
        articles += f"至第{numeral(int(found['last']))}条"
    return f"《{title}》{articles}" + (f"第（{numeral(int(found['item']))}）项" if found["item"] else "")


def numeral(number: int) -> str:
    """Up to 999: 10 is 十, 110 is 一百一十, 105 is 一百零五."""
    assert 0 < number <= 999
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def _title(of_file: str, part: str) -> str:
    """A file's title may say its articles behind a space, and name two laws, of which a clause names one."""
    laws = of_file.partition(" ")[0].split("、")
    if part:
        laws = [law for law in laws if law.endswith(part)]
    return laws[0] if len(laws) == 1 else ""
