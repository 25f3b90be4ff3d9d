"""docs/law.md says what the law files say: its tables are compared, its samples are executed, its sample file loads."""

import json
import re
from pathlib import Path

import pytest

from gateway.law.amounts import Excess
from gateway.law.measures import Circumstances, Schedule
from gateway.law.penalties import measures_for
from gateway.lawfiles import load_families, load_instruments, load_linkage, load_penalties_dir, load_permits
from gateway.lawfiles.limits import load_versions
from weighgate.explaining import explain
from weighgate.judging import FIELDS, judge_line, load_shipped_laws
from weighgate.own_law import law_files, law_with
from weighgate.permit_fields import KNOWN_FIELDS, PERMIT_FIELDS

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


def rules_of_limits() -> list[str]:
    """One line per clause of every rule set: what it limits, and whether its source was seen."""
    lines = []
    for versions in load_versions(LAW / "limits", ["cn-gb1589@2026"]).values():
        for one in versions:
            found = [(row.clause, f"{row.label}: {row.limit_kg} kg", row.verified) for row in one.rows]
            found += [(each.clause, "air suspension", each.verified) for each in one.air_cases]
            found += [(each.clause, each.field, each.verified) for each in one.dimensions]
            found += [(each.clause, "/".join(each.families), each.verified) for each in one.family_gross]
            found += [
                (each.clause, f"{'/'.join(each.families)}: by {each.to}", each.verified) for each in one.deferrals
            ]
            if one.single_tyres is not None:
                found.append((one.single_tyres.clause, "single tyres", one.single_tyres.verified))
            if one.licence is not None:
                found.append((one.licence.clause, "licence", one.licence.verified))
            if one.axle_loads is not None:
                found.append((one.axle_loads.clause, "axle and group loads", one.axle_loads.verified))
            if one.span is not None:
                found.append((one.span.clause, "axle span", one.span.verified))
            lines += [f"| {one.name} | {clause} | {what} | {sure(known)} |" for clause, what, known in found]
    return list(dict.fromkeys(lines))


def rules_beside_limits() -> list[str]:
    permits = load_permits(LAW / "permits" / "cn-order62-permits.toml")
    found = [(permits.id, one.clause, f"permit: {name}", one.verified) for name, one in permits.clauses.items()]
    found.append(
        (permits.id, permits.classes_clause.clause, "permit: classes I to III", permits.classes_clause.verified)
    )
    found.append((permits.id, permits.refusals_clause.clause, "permit: refusal", permits.refusals_clause.verified))
    families = load_families(LAW / "families" / "cn-default.toml")
    found += [(families.id, one.clause, f"{one.name}: {one.treatment}", one.verified) for one in families.rows]
    found.append((families.id, families.cars.clause, "too-many-cars", families.cars.verified))
    errors = load_instruments(LAW / "instruments" / "cn-in-service.toml")
    found += [(errors.id, one.clause, f"error of class {name}", one.verified) for name, one in errors.classes.items()]
    return [f"| {id_} | {clause} | {what} | {sure(known)} |" for id_, clause, what, known in found]


def sure(verified: bool) -> str:
    return "seen" if verified else "**not verified**"


def test_the_document_lists_every_rule_as_the_files_have_it():
    found = [line for line in TEXT.splitlines() if re.match(r"\| cn-[a-z0-9@-]+ \|", line)]
    assert found == rules_of_limits() + rules_beside_limits()


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


def test_a_province_adds_its_own_file_without_code():
    with law_with({"penalties/cn-xx-sample.toml": SAMPLE_FILE}, ROOT / "config") as config:
        schedules = load_penalties_dir(config / "law" / "penalties")
    over = Circumstances(over_limit=True, mass=(Excess(9_400, 49_000),) * 2)
    local = {one.clause: one for one in measures_for(over, schedules, "transport", jurisdiction="CN-XX")}
    fine = local["cn-xx-highway-2026 art.10"]
    assert (fine.kind, fine.amount_max_yuan, fine.verified) == ("fine", 3_600, False)
    assert "cn-order62-2016 art.43(2)" not in local
    national = {one.clause for one in measures_for(over, schedules, "transport")}
    assert "cn-order62-2016 art.43(2)" in national
    assert "cn-xx-highway-2026 art.10" not in national


def test_a_province_judges_by_its_own_folder_before_the_shipped_law(tmp_path):
    own = tmp_path / "law" / "penalties" / "cn-xx.toml"
    own.parent.mkdir(parents=True)
    own.write_text(SAMPLE_FILE, encoding="utf-8")
    with law_with(law_files([tmp_path / "law"]), ROOT / "config") as config:
        laws = load_shipped_laws(config, jurisdiction="CN-XX")
    line = {"axles": "1+2+3", "body": "articulated", "drive_axles": 2, "gross_kg": 58_400, "divisible": True}
    fines = [one for one in judge_line(json.dumps(line), laws)["penalties"] if one["kind"] == "fine"]
    assert [(one["clause"], one["amount_yuan"]["max"]) for one in fines] == [("cn-xx-highway-2026 art.10", 3_600)]


@pytest.mark.parametrize("fields", [PERMIT_FIELDS, KNOWN_FIELDS, FIELDS], ids=["permit", "known", "line"])
def test_the_document_names_every_field_that_judge_reads(fields):
    missing = [name for name in sorted(fields) if f"`{name}`" not in TEXT]
    assert missing == []
