"""Every console sample in the docs is run, and prints what the docs say it prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer

from weighgate.cli import app

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


def _told() -> str:
    return "\n".join(doc.read_text(encoding="utf-8") for doc in DOCS)


def _options() -> dict[str, set[str]]:
    """Every command, `down list` as well as `run`, with the options it takes."""
    top = typer.main.get_command(app)
    assert isinstance(top, click.Group)
    found = {}
    for name, command in top.commands.items():
        below = command.commands if isinstance(command, click.Group) else {}
        for words, one in [(name, command), *((f"{name} {sub}", below[sub]) for sub in below)]:
            found[words] = {option for parameter in one.params for option in parameter.opts} | {"--help"}
    return found


def test_every_command_is_told_in_the_docs() -> None:
    told = set(re.findall(r"weighgate ([a-z]+)", _told()))
    assert {words for words in _options() if " " not in words} <= told


def test_every_command_and_option_in_the_docs_exists() -> None:
    options = _options()
    for line, name, sub, rest in re.findall(r"((?<![\w/.-])weighgate ([a-z]+)(?: ([a-z]+))?([^\n`]*))", _code(_told())):
        words = f"{name} {sub}" if f"{name} {sub}" in options else name
        assert words in options, line
        assert set(re.findall(r"(?<=\s)--[a-z-]+", rest.partition(" # ")[0])) <= options[words], line


def _code(text: str) -> str:
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    marked = re.findall(r"`((?:weighgate|make) [a-z][^`\n]*)`", text)
    return "\n".join([*blocks, *marked, *re.findall(r"^    (.*)", text, re.MULTILINE)])


def test_every_make_target_in_the_docs_exists_and_the_first_pages_name_every_page() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)", _code(_told()), re.MULTILINE)) <= targets
    for first in DOCS[:2]:
        text = first.read_text(encoding="utf-8")
        assert [page.name for page in DOCS[2:] if f"`docs/{page.name}`" not in text] == []
