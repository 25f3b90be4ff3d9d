"""The words that go with the matrix: on signs, by voice, and of the codes that people choose among. Data, as it is.

A message has the placeholders {plate}, {gross_t} and {limit_t}; who shows it fills them in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple


class Both(NamedTuple):
    """One text in Chinese and in English."""

    zh: str
    en: str


class Lines(NamedTuple):
    """What a sign shows, line by line, in Chinese and in English."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    sign: Lines
    voice: Both


@dataclass(frozen=True, slots=True)
class Words:
    """By code: what lanes tell drivers, the notices of a response, and the grounds of a release."""

    messages: Mapping[str, Message]
    notices: Mapping[str, Both]
    release_grounds: Mapping[str, Both]

    def amended(self, by: "Words") -> "Words":
        """These, with the words of `by` in place of their own."""
        return replace(
            self,
            messages={**self.messages, **by.messages},
            notices={**self.notices, **by.notices},
            release_grounds={**self.release_grounds, **by.release_grounds},
        )
