"""The ways through a template: everything in it, in order, and what stands at a path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lambda_bedrock_profile.template.walk import at, existing, parts, walk

DEEP = 20_000

values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)


def by_recursion(value: Any) -> Iterator[Any]:
    """The same order, said in the shortest way."""
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from by_recursion(item)


@given(value=values)
def test_every_part_comes_in_the_order_of_the_text(value: Any) -> None:
    """The first of several errors is the one that a reader meets first."""
    assert list(parts(value)) == [part for _, part in walk(value)] == list(by_recursion(value))


@given(value=values)
def test_a_path_leads_to_its_part(value: Any) -> None:
    """What is found somewhere can be named, and looked up again by that name."""
    for path, part in walk(value):
        assert existing(value, path) == path
        assert at(value, path) is part


def test_a_path_ends_where_nothing_follows() -> None:
    """A place that the template does not have is the nearest one around it."""
    value = {"a": ["b"]}
    assert existing(value, ("a", 0, "c", "d")) == ("a", 0)
    assert existing(value, ("a", 1)) == ("a",)
    assert at(value, ("a", 1)) == ["b"]


def test_depth_is_no_limit() -> None:
    """A template that is nested beyond any sense is still looked through, to say what is wrong with it."""
    value: Any = "end"
    for _ in range(DEEP):
        value = [value]
    assert sum(1 for _ in parts(value)) == DEEP + 1
