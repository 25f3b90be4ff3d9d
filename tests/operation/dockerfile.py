"""The Dockerfile and .dockerignore as data: only the words that ours uses; an unknown one is an error."""

import fnmatch
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

WORDS = ("ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD")


@dataclass
class Stage:
    """One FROM and the steps behind it, in order."""

    name: str
    image: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def last(self, word: str) -> str:
        return [rest for found, rest in self.steps if found == word][-1]


def read_dockerfile(path: Path) -> list[Stage]:
    stages: list[Stage] = []
    text = re.sub(r"\\\n", " ", path.read_text())
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        assert word in WORDS, line
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            stages.append(Stage(name or f"stage-{len(stages)}", image))
        elif stages:
            stages[-1].steps.append((word, rest.strip()))
    return stages


def copies(stage: Stage) -> Iterator[tuple[str | None, list[str], str]]:
    """(from which stage, sources, target) of each COPY."""
    for word, rest in stage.steps:
        if word == "COPY":
            yield copy_of(rest)


def copy_of(rest: str) -> tuple[str | None, list[str], str]:
    parts = shlex.split(rest)
    source = parts.pop(0).removeprefix("--from=") if parts[0].startswith("--from=") else None
    return source, parts[:-1], parts[-1]


def exec_form(rest: str) -> list[str]:
    words = json.loads(rest)
    assert all(isinstance(word, str) for word in words)
    return list(words)


def sent(root: Path, path: Path) -> bool:
    """Whether the builder is given this file at all; the last rule of .dockerignore that matches decides."""
    relative = path.relative_to(root).as_posix()
    found = True
    for line in (root / ".dockerignore").read_text().splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        back, pattern = rule.startswith("!"), rule.removeprefix("!")
        if _matches(relative, pattern):
            found = back
    return found


def _matches(relative: str, pattern: str) -> bool:
    """A rule matches a path or any folder above it."""
    parts = relative.split("/")
    heads = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    if pattern.startswith("**/"):
        return any(fnmatch.fnmatchcase(part, pattern.removeprefix("**/")) for part in parts)
    return any(fnmatch.fnmatchcase(head, pattern) and head.count("/") == pattern.count("/") for head in heads)
