"""Site files: every shipped one loads; a wrong one lists every fault at once, with its path and what is known."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigError
from gateway.register import load_register
from gateway.settings import load_site, parse_site
from gateway.site_rules import cross_faults
from weighgate.shipped import config_dir

SITES = sorted((config_dir() / "sites").glob("*.toml"))


@pytest.mark.parametrize("file", SITES, ids=lambda path: path.stem)
def test_every_shipped_site_loads(file: Path) -> None:
    site = load_site(file)
    assert site.lanes
    assert load_register(Path(site.register_.vehicles))


def test_all_faults_come_at_once_with_path_value_and_known_values(tmp_path: Path) -> None:
    text = (config_dir() / "sites" / "quarry.toml").read_text(encoding="utf-8")
    text = text.replace('kind = "source-exit" ', 'kind = "quarry"').replace('unit = "kg"', 'unit = "kgs"', 1)
    text = text.replace("clear_ms = 500 ", "clear = 500", 1)
    file = tmp_path / "wrong.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_site(file)
    said = str(caught.value)
    assert "site.kind: 'quarry'; known: 'source-exit', 'checkpoint', 'toll-entrance'" in said
    assert "lanes[0].scale.unit: 'kgs'; known: 'kg', 'g', 't', 'lb'" in said
    assert "lanes[0].passage.clear: unknown key" in said
    assert "lanes[0].passage.clear_ms: is missing" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('bus = "io"', 'bus = "oi"'), "lanes[0].io.bus: unknown 'oi'; known: io"),
        (('id = "2"', 'id = "1"'), "lanes: id '1' is used twice"),
        ((", barrier_closed = 3 }", " }"), "barrier needs io.inputs.barrier_closed"),
        (("loop_entry = 0, ", ""), 'whole_vehicle = "loops" needs io.inputs.loop_entry and loop_exit'),
        (("baudrate=9600", "baudrate=9600 "), "lanes[0].scale.url"),
        (("[site]", "[site"), "is not TOML"),
        (("scale-2?baudrate=9600", "scale-1?baudrate=1200"), "lanes[1].scale: the wire on /tmp/weighgate/quarry"),
        (("sign-2?", "scale-1?"), "scale-1 is lanes[0].scale's already"),
        (("sign-2?", "io?"), "lanes[1].sign: the wire on /tmp/weighgate/quarry-1/io is lanes[0].io"),
        (("unit = 2", "unit = 1"), "lanes[1].io.outputs.barrier_open: output 0 of unit 1 on /tmp/"),
    ],
    ids=["bus", "twice", "barrier", "loops", "url", "toml", "scale", "sign", "bus-sign", "relay"],
)  # fmt: skip
def test_a_fault_names_its_place(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    text = (config_dir() / "sites" / "quarry.toml").read_text(encoding="utf-8")
    assert change[0] in text
    file = tmp_path / "site.toml"
    file.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigError, match=r".") as caught:
        load_site(file)
    assert said in str(caught.value)


def test_what_may_share_a_wire_may(tmp_path: Path) -> None:
    """Modbus scales and boards by their units, one board's relays by their numbers, and signs that are only told."""
    text = (config_dir() / "sites" / "quarry.toml").read_text(encoding="utf-8")
    head, lane, rest = text.rpartition('[[lanes]]\nid = "2"')
    rest = rest.replace("unit = 2\n", "unit = 1\n").replace("sign-2?", "sign-1?").replace("scale-2?", "io?")
    for role, number in (("barrier_open = 0", 4), ("barrier_close = 1", 5), ("lamp_red = 2", 6), ("lamp_green = 3", 7)):
        before, outputs, after = rest.partition("outputs = {")
        rest = before + outputs + after.replace(role, f"{role[:-1]}{number}", 1)
    rest = rest.replace('protocol = "yaohua-continuous-0"', 'protocol = "modbus:laumas"\nunit_id = 9')
    (tmp_path / "site.toml").write_text(head + lane + rest, encoding="utf-8")
    assert len(load_site(tmp_path / "site.toml").lanes) == 2
    (tmp_path / "site.toml").write_text((head + lane + rest).replace("unit_id = 9", "unit_id = 1"), encoding="utf-8")
    with pytest.raises(ConfigError, match="unit 1 on /tmp/weighgate/quarry-1/io is lanes"):
        load_site(tmp_path / "site.toml")


@pytest.mark.parametrize(
    ("other", "shared"),
    [("tcp://10.0.0.6:4001/", False), ("tcp://10.0.0.5:4002", False), ("tcp://10.0.0.5:4001", True)],
)
def test_one_wire_is_one_address_however_it_is_written(other: str, shared: bool) -> None:
    document = tomllib.loads((config_dir() / "sites" / "quarry.toml").read_text(encoding="utf-8"))
    document["lanes"][0]["scale"]["url"], document["lanes"][1]["scale"]["url"] = "tcp://10.0.0.5:4001/", other
    assert any("lanes[1].scale: the wire on" in fault for fault in cross_faults(document)) == shared


def test_a_site_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_site(tmp_path / "none.toml")


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(
    where=st.sampled_from(["site", "law", "central", "storage", "web", "register", "lanes", "buses"]), what=json_like
)
def test_nonsense_is_a_config_error_and_nothing_else(where: str, what: object) -> None:
    document = tomllib.loads((config_dir() / "sites" / "quarry.toml").read_text(encoding="utf-8"))
    document[where] = what
    try:
        parse_site(document, Path("site.toml"))
    except ConfigError as error:
        assert error.faults  # noqa: PT017 - either it loads or it says why


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("豫A1,yellow,lorry,,,,,,,,,,,,", "row 2, body: 'lorry'; known: rigid"),
        ("豫A1,yellow,rigid,2+x,,,,,,,,,,,", "row 2, '2+x' is not an axle layout"),
        ("豫A1,yellow,rigid,1+1,,2/4/4,,,,,,,,,", "row 2, tyres: 3 axles, but layout 1+1 has 2"),
        ("豫A1,yellow,rigid,1+1,one,,,,,,,,,,", "row 2, drive_axles: 'one' is not a whole number"),
        ("豫A1,yellow,,,,,,,,,,,,,\n豫A1,yellow,,,,,,,,,,,,,", "row 3, plate: 豫A1 yellow stands twice"),
        ("豫A1,yellow,,,,,,,,,,,,,\n豫a·１,yellow,,,,,,,,,,,,,", "row 3, plate: 豫A1 yellow stands twice"),
        (",yellow,,,,,,,,,,,,,", "row 2, plate: '' is no plate"),
        ("豫A-1/x,yellow,,,,,,,,,,,,,", "row 2, plate: '豫A-1/x' is no plate"),
        ("豫A1,黄,,,,,,,,,,,,,", "row 2, colour: '黄'; known: blue, yellow, green, yellow-green, black, white"),
        ("豫A1,unknown,,,,,,,,,,,,,", "row 2, colour: 'unknown'; known: blue"),
        ("豫A1,yellow,rigid,1+1,0,,,,,,,,,,", "row 2, drive_axles: '0'; leave it empty where it is not known"),
        ("豫A1,yellow,rigid,1+1,,,,0,,,,,,,", "row 2, licence_gross_kg: '0'; leave it empty where it is not known"),
        ("豫A1,yellow,rigid,1+1,,,,,0,8000,,,,,", "row 2, rated_load_kg: '0'; leave it empty where it is not known"),
        ("豫A1,yellow,rigid,1+1,,,,,9000,0,,,,,", "row 2, kerb_kg: '0'; leave it empty where it is not known"),
        ("豫A1", "row 2, colour: is missing"),
    ],
)
def test_a_wrong_register_row_names_itself(tmp_path: Path, row: str, said: str) -> None:
    header = (config_dir() / "sites" / "vehicles.csv").read_text(encoding="utf-8").splitlines()[0]
    file = tmp_path / "vehicles.csv"
    file.write_text(f"{header}\n{row}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_register(file)
    assert said in str(caught.value)


def test_a_register_may_write_plates_as_people_do(tmp_path: Path) -> None:
    header = (config_dir() / "sites" / "vehicles.csv").read_text(encoding="utf-8").splitlines()[0]
    file = tmp_path / "vehicles.csv"
    file.write_text(f"{header}\n豫a·１2345 ,yellow,rigid,1+1,1,,,,,,,,,,\n", encoding="utf-8")
    assert list(load_register(file)) == [("豫A12345", "yellow")]
