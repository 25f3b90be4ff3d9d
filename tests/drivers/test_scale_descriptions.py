"""What each protocol says of itself: complete, honest about its proof, and with a sample that a site can paste."""

import tomllib

import pytest

from drivers.description import UNVERIFIED
from drivers.link import parse_link_url
from drivers.protocol import ScaleProtocol, load_protocols, protocol_named
from drivers.readings import WeightReading

every_protocol = pytest.mark.parametrize("protocol", load_protocols().values(), ids=lambda protocol: protocol.name)


@every_protocol
def test_the_sample_names_the_protocol_its_options_and_a_line_that_opens(protocol: ScaleProtocol) -> None:
    (scale,) = [tomllib.loads(protocol.description().sample)["lanes"]["scale"]]
    assert scale["protocol"] == protocol.name
    assert scale["unit"] in protocol.span.units or not protocol.span.units
    assert set(scale.get("options", {})) == set(protocol.options)
    again = protocol_named(scale["protocol"], scale.get("options"))
    assert [one.frame for one in again.examples] == [one.frame for one in protocol.examples]
    parse_link_url(scale["url"])


@every_protocol
def test_it_says_where_its_facts_come_from_and_what_was_never_tried(protocol: ScaleProtocol) -> None:
    page = protocol.description()
    assert page.kind == "scale"
    assert page.settings
    assert UNVERIFIED in page.unverified
    assert any(isinstance(example.said, WeightReading) for example in protocol.examples)
    for example in protocol.examples:
        assert bool(example.source) != (example.proof == "constructed"), "who made it up has no source, and no one else"


def test_options_say_what_they_are() -> None:
    for protocol in load_protocols().values():
        for name, option in protocol.options.items():
            assert option.about, (protocol.name, name)
            assert not option.fault(option.default), (protocol.name, name)
            assert option.fault(object()), (protocol.name, name)


def test_a_wrong_option_is_answered_with_what_it_may_be() -> None:
    for name, settings, answer in (
        ("mt-sics", {"mode": "fast"}, "mode 'fast'; known: immediate, stable, repeat, on-change"),
        ("yaohua-command", {"address": "AB"}, "address 'AB' is not one letter, A to Z"),
        ("yaohua-command", {"address": 1}, "address is text, not 1"),
        ("rincmd", {"unit_id": 32}, "unit_id 32 is not from 0 to 31"),
        ("rincmd", {"unit_id": True}, "unit_id is a whole number, not True"),
        ("mcgs", {"settled": 0}, "settled 0 is not from 1 to 50"),
        ("cardinal-deck", {"deck": 0}, "deck 0 is not from 1 to 9"),
    ):
        with pytest.raises(ValueError, match=answer):
            protocol_named(name, settings)
