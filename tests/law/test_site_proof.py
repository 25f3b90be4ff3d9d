"""What a site's own scale proves in its entries: class, interval and certificate of the lane that weighed."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.choices import build_law, instrument_of, judge_on
from gateway.core.effects import Record
from gateway.core.grouping import group
from gateway.core.vehicle import Identity, Measurement, Vehicle
from gateway.errors import ConfigError
from gateway.law.faults import faults_of
from gateway.law.proof import prove
from gateway.lawfiles import load_instruments
from gateway.records import weighing
from gateway.settings import load_site

CONFIG = Path(__file__).resolve().parents[2] / "config"
TABLE = load_instruments(CONFIG / "law" / "instruments" / "cn-in-service.toml")
TRUCK = Vehicle((1, 2, 3), "articulated", 2)
LOADS = (7_000, 9_000, 9_000, 9_000, 9_000, 9_000)  # 52 000 kg


@pytest.mark.parametrize(
    ("site", "day", "loads", "proven", "reason"),
    [
        ("quarry", date(2027, 12, 31), None, "proven_over", None),
        ("quarry", date(2028, 1, 1), None, "inconclusive", "certificate-expired"),
        ("station", date(2027, 12, 31), LOADS, "proven_over", None),
        ("station", date(2027, 12, 31), None, "inconclusive", "unknown-number-of-weighings"),
    ],
)
def test_an_entry_says_what_its_scale_proves(site, day, loads, proven, reason):
    settings = load_site(CONFIG / "sites" / f"{site}.toml")
    lane, found = settings.lanes[0], Measurement(52_000, loads)
    said = judge_on(day, TRUCK, found, build_law(settings, CONFIG))
    content = weighing(
        Record(1, Identity("豫A00002", vehicle=TRUCK), found, said, 0, 900),
        lane,
        settings.site,
        settled_at=datetime.now(UTC),
        parent=None,
        dossier={},
        instrument_expired=lane.scale.valid_until < day,
        proofs=prove(said, found.gross_kg, instrument_of(lane, found, day), TABLE),
    )
    road = content["judgement"]["road_limit"]
    assert (road["outcome"], road["proof"], road["proof_by"]["reason"]) == ("exceeded", proven, reason)
    assert content["judgement"]["action"] == "hold"


def test_a_scale_without_a_certificate_proves_nothing():
    lane = load_site(CONFIG / "sites" / "quarry.toml").lanes[0]
    bare = lane.model_copy(update={"scale": lane.scale.model_copy(update={"certificate": " "})})
    assert instrument_of(bare, Measurement(52_000), date(2026, 11, 21)).certificate == "missing"


@pytest.mark.parametrize(("spacing", "loads"), [(1_799, False), (1_800, True), (2_300, True), (2_301, False)])
def test_a_site_groups_axles_as_law_believes_them(spacing, loads, tmp_path):
    text = (CONFIG / "sites" / "station.toml").read_text(encoding="utf-8")
    file = tmp_path / "site.toml"
    file.write_text(text.replace("group_spacing_mm = 2100", f"group_spacing_mm = {spacing}"), encoding="utf-8")
    if not loads:
        with pytest.raises(ConfigError, match="group_spacing_mm"):
            load_site(file)
        return
    threshold_mm = load_site(file).lanes[0].passage.group_spacing_mm
    for gap in range(500, 3_000, 100):
        spacings = (3_300, gap, 6_500)
        assert faults_of(Vehicle(group(spacings, threshold_mm)), Measurement(30_000, None, spacings), 20, 10) == ()
