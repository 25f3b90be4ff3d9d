"""The dossier: four parties, the source of each fact, what is missing, and persons kept apart."""

import json
from dataclasses import replace
from typing import get_args

import pytest

from gateway.core.vehicle import Identity
from gateway.core.verdict import Judgement, Verdict
from gateway.law.dossier import EXPECTED, SOURCES, Completion, Source, dossier, personal_of
from gateway.law.linkage import PARTIES

UNKNOWN = Verdict("undetermined")
SAID = Judgement("r", "0" * 64, Verdict("exceeded"), UNKNOWN, UNKNOWN, (), "hold", "over-limit")
CHECKPOINT = {"id": "s1", "name": "示例站", "kind": "checkpoint"}
WHO = Identity(
    plate="豫A00001",
    colour="yellow",
    source="camera",
    parties={"enterprise": {"name": "示例运输一队"}, "driver": {"name": "张某", "licence": ""}},
)


def test_nobody_known_is_four_parties_with_everything_missing():
    found = dossier(Identity(), SAID, CHECKPOINT)
    assert set(found) == set(PARTIES)
    for party in PARTIES:
        assert not found[party]["identified"]
        assert found[party]["missing"] == list(EXPECTED[party])
        assert found[party]["known"] == found[party]["sources"] == {}


def test_each_fact_has_its_source():
    found = dossier(WHO, SAID, {**CHECKPOINT, "kind": "source-exit"})
    assert found["vehicle"]["sources"] == {"plate": "camera", "colour": "camera"}
    assert found["enterprise"]["sources"] == {"name": "register"}
    assert found["source"]["sources"] == {"id": "site", "name": "site"}
    assert [found[party]["identified"] for party in PARTIES] == [True] * 4


def test_a_person_is_named_by_fact_and_never_by_value():
    later = [
        Completion("driver", "licence", "410000199001010000", "card"),
        Completion("driver", "name", "李某", "officer"),
    ]
    found = dossier(WHO, SAID, CHECKPOINT, later)
    told = json.dumps(found, ensure_ascii=False)
    assert not any(secret in told for secret in ("张某", "李某", "410000199001010000"))
    driver = found["driver"]
    assert (driver["apart"], driver["missing"]) == (["licence", "name"], ["qualification_certificate"])
    assert driver["sources"] == {"name": "register", "licence": "card"}
    assert driver["conflicts"] == [{"fact": "name", "source": "officer"}]
    assert personal_of(later) == {"driver.licence": "410000199001010000", "driver.name": "李某"}


@pytest.mark.parametrize("source", SOURCES)
def test_completions_fill_and_contradictions_stay_beside_what_was_known(source):
    found = dossier(WHO, SAID, CHECKPOINT, [Completion("source", "loading_document", "D-17", source)])
    assert found["source"]["known"] == {"loading_document": "D-17"}
    assert found["source"]["sources"] == {"loading_document": source}
    assert not found["source"]["identified"]
    other = dossier(WHO, SAID, CHECKPOINT, [Completion("enterprise", "name", "示例运输二队", source)])
    assert other["enterprise"]["known"]["name"] == "示例运输一队"
    assert other["enterprise"]["conflicts"] == [{"fact": "name", "source": source, "value": "示例运输二队"}]


def test_clauses_touch_only_whom_the_judgement_names():
    said = SAID._replace(party_clauses={"vehicle": ("cn-reg593-2011 art.66",)})
    found = dossier(WHO, said, CHECKPOINT)
    assert found["vehicle"]["consequence"] == ["cn-reg593-2011 art.66"]
    assert found["driver"]["consequence"] == []
    assert set(SOURCES) == set(get_args(Source))


def test_the_register_s_columns_are_the_parties_facts_and_an_owner_may_be_a_person():
    parties = {
        "vehicle": {"owner": "王某", "owner_id": "o-1"},
        "driver": {"driver": "张某"},
        "enterprise": {"enterprise": "示例运输一队", "enterprise_id": "e-1"},
    }
    found = dossier(replace(WHO, parties=parties), SAID, CHECKPOINT)
    assert found["driver"]["apart"] == ["name"]
    assert found["enterprise"]["known"] == {"name": "示例运输一队", "id": "e-1"}
    assert found["vehicle"]["apart"] == ["owner", "owner_id"]
    assert found["vehicle"]["known"] == {"plate": "豫A00001", "colour": "yellow"}
    assert "王某" not in json.dumps(found, ensure_ascii=False)
