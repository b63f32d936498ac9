"""Composite conditions: what people write, what it means, what is refused and where."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.conditions import BrokenRule, Condition
from alerts.expressions import All, Leaf, Node, Not, Some, This, conditions, parse, truth

LAG = Condition(metric="lag", comparison=">", threshold=3.0)
UP = Condition(metric="up", comparison="==", threshold=1.0, matchers={"env": "live"})


def test_a_text_becomes_a_tree() -> None:
    found = parse('this and not (lag > 3 or up{env="live"} == 1)')

    assert found == All((This(), Not(Some((Leaf(LAG), Leaf(UP))))))


def test_a_window_is_read_as_prometheus_writes_it() -> None:
    (found,) = conditions(parse('avg_over_time(latency_seconds{env="a\\"b"}[1m30s]) >= -2.5e-1'))

    assert (found.aggregate, found.window, found.threshold) == ("avg", 90, -0.25)
    assert found.matchers == {"env": 'a"b'}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("this and", "Column 9: expected a metric or a function, found “the end”."),
        ("lag > three", "Column 7: expected a number"),
        ("lag ? 3", "Column 5: expected a condition"),
        ("(this", "Column 6: expected “)”"),
        ("this this", "Column 6: expected “and”, “or” or the end"),
        ("median_over_time(lag[5m]) > 3", "Unknown function “median_over_time”"),
        ("avg_over_time(lag) > 3", "Column 18: expected “[”"),
        ("lag{env=live} > 3", "Column 9: expected a text in double quotes"),
        ("avg_over_time(lag[9w]) > 3", "The window must last"),
        ("not " * 40 + "this", "At most 8 levels"),
        (" and ".join(["lag > 1"] * 70), "At most 8 levels and 64 parts."),
        ("(" * 5_000, "at most 4,000 characters"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text: str, complaint: str) -> None:
    with pytest.raises(BrokenRule, match=re.escape(complaint)):
        parse(text)


NODES = st.recursive(
    st.sampled_from([This(), Leaf(LAG), Leaf(UP)]),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda parts: All(tuple(parts)), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda parts: Some(tuple(parts)), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=8,
)
TRUTHS = st.sampled_from([True, False, None])


def classical(node: Node, this: bool, lag: bool, up: bool) -> bool:
    match node:
        case This():
            return this
        case Leaf(condition):
            return lag if condition == LAG else up
        case Not(part):
            return not classical(part, this, lag, up)
        case All(parts):
            return all(classical(part, this, lag, up) for part in parts)
        case Some(parts):
            return any(classical(part, this, lag, up) for part in parts)


@settings(deadline=None)
@given(NODES, TRUTHS, TRUTHS, TRUTHS)
def test_what_is_said_without_knowing_all_is_true_however_the_rest_turns_out(
    node: Node, this: bool | None, lag: bool | None, up: bool | None
) -> None:
    found = truth(node, this=this, known=lambda condition: lag if condition == LAG else up)

    worlds = {
        classical(node, a, b, c) for a in _worlds(this) for b in _worlds(lag) for c in _worlds(up)
    }
    assert found is None or worlds == {found}
    if None not in {this, lag, up}:
        assert found is not None


def _worlds(known: bool | None) -> list[bool]:
    return [True, False] if known is None else [known]
