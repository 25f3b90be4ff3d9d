"""The benches run, and the page names what they measure. Whether a reach is met, `make bench` says."""

import re
import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "processes"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import durable
import frames
import parsers
import run
import serial_devices
from figures import Bench, Figure, percentile

from drivers.protocol import load_protocols
from drivers.readings import WeightReading

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_has_a_row_for_each_bench_and_no_other() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE))
    assert told == {row.key: row.what for row in run.rows()}


@pytest.mark.parametrize("bench", [frames.BENCH, durable.BENCH], ids=["frames", "durable"])
def test_a_bench_of_one_process_gives_all_its_rows_and_no_complaint(bench: Bench) -> None:
    found = bench.measure(True, lambda _: None)
    assert set(found.figures) == {row.key for row in bench.rows}
    assert all(figure.value > 0 for figures in found.figures.values() for figure in figures)
    assert not [remark for remark in found.remarks if "prove" in remark or "read" in remark]


@pytest.mark.slow
@pytest.mark.timeout(300)  # real processes wait for trucks: on a busy machine two minutes are short
@pytest.mark.needs_mosquitto
@pytest.mark.needs_postgres
@pytest.mark.parametrize("bench", run.BENCHES[2:], ids=lambda bench: bench.rows[0].key)
def test_a_bench_of_real_processes_gives_all_its_rows(bench: Bench) -> None:
    found = bench.measure(True, lambda _: None)
    assert set(found.figures) == {row.key for row in bench.rows}


def test_every_whole_frame_in_noise_is_read() -> None:
    for protocol in frames.BY_HAND:
        found, remarks = frames._rounds(load_protocols()[protocol], 2_000, 1)
        assert found["noise"]
        assert remarks == []


@pytest.mark.parametrize("known", parsers.KNOWN, ids=lambda known: repr(known.brought))
def test_what_a_peer_reads_otherwise_is_read_rightly_here(known: parsers.Known) -> None:
    (protocol,) = [load_protocols()[peer.protocol] for peer in parsers.PEERS if peer.name == known.peer]
    assert parsers.readings_of(protocol, known.brought) == known.ours


def test_the_page_shows_where_a_peer_reads_otherwise() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    for row in parsers.known_rows():
        assert row in page


@pytest.mark.parametrize(
    ("peer", "theirs", "same"),
    [
        ("app-tools-zxw", {"value": "15360.0"}, True),
        ("app-tools-zxw", {"value": "15380.0"}, False),
        ("app-tools-zxw", {"error": "ValueError"}, False),
        ("sartorius", {"value": "15360", "unit": "kg", "stable": True, "net": False}, True),
        ("sartorius", {"value": "15360", "unit": "kg", "stable": True, "net": True}, False),
        ("sartorius", {"value": "15360", "unit": "g", "stable": True, "net": False}, False),
        ("scales-driver-async", {"value": "15360", "unit": "kg", "stable": False}, False),
    ],
)
def test_agreement_is_of_everything_that_the_peer_tells(peer: str, theirs: dict[str, object], same: bool) -> None:
    (one,) = [each for each in parsers.PEERS if each.name == peer]
    ours = WeightReading(Decimal(15360), "kg" if one.units else None, stable=True, net=False)
    assert parsers.agrees(one, ours, theirs) is same


def test_a_frame_that_no_reading_came_of_is_lost_and_the_others_are_late() -> None:
    wrote = {"wrote_ns": [[1_000_000, 51_000_000, 2_000_000_000]]}
    noted = {"heard": [[[1, 3_500_000], [3, 2_000_000_500]]], "from_ns": 0, "to_ns": 2_500_000_000}
    assert serial_devices.late_ms(noted, wrote) == ([2.5], 1)


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("informs", 1.0, "s"), None),
        (Figure("low", 0.9, "×", at_least=1.0), False),
        (Figure("just", 1.0, "×", at_least=1.0), True),
        (Figure("late", 50.1, "ms", at_most=50.0), False),
        (Figure("none lost", 0, "", at_least=0, at_most=0), True),
        (Figure("more than sent", -1, "", at_least=0, at_most=0), False),
    ],
)
def test_a_figure_knows_whether_it_is_met(figure: Figure, met: bool | None) -> None:
    assert figure.met is met


def test_a_percentile_is_one_that_was_seen() -> None:
    assert percentile([float(one) for one in range(1, 101)], 99) == 99
    assert percentile([5.0], 50) == 5.0
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
