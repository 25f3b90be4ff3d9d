"""A clause as a paper names it, for every clause of the penalty files."""

import re

import pytest

from central.cases.citing import cited, numeral
from gateway.lawfiles import load_penalties_dir
from weighgate.shipped import config_dir

SCHEDULES = load_penalties_dir(config_dir() / "law" / "penalties")
TITLES = {one.id: one.title for one in SCHEDULES}


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("cn-order62-2016 art.43(2)", "《超限运输车辆行驶公路管理规定》第四十三条第（二）项"),
        ("cn-reg593-2011 art.66", "《公路安全保护条例》第六十六条"),
        ("cn-ha-overload-2018 art.14-15", "《河南省治理货物运输车辆超限超载条例》第十四条至第十五条"),
        ("cn-gd-transport-2021 公路条例 art.51", "《广东省公路条例》第五十一条"),
        ("cn-gd-transport-2021 art.51", "cn-gd-transport-2021 art.51"),
        ("cn-discredit-2017 criterion 5", "cn-discredit-2017 criterion 5"),
        ("《某条例》第三条", "《某条例》第三条"),
        ("elsewhere art.3", "elsewhere art.3"),
        ("cn-reg593-2011 art.0", "cn-reg593-2011 art.0"),
    ],
)
def test_a_clause_is_named_by_its_law(clause: str, said: str) -> None:
    assert cited(clause, TITLES) == said


def test_no_clause_of_the_penalty_files_is_left_a_code() -> None:
    clauses = {f"{one.id} {measure.clause}" for one in SCHEDULES for measure in one.measures}
    left = {clause for clause in clauses if re.search("[a-z]", cited(clause, TITLES))}
    assert {clause.partition(" ")[0] for clause in left} == {"cn-discredit-2017"}


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "一"),
        (10, "十"),
        (12, "十二"),
        (43, "四十三"),
        (60, "六十"),
        (105, "一百零五"),
        (110, "一百一十"),
        (999, "九百九十九"),
    ],
)
def test_a_number_is_written_in_chinese(number: int, said: str) -> None:
    assert numeral(number) == said
