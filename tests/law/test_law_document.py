"""docs/law.md says what the law files say: its tables are compared, its samples are executed, its sample file loads."""

import json
import re
from pathlib import Path

import pytest

from gateway.law.amounts import Excess
from gateway.law.measures import Circumstances, Schedule
from gateway.law.penalties import measures_for
from gateway.lawfiles import load_linkage, load_penalties_dir
from weighgate.explaining import explain
from weighgate.judging import judge_line, load_shipped_laws

ROOT = Path(__file__).resolve().parents[2]
LAW = ROOT / "config" / "law"
TEXT = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
SCHEDULES = load_penalties_dir(LAW / "penalties")
SAMPLES = re.findall(r"```text\n(\{.*\})\n--jurisdiction (\S+) --explain (\S+)\n(.+)\n```", TEXT)
(SAMPLE_FILE,) = re.findall(r"```toml\n(# Sample.*?)```", TEXT, flags=re.DOTALL)


def table_of(schedules: tuple[Schedule, ...]) -> list[str]:
    """One line per clause: where, whom, what, in which modes, and the doubt."""
    lines = []
    for schedule in schedules:
        for one in schedule.measures:
            modes, doubt = ", ".join(one.modes), one.doubt or "verified"
            lines.append(
                f"| {schedule.jurisdiction} | {schedule.id} {one.clause} "
                f"| {one.party} | {one.kind} | {modes} | {doubt} |"
            )
    return list(dict.fromkeys(lines))


def test_the_document_lists_every_measure_as_the_files_have_it():
    found = [line for line in TEXT.splitlines() if re.match(r"\| CN(-[A-Z]+)? \|", line)]
    assert found == table_of(SCHEDULES)


@pytest.mark.parametrize("path", sorted((LAW / "linkage").glob("*.toml")), ids=lambda path: path.stem)
def test_the_document_names_every_linkage_file(path):
    assert f"`{load_linkage(path).id}`" in TEXT


def test_there_are_samples_in_both_languages():
    assert {language for _, _, language, _ in SAMPLES} == {"zh", "en"}


@pytest.mark.parametrize(("line", "place", "language", "said"), SAMPLES)
def test_the_samples_come_out_as_printed(line, place, language, said):
    laws = load_shipped_laws(ROOT / "config", jurisdiction=place)
    text = explain(judge_line(json.dumps(json.loads(line)), laws), language)
    at = 0
    for part in said.split("…"):
        assert part.strip() in text[at:], f"{part.strip()!r} is not said, or not there: {text}"
        at = text.index(part.strip(), at) + len(part.strip())


def test_a_province_adds_its_own_file_without_code(tmp_path):
    for path in (LAW / "penalties").glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "cn-xx-sample.toml").write_text(SAMPLE_FILE, encoding="utf-8")
    schedules = load_penalties_dir(tmp_path)
    over = Circumstances(over_limit=True, mass=(Excess(9_400, 49_000),) * 2)
    local = {one.clause: one for one in measures_for(over, schedules, "transport", jurisdiction="CN-XX")}
    fine = local["cn-xx-highway-2026 art.10"]
    assert (fine.kind, fine.amount_max_yuan, fine.verified) == ("fine", 3_600, False)
    assert "cn-order62-2016 art.43(2)" not in local
    national = {one.clause for one in measures_for(over, schedules, "transport")}
    assert "cn-order62-2016 art.43(2)" in national
    assert "cn-xx-highway-2026 art.10" not in national
