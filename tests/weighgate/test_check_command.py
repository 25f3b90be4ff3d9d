"""What check says: every fault of a file in one round, in our own words, and warnings that stop nobody."""

import shutil
import subprocess
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import ConfigError
from weighgate.checking import check_file, site_faults
from weighgate.shipped import config_dir

TODAY = date(2026, 11, 23)
QUARRY = config_dir() / "sites" / "quarry.toml"
PYDANTIC = ("Input should", "String should", "Field required", "valid dictionary", "Value error", "type=", "pydantic")


def site(folder: Path, *changes: tuple[str, str]) -> Path:
    text = QUARRY.read_text(encoding="utf-8")
    (folder / "vehicles.csv").write_bytes((QUARRY.parent / "vehicles.csv").read_bytes())
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return folder / "site.toml"


def test_every_fault_comes_in_one_round(tmp_path: Path) -> None:
    """Shape, what does not fit together, law, register, protocols and maps: a second check finds nothing new."""
    (tmp_path / "bad.csv").write_text("plate\n", encoding="utf-8")
    file = site(
        tmp_path,
        ('unit = "kg"', 'unit = "kgs"'),
        ('limits = "cn-annex124-2016"', 'limits = "cn-2099"'),
        ('vehicles = "vehicles.csv"', 'vehicles = "bad.csv"'),
        ('id = "2"\n', 'id = "1"\n'),
        ('map = "waveshare-8ch"', 'map = "laumas"'),
        ('scale-2?baudrate=9600"\nprotocol = "yaohua-continuous-0"', 'scale-2?baudrate=ten"\nprotocol = "yaohua"'),
        ('bus = "io"\nunit = 2', 'bus = "oi"\nunit = 2'),
    )
    with pytest.raises(ConfigError) as caught:
        check_file(file, config_dir(), TODAY)
    said = str(caught.value)
    for part in (
        "lanes[0].scale.unit: 'kgs'; known: 'kg', 'g', 't', 'lb'",
        "law.limits: 'cn-2099'; known: cn-annex124-2016",
        "register.vehicles: the first row must be: plate,",
        "lanes: id '1' is used twice",
        "lanes[0].io.map: 'laumas' is a scale's map",
        "lanes[1].scale.url: ",
        "baudrate 'ten' is not a whole number",
        "lanes[1].scale.protocol: ",
        "lanes[1].io.bus: unknown 'oi'; known: io",
    ):
        assert part in said, said


def test_running_totals_belong_to_an_axle_lane(tmp_path: Path) -> None:
    totals = 'protocol = "mcgs"'
    platform, axle = site(tmp_path, ('protocol = "yaohua-continuous-0"', totals)), tmp_path / "station.toml"
    with pytest.raises(ConfigError, match="which only a lane of kind axle takes"):
        check_file(platform, config_dir(), TODAY)
    text = QUARRY.with_name("station.toml").read_text(encoding="utf-8").replace('protocol = "modbus:laumas"', totals)
    axle.write_text(text, encoding="utf-8")
    assert "axle: mcgs in kg" in "\n".join(check_file(axle, config_dir(), TODAY).lines)


WRONG = [
    (('kind = "platform" ', "kind = 3 "), "lanes[0].kind: 3; known: 'platform', 'axle'"),
    (("stale_ms = 2000", 'stale_ms = "soon"'), "lanes[0].scale.stale_ms: 'soon' is not a whole number"),
    (("stale_ms = 2000", "stale_ms = 1"), "lanes[0].scale.stale_ms: 1 must be 200 or more"),
    (("valid_until = 2027-12-31", 'valid_until = "never"'), "lanes[0].scale.valid_until: 'never' is not a date"),
    (('region = "410000"', 'region = "Henan"'), "site.region: 'Henan' is not six digits"),
    (('id = "quarry-1"', 'id = "Quarry 1"'), "site.id: 'Quarry 1' is not a name of a-z, 0-9 and dashes"),
    (('name = "示例采石场出口"', "name = 7"), "site.name: 7 is not text"),
    (('public_key = ""', 'public_key = "abc"'), "central.public_key: 'abc' is not 64 hex digits"),
    (('http = "http://127.0.0.1:8700"', 'http = "ftp://x"'), "central.http: 'ftp://x' is not http://… or https://…"),
    (('bind = "127.0.0.1:8701"', 'bind = "8701"'), "web.bind: '8701' is not HOST:PORT"),
    (('bind = "127.0.0.1:8701"', 'bind = "127.0.0.1:70000"'), "web.bind: '127.0.0.1:70000' is not HOST:PORT"),
    (("inputs = { loop_entry = 0", "inputs = { loop_entrance = 0"), "io.inputs.loop_entrance: 'loop_entrance'; known"),
    (("loop_entry = 0", "loop_entry = 90"), "90 is not on this board; known: 0 to 7"),
    (("[lanes.barrier]", "[lanes.barriers]"), "lanes[0].barriers: unknown key; known: id, kind"),
    (('unit = "kg"  ', 'unit = "kg"\noptions = { x = 1.5 }  '), "lanes[0].scale.options.x: 1.5 is not"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said.split(":")[0] for _, said in WRONG])
def test_a_fault_is_told_in_our_own_words(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_file(site(tmp_path, change), config_dir(), TODAY)
    assert said in str(caught.value)
    assert not [word for word in PYDANTIC if word in str(caught.value)], str(caught.value)


values = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)


@settings(deadline=None)
@given(value=values, where=st.sampled_from(["site", "lanes", "buses", "register", "law", "storage", "plaza"]))
def test_no_shape_ends_a_check_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, value: object, where: str
) -> None:
    document = tomllib.loads(QUARRY.read_text(encoding="utf-8")) | {where: value}
    said = site_faults(document, tmp_path_factory.getbasetemp() / "site.toml", config_dir())
    assert not [word for word in PYDANTIC if word in "\n".join(said)]


def test_a_certificate_that_ends_is_a_warning(tmp_path: Path) -> None:
    soon, gone = TODAY + timedelta(days=30), TODAY - timedelta(days=1)
    file = site(tmp_path, ("valid_until = 2027-12-31", f"valid_until = {soon}"), ("2027-12-31", str(gone)))
    found = check_file(file, config_dir(), TODAY)
    assert f"lanes[0].scale.valid_until: {soon}: the certificate ends in 30 days; renew it" in found.warnings
    assert any(
        one.startswith(f"lanes[1].scale.valid_until: {gone}: the certificate has ended") for one in found.warnings
    )
    assert any(one.startswith("central.public_key: is empty") for one in found.warnings)


def test_a_storage_that_cannot_be_used_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "flat").write_bytes(b"")
    found = check_file(site(tmp_path, ('dir = "var/quarry-1"', 'dir = "flat/quarry-1"')), config_dir(), TODAY)
    assert any(one.startswith(f"storage.dir: {tmp_path}/flat/quarry-1 cannot be used") for one in found.warnings)
    assert not any("storage" in one for one in check_file(site(tmp_path), config_dir(), TODAY).warnings)


def test_warnings_end_well_and_faults_do_not(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "weighgate", "check"]
    warned = subprocess.run([*command, str(QUARRY)], capture_output=True, text=True, check=False)
    assert warned.returncode == 0
    assert "warning: central.public_key: is empty" in warned.stderr + warned.stdout
    (tmp_path / "a.toml").write_text("[site]\n", encoding="utf-8")
    wrong = subprocess.run(
        [*command, str(tmp_path / "a.toml"), str(QUARRY)], capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2
    assert "quarry-1" in wrong.stdout


def test_a_site_without_box_keys_at_central_is_a_warning() -> None:
    (told,) = check_file(config_dir() / "central.toml", config_dir(), TODAY).warnings
    assert "sites[0].box_keys: is empty" in told
    assert "weighgate keys enrol" in told


def own_file(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "own.toml").write_text(text, encoding="utf-8")
    return folder / "own.toml"


def test_an_amendment_is_checked_with_the_shipped_matrix_that_it_amends(tmp_path: Path) -> None:
    shipped = (config_dir() / "law" / "linkage" / "cn-zj.toml").read_text(encoding="utf-8")
    right = own_file(tmp_path / "linkage", shipped.replace('"cn-zj"', '"cn-xx"').replace("CN-ZJ", "CN-XX"))
    assert check_file(right, config_dir(), TODAY).lines == [f"{right}: linkage matrix cn-xx"]


def test_a_schedule_is_checked_beside_the_shipped_ones(tmp_path: Path) -> None:
    shipped = (config_dir() / "law" / "penalties" / "cn-zj-zhejiang.toml").read_text(encoding="utf-8")
    apart = shipped.replace('id = "cn-zj-highway-2020"', 'id = "cn-xx-highway-2020"', 1)
    wrong = own_file(tmp_path / "penalties", apart.replace("cn-order62-2016 art.43(2)", "cn-order62-2016 art.99"))
    with pytest.raises(ConfigError, match=r"'cn-order62-2016 art\.99' is no measure's clause"):
        check_file(wrong, config_dir(), TODAY)


def test_a_rule_set_is_checked_beside_the_shipped_ones(tmp_path: Path) -> None:
    shipped = (config_dir() / "law" / "limits" / "cn-annex124-2016.toml").read_text(encoding="utf-8")
    apart = shipped.replace('id = "cn-annex124-2016"', 'id = "cn-xx-2026"', 1)
    right = own_file(tmp_path / "limits", apart)
    told = check_file(right, config_dir(), TODAY).lines
    assert told == [f"{right}: rule set cn-xx-2026, its worked examples hold"]
    wrong = own_file(tmp_path / "limits", apart.replace('undrawn_by = "cn-gb1589"', 'undrawn_by = "cn-xx-2026"'))
    with pytest.raises(ConfigError, match=r"own\.toml: undrawn_by: cn-xx-2026 -> cn-xx-2026 is a ring"):
        check_file(wrong, config_dir(), TODAY)


def test_a_law_file_outside_its_folder_is_told_where_it_belongs(tmp_path: Path) -> None:
    shipped = (config_dir() / "law" / "penalties" / "cn-order62-art43.toml").read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match=r"folder that says what it is: documents, .*penalties"):
        check_file(own_file(tmp_path / "mine", shipped), config_dir(), TODAY)


def test_a_central_is_checked_with_the_law_that_it_names(tmp_path: Path) -> None:
    shutil.copytree(config_dir() / "law", tmp_path / "law")
    own_file(tmp_path / "law" / "penalties", "id = 1\n")
    text = (config_dir() / "central.toml").read_text(encoding="utf-8")
    file = tmp_path / "central.toml"
    file.write_text(text.replace("[central]\n", '[central]\nlaw_dir = "law"\n', 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"own\.toml: measures: is missing"):
        check_file(file, config_dir(), TODAY)
