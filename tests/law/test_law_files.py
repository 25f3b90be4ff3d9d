"""A law file with a fault does not load, and says where the fault is; one case per kind of fault."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.lawfiles import choose_limits, load_limits, load_limits_dir, load_linkage, load_penalties
from weighgate.own_law import law_with

LAW = Path(__file__).resolve().parents[2] / "config" / "law"
ANNEX = LAW / "limits" / "cn-annex124-2016.toml"
ORDER_62 = LAW / "limits" / "cn-order62-2016.toml"
LINKAGE = LAW / "linkage" / "cn-default.toml"
ART_43 = LAW / "penalties" / "cn-order62-art43.toml"
HENAN = LAW / "penalties" / "cn-ha-henan.toml"
POINTS = LAW / "penalties" / "cn-points-rules.toml"

# file, loader, what is replaced (once), by what, what the message must name
FAULTS = [
    (ANNEX, load_limits, "limit_kg = 42000", "limit_kg = 43000", ["examples[13]", "42000", "43000"]),
    (ANNEX, load_limits, 'layout = "1+1+3"\nlimit', 'layout = "1+1+4"\nlimit', ["articulated 1+1+3", "not matched"]),
    (ANNEX, load_limits, 'layout = "2+1+3"\nlimit', 'layout = "1+1+3"\nlimit', ["matched twice: 55 and 67"]),
    (ANNEX, load_limits, 'drive_axles = "single"\n', "", ["matched twice: 61 and 62"]),
    (ANNEX, load_limits, "deduct_kg", "deduct_lb", ["single_tyres.deduct_lb", "unknown key", "deduct_kg"]),
    (ANNEX, load_limits, "[licence]", "[license]", ["license", "unknown key", "licence"]),
    (ANNEX, load_limits, 'bodies = ["rigid"]', 'bodies = ["van"]', ["air_suspension[0].bodies[0]", "'van'", "'rigid'"]),
    (ANNEX, load_limits, "limit_kg = 18000", "limit_kg = -1", ["limits[0].limit_kg", "-1"]),
    (ANNEX, load_limits, "limit_kg = 18000", "limit_kg = 18000.5", ["limits[0].limit_kg", "18000.5"]),
    (ANNEX, load_limits, 'id = "31"', 'id = "21"', ["id '21' is used twice"]),
    (ANNEX, load_limits, "valid_from", "valid_until = 2016-01-01\nvalid_from", ["valid_until", "before valid_from"]),
    (ANNEX, load_limits, 'clause = "drawing 21"\n', "", ["limits[0].clause", "is missing"]),
    (ANNEX, load_limits, 'layout = "1+2"\nlimit', 'layout = "1-2"\nlimit', ["limits[3].layout", "'1-2'"]),
    (ANNEX, load_limits, "add_kg = 1000\n", "", ["air_suspension[0]", "add_kg and limit_kg"]),
    (ANNEX, load_limits, 'id = "21"', "id = ", ["is not TOML"]),
    (ORDER_62, load_limits, "axles = [5, 5]", "axles = [5, 6]", ["matched twice: train-5 and train-6-several"]),
    (
        ORDER_62,
        load_limits,
        "axles = [5, 5]",
        "axles = [4, 4]",
        ["matched twice", "articulated 1+1+1+1+1 (5 axles", "not matched"],
    ),
    (ORDER_62, load_limits, "below_mm = 1300", "below_mm = 900", ["axle_loads.tandem", "must rise"]),
    (ORDER_62, load_limits, "single_tyres_kg = 7000", "single_tyres_kg = 8000", ["examples[9]"]),
    (ANNEX, load_limits, "axles = [3, 6], groups = [3, 3]", "axles = [6, 3], groups = [3, 3]", ["axles", "backwards"]),
    (
        ANNEX,
        load_limits,
        "axles = [3, 6], groups = [3, 3]",
        "axles = [3, 5], groups = [3, 3]",
        ["1+2+3", "does not fit"],
    ),
    (
        ANNEX,
        load_limits,
        "axles = [4, 6], groups = [4, 4]",
        "axles = [4, 6], groups = [2, 3]",
        ["drawbar", "does not fit"],
    ),
    (LINKAGE, load_linkage, 'action = "hold"', 'action = "release"', ["source-exit", "undetermined", "never admitted"]),
    (
        LINKAGE,
        load_linkage,
        'states = ["undetermined", "undetermined-over-rating"]\naction = "refuse"',
        'states = ["undetermined", "undetermined-over-rating"]\naction = "admit"',
        ["toll-entrance", "never admitted"],
    ),
    (
        LINKAGE,
        load_linkage,
        'states = ["exceeded"]\naction = "refuse"',
        'states = ["exceeded"]\naction = "admit-within-tolerance"',
        ["toll-entrance", "exceeded", "never admitted"],
    ),
    (LINKAGE, load_linkage, 'states = ["within", "presumed"]', 'states = ["within"]', ["source-exit", "not answered"]),
    (LINKAGE, load_linkage, 'states = ["undetermined"]', 'states = ["undetermined", "within"]', ["answered twice"]),
    (LINKAGE, load_linkage, 'action = "release"', 'action = "wave"', ["responses[0].action", "'wave'", "'release'"]),
    (LINKAGE, load_linkage, "driver = [", "pilot = [", ["parties.pilot", "'pilot'"]),
    (LINKAGE, load_linkage, 'consequence = "lead"', 'consequence = "case"', ["operator", "opens a case"]),
    (
        LINKAGE,
        load_linkage,
        "release_grounds = [",
        'release_grounds = ["waved-through", ',
        ["'waved-through'", "'permit'"],
    ),
    (LINKAGE, load_linkage, 'notices = ["weighing-form"', 'notices = ["newspaper"', ["notices[0]", "'newspaper'"]),
    (LINKAGE, load_linkage, 'action = "release"', 'action = "hold"', ["source-exit", "release_grounds"]),
    (
        LINKAGE,
        load_linkage,
        'states = ["undetermined"]',
        'states = ["undetermined"]\nlists = ["watched"]',
        ["unlisted", "not"],
    ),
    (ART_43, load_penalties, "yuan = 500", "yuan = 600", ["examples[2]", "carrier fine 500", "carrier fine 600"]),
    (ART_43, load_penalties, "cap_yuan = 30000", "cap_yuan = 31000", ["examples[7]", "30500"]),
    (ART_43, load_penalties, "{ min_yuan = 1000", "{ width_mm = 9000, min_yuan = 1000", ["last tier must be open"]),
    (ART_43, load_penalties, '"floor"', '"ceiling"', ["examples[2]", "carrier fine 1000"]),
    (ART_43, load_penalties, '"floor"', '"nearest"', ["measures[1].step.rounding", "'nearest'", "'floor'"]),
    (ART_43, load_penalties, 'kind = "warning"', 'kind = "fine"', ["measures[0]", "a fine has one of"]),
    (ART_43, load_penalties, 'party = "carrier"', 'party = "vehicle"', ["measures[0]", "only loses its certificate"]),
    (ART_43, load_penalties, "verified = false", "verified = true", ["measures[1]", "doubt"]),
    (ART_43, load_penalties, "verified = true", "verified = false", ["measures[0]", "doubt"]),
    (ART_43, load_penalties, "through_kg = 1000", "through_t = 1", ["measures[0].through_t", "unknown key"]),
    (
        ART_43,
        load_penalties,
        "valid_from",
        "valid_until = 2016-01-01\nvalid_from",
        ["valid_until", "before valid_from"],
    ),
    (ART_43, load_penalties, 'jurisdiction = "CN"', 'jurisdiction = "Henan"', ["jurisdiction", "'Henan'"]),
    (HENAN, load_penalties, '"source-released"', '"source-let-out"', ["measures[1].facts[0]", "'source-let-out'"]),
    (HENAN, load_penalties, "more_than = 30", "more_than = 34", ["examples[6]", "enterprise revocation", "nothing"]),
    (POINTS, load_penalties, "from_percent = 30", "above_percent = 30", ["examples[3]", "driver points 3"]),
    (POINTS, load_penalties, "points = 6", "", ["measures[0]", "points"]),
]


@pytest.mark.parametrize(
    ("path", "load", "old", "new", "named"), FAULTS, ids=[f"{f[0].stem}: {f[3]!r}" for f in FAULTS]
)
def test_a_wrong_file_does_not_load(
    path: Path,
    load: Callable[[Path], object],
    old: str,
    new: str,
    named: list[str],
    altered: Callable[[Path, str, str], Path],
):
    wrong = altered(path, old, new)
    with pytest.raises(ConfigError) as caught:
        load(wrong)
    assert str(wrong) in str(caught.value)
    assert all(part in str(caught.value) for part in named), str(caught.value)


def test_all_faults_come_at_once(tmp_path: Path):
    text = ANNEX.read_text(encoding="utf-8").replace("limit_kg = 18000", "limit_kg = 0", 1).replace("deduct_kg", "x", 1)
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    (tmp_path / "b.toml").write_text("[", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_limits_dir(tmp_path)
    assert sum(fault.startswith("a.toml: ") for fault in caught.value.faults) == 3  # missing, unknown, out of range
    assert sum(fault.startswith("b.toml: ") for fault in caught.value.faults) == 1


def test_one_id_is_one_file(tmp_path: Path):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_bytes(ANNEX.read_bytes())
    with pytest.raises(ConfigError, match="already another file's"):
        load_limits_dir(tmp_path)


def test_a_missing_directory_or_file_says_so(tmp_path: Path):
    with pytest.raises(ConfigError, match="holds no law file"):
        load_limits_dir(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_limits(tmp_path / "none.toml")


def test_a_file_in_another_encoding_is_told_so(tmp_path: Path):
    path = tmp_path / "annex.toml"
    path.write_bytes("# 限值".encode("gbk"))
    with pytest.raises(ConfigError, match="is not UTF-8 at byte 2; save it as UTF-8"):
        load_limits(path)


def test_the_content_hash_is_of_the_bytes_on_disk():
    assert load_limits(ANNEX).sha256 == sha256(ANNEX.read_bytes()).hexdigest()
    assert load_linkage(LINKAGE).sha256 == sha256(LINKAGE.read_bytes()).hexdigest()
    assert load_penalties(ART_43).sha256 == sha256(ART_43.read_bytes()).hexdigest()


def test_the_annex_has_twenty_six_drawings():
    assert len(load_limits(ANNEX).rows) == 26


def test_a_tolerance_of_no_rule_set_is_told() -> None:
    linkage = LINKAGE.read_text(encoding="utf-8").replace('rule_set = "cn-annex124-2016"', 'rule_set = "cn-annex"', 1)
    with law_with({"linkage/cn-default.toml": linkage}, LAW.parent) as config, pytest.raises(ConfigError) as caught:
        choose_limits(config / "law", "cn-order62-2016")
    assert "tolerances: 'cn-annex' is no rule set; known: cn-annex124-2016, cn-gb1589" in str(caught.value)
