"""canonical() is RFC 8785, whichever of its two encoders makes the bytes."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some
from pydantic_core import from_json

from gateway.contract.entry import canonical, is_canonical

# U+FB33 and U+FFFF sort behind U+1F600 by UTF-16 units, and before it by code points; "\ud800" is half a pair.
AWKWARD = some.sampled_from(["", "a", "aa", "Z", "é", "e\u0301", "\x7f", "\x80", "\u2028", "\ufb33", "\uffff", "😀"])
ANY_TEXT = some.text(some.characters(), max_size=8)  # halves of pairs and control characters too
NUMBERS = (
    some.integers(-(2**53) - 2, 2**53 + 2)
    | some.sampled_from([2**53 - 1, 2**53, -(2**53) + 1, -(2**53), 2**64, 10**400, True, False])
    | some.floats()
)
LEAVES = some.none() | some.booleans() | NUMBERS | AWKWARD | ANY_TEXT
KEYS = AWKWARD | ANY_TEXT | some.text('abAB_0"\\\n\x7f', max_size=4)


def _containers(inside: some.SearchStrategy[Any]) -> some.SearchStrategy[Any]:
    return (
        some.lists(inside, max_size=4)
        | some.lists(inside, max_size=4).map(tuple)
        | some.dictionaries(KEYS | some.integers() | some.none(), inside, max_size=5)
        | some.dictionaries(KEYS, inside, max_size=5)
    )


DOCUMENTS = some.dictionaries(KEYS, some.recursive(LEAVES, _containers, max_leaves=20), max_size=8)


def _made(encode: Any, document: dict[str, Any]) -> tuple[bytes | None, type[Exception] | None, str]:
    try:
        return encode(document), None, ""
    except ValueError as error:
        return None, type(error), str(error)


@given(DOCUMENTS)
def test_the_bytes_or_the_refusal_are_those_of_the_library(document: dict[str, Any]) -> None:
    assert _made(canonical, document) == _made(rfc8785.dumps, document)


WRITERS = some.fixed_dictionaries(
    {"ensure_ascii": some.booleans(), "sort_keys": some.booleans(), "separators": some.sampled_from([None, (",", ":")])}
)


@given(DOCUMENTS, WRITERS | some.none())
def test_bytes_that_were_read_are_known_as_canonical_or_not(document: dict[str, Any], writer: Any) -> None:
    try:
        body = canonical(document) if writer is None else json.dumps(document, **writer).encode()
        read = from_json(body, allow_inf_nan=False)
    except (ValueError, TypeError):  # no bytes, or none that are JSON
        return
    expected, refusal, _ = _made(rfc8785.dumps, read)
    found = _made(lambda one: is_canonical(one, body), read)
    assert found[:2] == (None if refusal else expected == body, refusal)


@given(some.dictionaries(KEYS, some.integers(0, 3), min_size=2, max_size=8))
def test_keys_stand_in_the_order_of_their_utf_16_units(document: dict[str, int]) -> None:
    made, _, _ = _made(canonical, document)
    if made is not None:
        assert list(json.loads(made)) == sorted(document, key=lambda key: key.encode("utf-16be"))


def test_a_key_outside_the_first_plane_stands_before_one_that_looks_smaller() -> None:
    assert canonical({"\ufb33": 1, "😀": 2, "a": 3}) == '{"a":3,"😀":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), 10**400, float("nan"), float("inf"), "\ud800", {1: 2}, {None: 2}, b"x"]
)
def test_what_rfc_8785_cannot_hold_is_refused_however_deep_it_lies(value: Any) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical({"content": [{"deep": (value,)}]})


def test_half_a_pair_in_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        canonical({"\ud800": 1})


def test_a_document_without_end_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    with pytest.raises(RecursionError):
        canonical(endless)


def test_a_float_is_written_as_ecmascript_does() -> None:
    assert canonical({"b": 1e21, "a": 1.0, "c": [0.000001]}) == b'{"a":1,"b":1e+21,"c":[0.000001]}'
