"""Every console sample in the docs is run, and prints what the docs say it prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMED = re.compile(r"`((?:drivers|gateway|central|simulator|weighgate|config|tests|docs)/[\w./-]*)`")


def _samples() -> list[tuple[str, str, str]]:
    found = []
    for doc in DOCS:
        for block in re.findall(r"```console\n(.*?)```", doc.read_text(encoding="utf-8"), re.DOTALL):
            command, _, expected = block.removeprefix("$ ").partition("\n")
            found.append((doc.name, command, expected))
    return found


@pytest.mark.parametrize(("doc", "command", "expected"), _samples())
def test_a_sample_does_what_the_docs_say(doc: str, command: str, expected: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.stdout == expected, done.stderr


def test_every_named_file_is_there() -> None:
    for doc in DOCS:
        for name in NAMED.findall(doc.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{doc.name} names {name}"


def test_both_languages_show_the_same() -> None:
    """What is not prose is the same in both: headings, samples, and every name in backticks."""
    english, chinese = (doc.read_text(encoding="utf-8") for doc in DOCS[:2])
    flags = re.MULTILINE | re.DOTALL
    for same in (r"^(#+) ", r"^```(\w+)$", r"```console\n(.*?)```", r"^(?:GET|make|weighgate|cp|export) \S+"):
        assert re.findall(same, english, flags) == re.findall(same, chinese, flags)
    named_in = [
        set(re.findall(r"`([ -_a-~]+)`", re.sub(r"```.*?```", "", doc, flags=flags))) for doc in (english, chinese)
    ]
    assert named_in[0] == named_in[1]


def test_the_journey_passes_every_module_of_the_core() -> None:
    journey = NAMED.findall((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    core = (ROOT / "gateway" / "core").glob("[!_]*.py")
    assert {path.relative_to(ROOT).as_posix() for path in core} <= set(journey)
