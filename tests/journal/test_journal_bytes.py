"""An entry's bytes are put together from parts; they must be those of the whole."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.entry import canonical
from gateway.journal.store import around

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(content=st.dictionaries(TEXT, VALUES, max_size=6), at=TEXT, clock=st.dictionaries(TEXT, VALUES, max_size=3))
def test_a_part_made_before_gives_the_bytes_of_the_whole(content: Any, at: str, clock: Any) -> None:
    before, after = {"at": at, "clock": clock}, {"id": "j/1", "lane": None, "seq": 1, "v": 1}
    whole = canonical({**before, "content": content, **after})
    assert around(before, "content", canonical(content), after) == whole
