"""The linkage matrix: every combination answered once, a province's amendment over it, and what no table may say."""

import itertools
from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.law.linkage import ENFORCEMENT_MODES, LIST_STATUSES, SITE_KINDS, STATES
from gateway.lawfiles import load_linkage

FOLDER = Path(__file__).resolve().parents[2] / "config" / "law" / "linkage"
DEFAULT = load_linkage(FOLDER / "cn-default.toml")
FILES = sorted(FOLDER.glob("*.toml"))
EVERY = set(itertools.product(SITE_KINDS, ENFORCEMENT_MODES, STATES, LIST_STATUSES))

# site kind      mode                    state         list                 action                  consequence  told
ROWS = """
  source-exit    operator                exceeded      unlisted             hold                    ledger       -
  source-exit    operator                within        certificate-revoked  release                 ledger       priority-check,transport-authority
  checkpoint     transport               exceeded      unlisted             hold                    case         weighing-form,unloading-form,home-authority,source-authority
  checkpoint     police-at-joint-station exceeded      unlisted             hold                    case         weighing-form,unloading-form,police,home-authority,source-authority
  checkpoint     unattended              exceeded      unlisted             hold                    lead         transport-authority,owner-may-answer
  source-exit    operator                over-rating   unlisted             hold                    ledger       -
  checkpoint     transport               over-rating   unlisted             hold                    lead         weighing-form,unloading-form,police
  checkpoint     police-at-joint-station over-rating   unlisted             hold                    case         weighing-form,unloading-form,police
  checkpoint     unattended              over-rating   unlisted             release                 lead         police,owner-may-answer
  toll-entrance  operator                over-rating   unlisted             admit                   ledger       -
  toll-entrance  operator                undetermined-over-rating  unlisted  refuse                 ledger       -
  checkpoint     police-at-joint-station undetermined-over-rating  unlisted  hold                   case         weighing-form,unloading-form,police
  checkpoint     transport               within        watched              release                 ledger       priority-check
  checkpoint     transport               within        unlisted             release                 ledger       -
  toll-entrance  operator                exceeded      unlisted             refuse                  ledger       highway-authority
  toll-entrance  operator                tolerated     unlisted             admit-within-tolerance  ledger       -
  toll-entrance  operator                within        discredited          admit                   ledger       priority-check
  toll-entrance  operator                undetermined  unlisted             refuse                  ledger       -
"""  # noqa: E501 - a table is read across


@pytest.mark.parametrize("row", ROWS.strip().splitlines(), ids=lambda row: " ".join(row.split()[:4]))
def test_the_matrix_reads(row):
    kind, mode, state, listed, action, consequence, told = row.split()
    said = DEFAULT.listed[kind, mode, state, listed]
    assert (said.action, said.consequence) == (action, consequence)
    assert list(said.notices) == ([] if told == "-" else told.split(","))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_shipped_file_answers_every_combination(path):
    linkage = load_linkage(path)
    assert set(linkage.listed) == EVERY
    assert linkage.table == {key[:3]: one for key, one in linkage.listed.items() if key[3] == "unlisted"}
    for response in linkage.listed.values():
        assert bool(response.release_grounds) == (response.action in ("hold", "refuse"))


def test_a_listed_vehicle_within_its_limits_is_checked_and_not_held_by_national_law():
    for (_, _, state, listed), response in DEFAULT.listed.items():
        if state == "within" and listed != "unlisted":
            assert response.action in ("release", "admit")
            assert "priority-check" in response.notices


def test_provinces_amend_what_they_say_and_nothing_else():
    changed = {
        path.stem: {key for key, response in load_linkage(path).listed.items() if response != DEFAULT.listed[key]}
        for path in FILES
    }
    assert changed["cn-default"] == set()
    assert {(kind, state, listed) for kind, _, state, listed in changed["cn-cq"]} == {
        ("toll-entrance", state, "watched") for state in ("within", "presumed", "tolerated")
    }
    assert {(kind, mode) for kind, mode, _, _ in changed["cn-sh"]} == {("checkpoint", "unattended")}
    assert {(kind, mode) for kind, mode, _, _ in changed["cn-zj"]} == {("checkpoint", "unattended")}
    assert {(kind, listed) for kind, _, _, listed in changed["cn-ha"]} == {("source-exit", "certificate-revoked")}
    shanghai = load_linkage(FOLDER / "cn-sh.toml").listed["checkpoint", "unattended", "exceeded", "watched"]
    assert shanghai.notices[-2:] == ("enterprise-within-15-days", "priority-check")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('amends = "cn-default"', 'amends = "cn-missing"', "cannot be read"),
        ('amends = "cn-default"', 'amends = "cn-sh"', "is an amendment itself"),
        ('states = ["within", "presumed", "tolerated"]', 'states = ["within", "within"]', "is answered twice"),
        ('action = "refuse"', 'action = "admit"', "release_grounds"),
        ("jurisdiction", "province", "unknown key"),
    ],
)
def test_a_wrong_amendment_does_not_load(old, new, named, altered, tmp_path):
    for path in FILES:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ConfigError, match=named):
        load_linkage(altered(FOLDER / "cn-cq.toml", old, new))
