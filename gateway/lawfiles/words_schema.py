"""The shape of the words in a linkage file: each code in both languages, and no placeholder that nobody fills in."""

from collections.abc import Collection
from string import Formatter
from typing import Annotated, get_args

from pydantic import AfterValidator, Field

from gateway.core.effects import TextCode
from gateway.law.linkage import Notice, ReleaseGround
from gateway.law.words import Both, Lines, Message, Words
from gateway.lawfiles.schema import Strict

FILLED_IN = frozenset({"plate", "gross_t", "limit_t"})


def _fillable(text: str) -> str:
    for _, name, _, _ in Formatter().parse(text):
        if name is not None and name not in FILLED_IN:
            raise ValueError(f"{{{name}}} is filled in by nobody; known: {', '.join(sorted(FILLED_IN))}")
    return text


Line = Annotated[str, Field(max_length=40), AfterValidator(_fillable)]
Sentence = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_fillable)]


class BothFile(Strict):
    zh: Sentence
    en: Sentence

    def both(self) -> Both:
        return Both(self.zh, self.en)


class LinesFile(Strict):
    zh: tuple[Line, ...] = Field(min_length=1, max_length=4)
    en: tuple[Line, ...] = Field(min_length=1, max_length=4)


class MessageFile(Strict):
    sign: LinesFile
    voice: BothFile

    def message(self) -> Message:
        return Message(Lines(self.sign.zh, self.sign.en), self.voice.both())


class WordsFile(Strict):
    messages: dict[TextCode, MessageFile] = Field(default_factory=dict)
    notices: dict[Notice, BothFile] = Field(default_factory=dict)
    release_grounds: dict[ReleaseGround, BothFile] = Field(default_factory=dict)

    def words(self) -> Words:
        return Words(
            {code: one.message() for code, one in self.messages.items()},
            {code: one.both() for code, one in self.notices.items()},
            {code: one.both() for code, one in self.release_grounds.items()},
        )

    def missing(self) -> list[str]:
        """One line per code that has no words."""
        told: tuple[tuple[str, tuple[str, ...], Collection[str]], ...] = (
            ("messages", get_args(TextCode), self.messages),
            ("notices", get_args(Notice), self.notices),
            ("release_grounds", get_args(ReleaseGround), self.release_grounds),
        )
        return [f"words.{name}: {code} is missing" for name, codes, has in told for code in codes if code not in has]
