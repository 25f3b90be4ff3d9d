"""The small commands: what they print, what they say no with, and their exit codes."""

import json
import os
import re
import subprocess
import sys
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.journal import open_journal
from gateway.keys import new_key
from gateway.ports import Draft
from weighgate.decoding import decode_link
from weighgate.shipped import config_dir


def weighgate(*words: str, code: int = 0, stdin: bytes = b"", **environ: str) -> str:
    """What the command prints, both streams; never a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "weighgate", *words],
        input=stdin, capture_output=True, check=False, env={**os.environ, **environ},
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode("utf-8")
    assert "Traceback" not in said
    assert done.returncode == code, said
    return said


def test_it_knows_its_version() -> None:
    assert re.fullmatch(r"weighgate \d+\.\d+\S*\n", weighgate("--version"))


def test_keys_new_makes_the_folders_it_needs(tmp_path: Path) -> None:
    file = tmp_path / "var" / "central" / "central.key"
    assert weighgate("keys", "new", str(file)) == weighgate("keys", "show", str(file))
    assert file.stat().st_mode & 0o777 == 0o600


def test_io_boards_are_no_scale_protocols() -> None:
    rows = [json.loads(line) for line in weighgate("protocols", "--json").splitlines()]
    kinds = {row["name"]: row["kind"] for row in rows}
    assert kinds["yaohua-continuous-0"] == "frames"
    assert kinds["modbus:laumas"] == "register map"
    assert kinds["waveshare-8ch"] == "io map"
    assert "modbus:waveshare-8ch" not in kinds
    assert "I/O boards" in weighgate("protocols")


def test_decode_names_all_that_it_reads_where_a_name_is_wrong() -> None:
    said = weighgate("decode", "yaohua", code=2)
    assert "unknown protocol 'yaohua'" in said
    assert "yaohua-continuous-0" in said
    assert "onbon-bx6" in said, "what else passes on a wire is decoded as well"


def test_decode_of_a_register_map_says_what_to_do_instead() -> None:
    said = weighgate("decode", "modbus:laumas", code=2)
    assert "asked register by register" in said
    assert "weighgate check" in said
    assert "laumas.toml" in said


@pytest.mark.parametrize(("token", "said"), [("", "is not set"), ("口令口令口令", "letters and digits")])
def test_a_token_that_cannot_be_sent_says_which_variable_and_the_cure(token: str, said: str) -> None:
    file = str(config_dir() / "sites" / "quarry.toml")
    told = weighgate("outbox", "list", file, code=1, WEIGHGATE_LOCAL_TOKEN=token)
    assert said in told
    assert "export WEIGHGATE_LOCAL_TOKEN=" in told


def test_a_file_of_no_kind_says_so_instead_of_what_a_law_lacks(tmp_path: Path) -> None:
    file = tmp_path / "foo.toml"
    file.write_text("", encoding="utf-8")
    assert "is no site, central, register-map or law file" in weighgate("check", str(file), code=2)


@pytest.mark.parametrize(
    "words",
    [
        ("virtual", "--ledger", "/nowhere/x"),
        ("virtual", "--sites", "nowhere.toml"),
        ("demo", "--headless", "--report", "/nowhere/x"),
    ],
)
def test_a_wrong_path_is_told_before_the_work(words: tuple[str, ...]) -> None:
    assert "is the path right?" in weighgate(*words, code=2)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    said = weighgate("demo", "--headless", "--dir", str(tmp_path / "file" / "stage"), code=1)
    assert "may this user write there?" in said


FRAME = b"\x02+001560019\x03"


def test_decode_reads_a_line_as_it_comes(tmp_path: Path) -> None:
    """The recording ends where a line would hang up: what came is told, and then that it ended."""
    (tmp_path / "line.bin").write_bytes(FRAME)
    said = weighgate("decode", "yaohua-continuous-0", f"replay://{tmp_path}/line.bin", "--unit", "kg", code=1)
    assert json.loads(said.splitlines()[0])["mass_kg"] == "1560"
    assert "at its end" in said


def test_decode_of_a_port_that_is_not_there_says_the_cure() -> None:
    said = weighgate("decode", "yaohua-continuous-0", "serial:///dev/ttyNONE?baudrate=9600", code=1)
    assert "is the adapter plugged in?" in said


def test_decode_shows_a_reading_before_its_input_ends() -> None:
    command = [sys.executable, "-m", "weighgate", "decode", "yaohua-continuous-0", "--unit", "kg"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as going:
        assert going.stdin is not None
        assert going.stdout is not None
        going.stdin.write(FRAME * 2)  # a frame is sure of its end once the next begins
        going.stdin.flush()
        assert json.loads(going.stdout.readline())["mass_kg"] == "1560"


async def test_a_silent_line_is_told_with_the_cure_and_then_read() -> None:
    indicator, port = os.openpty()
    readings = decode_link("yaohua-continuous-0", f"serial://{os.ttyname(port)}", unit="kg", silent_s=0.05)
    async with aclosing(readings):
        assert "no byte in 0.05 s: check cable" in (await anext(readings))["reason"]
        os.write(indicator, FRAME * 2)
        weights = (found async for found in readings if found["kind"] == "weight")
        assert (await anext(weights))["mass_kg"] == "1560"
        await weights.aclose()
    os.close(indicator)
    os.close(port)


AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
WEIGHING = {
    "identity": {"plate": "豫X12345"},
    "measurement": {"gross_kg": 36000},
    "judgement": {"road_limit": {"outcome": "exceeded"}, "action": "hold"},
}
RELEASE = {"weighing": "j-0/1", "by": "Li", "reason": "papers shown", "ground": "operator", "plate": "豫X12345"}
AUDIT = {"event": "clock-stepped", "jump_ms": 4000}


async def test_a_release_s_reason_stands_in_no_other_column(tmp_path: Path) -> None:
    key = new_key(tmp_path / "box.key")
    async with await open_journal(
        tmp_path, site="quarry-1", key=key, new_name=lambda: "j-0", alarm=lambda *_: None
    ) as journal:
        for kind, lane, content in (("weighing", "1", WEIGHING), ("release", "1", RELEASE), ("audit", None, AUDIT)):
            await journal.append(Draft(kind, lane, content, AT, {"synchronised": None, "offset_ms": None}))
    rows = [json.loads(line) for line in weighgate("journal", "list", str(tmp_path), "--json").splitlines()]
    wanted = ("type", "plate", "gross_kg", "outcome", "action", "by", "reason", "event")
    assert [tuple(row[name] for name in wanted) for row in rows] == [
        ("weighing", "豫X12345", 36000, "exceeded", "hold", None, None, None),
        ("release", "豫X12345", None, None, None, "Li", "papers shown", None),
        ("audit", None, None, None, None, None, None, "clock-stepped"),
    ]
    assert "by Li: papers shown" in " ".join(weighgate("journal", "list", str(tmp_path)).split())


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("chinese_calendar", ("central", "central.toml")),
        ("chinese_calendar", ("check", "law/procedure/cn-penalty-law-2021.toml")),
        ("openpyxl", ("report", "2026", "central.toml")),
    ],
)
def test_a_library_that_an_edge_lacks_is_named_with_the_extra_that_brings_it(
    lacking: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    out = ("--out", str(tmp_path / "year.xlsx")) if words[0] == "report" else ()
    tokens = dict.fromkeys(("WEIGHGATE_ADMIN_TOKEN", "WEIGHGATE_TOKEN_QUARRY_1"), "t" * 24)
    bare = f"import sys; sys.modules[{lacking!r}] = None; from weighgate.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", bare, *words, *out],
        cwd=config_dir(), env={**os.environ, **tokens}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"{lacking} is not installed" in done.stderr
    assert done.stderr.rstrip().endswith("pip install 'weighgate[central]'")
