"""Label matchers: the grammar, the places of errors, the meaning, and what hostile ones cost."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.matchers import (
    OPERATORS,
    Matcher,
    Matchers,
    Unreadable,
    from_json,
    match,
    parse,
    to_json,
    written,
)

NAMES = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.builds(Matcher, NAMES, st.sampled_from(["=", "!="]), VALUES)
REGEX = st.builds(Matcher, NAMES, st.sampled_from(["=~", "!~"]), st.sampled_from(
    ["", ".*", "a|b", "btc-[0-9]+", "\\d+", 'x"y', "a,b", "(?i)live"]
))  # fmt: skip
LISTS = st.lists(st.one_of(PLAIN, REGEX), max_size=6).map(tuple)
HOSTILE = [
    ("(a+)+$", "a" * 200 + "!"),
    ("(a|a)*", "a" * 5_000 + "!"),
    ("(a|aa)+", "a" * 5_000 + "!"),
    ("(.*a){20}", "a" * 2_000),
    ("(.*)(.*)(.*)(.*)(.*)(.*)(.*)x", "a" * 5_000),
    ("([a-z]+)*[0-9]", "a" * 10_000),
    ("(?:(?:(?:a?){30}){30})", "a" * 900),
    ("\\w*\\w*\\w*\\w*\\w*!", "a" * 10_000),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("{}", []),
        ("  ", []),
        ("env=live", [("env", "=", "live")]),
        ('env="live"', [("env", "=", "live")]),
        ("{env=live,}", [("env", "=", "live")]),
        ('{ env = "live" , team != ops }', [("env", "=", "live"), ("team", "!=", "ops")]),
        ("a=~b.*,c!~d|e", [("a", "=~", "b.*"), ("c", "!~", "d|e")]),
        ("a=b\n\nc=d\n", [("a", "=", "b"), ("c", "=", "d")]),
        ('a="x,y"', [("a", "=", "x,y")]),
        (r'a="say \"hi\" \\ \n"', [("a", "=", 'say "hi" \\ \n')]),
        (r'a=~"\d+"', [("a", "=~", r"\d+")]),
        ("a=", [("a", "=", "")]),
        ('a="",b=c', [("a", "=", ""), ("b", "=", "c")]),
        ("a=two words ", [("a", "=", "two words")]),
        ("{a=x}y}", [("a", "=", "x}y")]),
        ("job:up=1", [("job:up", "=", "1")]),
    ],
)
def test_a_list_is_read_as_amtool_reads_it(text: str, found: list[tuple[str, str, str]]) -> None:
    assert [(one.name, one.op, one.value) for one in parse(text)] == found


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("env", 4, "One of = != =~ !~"),
        ("env=live,9x=y", 10, "A label name"),
        ("env=live; team=ops, =x", 21, "A label name"),
        ('env="live', 5, "not closed"),
        ('a=b, env="live" x', 17, "A comma"),
        ("{env=live", 10, "not closed"),
        ('env=li"ve', 7, "quoted itself"),
        ("a=b, env=~(", 11, "No regular expression"),
        ("env=~" + "a" * 257, 6, "at most 256"),
        ("env=" + "a" * 1_001, 5, "at most 1000"),
        (",".join("a=b" for _ in range(33)), 132, "More than 32"),
        ("a~b", 2, "One of"),
    ],
)
def test_an_error_points_at_its_column(text: str, column: int, problem: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(text)

    assert caught.value.column == column
    assert problem in str(caught.value)


@given(LISTS)
def test_what_is_written_is_read_back(matchers: tuple[Matcher, ...]) -> None:
    assert parse(written(matchers)) == matchers
    assert parse("{" + written(matchers) + "}") == matchers
    assert from_json(to_json(matchers)) == matchers


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_at_a_place_in_it(text: str) -> None:
    found: Matchers = ()
    column = 1
    try:
        found = parse(text)
    except Unreadable as refusal:
        column = refusal.column

    assert 1 <= column <= len(text) + 1
    assert all(one.op in OPERATORS for one in found)


@given(LISTS, st.dictionaries(NAMES, VALUES, max_size=4))
def test_a_missing_label_is_an_empty_one(
    matchers: tuple[Matcher, ...], labels: dict[str, str]
) -> None:
    spelled_out = {**{one.name: "" for one in matchers}, **labels}

    assert match(matchers, labels) == match(matchers, spelled_out)


@given(PLAIN, VALUES)
def test_a_negation_is_the_opposite(matcher: Matcher, value: str) -> None:
    opposite = Matcher(matcher.name, "!=" if matcher.op == "=" else "=", matcher.value)

    assert matcher.fits(value) != opposite.fits(value)


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("live", "live", True),
        ("live", "alive", False),
        ("live", "live\n", False),
        ("a|b", "ab", False),
        ("a|b", "b", True),
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        (".*", "", True),
        (".+", "", False),
    ],
)
def test_an_expression_must_fit_the_whole_value(pattern: str, value: str, fits: bool) -> None:
    assert Matcher("a", "=~", pattern).fits(value) is fits
    assert Matcher("a", "!~", pattern).fits(value) is not fits


@pytest.mark.parametrize(("pattern", "value"), HOSTILE, ids=[pattern for pattern, _ in HOSTILE])
def test_a_hostile_expression_costs_little(pattern: str, value: str) -> None:
    """A backtracking engine takes minutes to for ever on these; ours reads each letter once."""
    started = time.process_time()

    with contextlib.suppress(ValueError):  # some are refused for their size
        Matcher("a", "=~", pattern).fits(value)

    assert time.process_time() - started < 5


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "(?<x", "\\1", "(?=a)", "x" * 257])
def test_what_is_no_re2_expression_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="xpression"):
        Matcher("a", "=~", pattern)
