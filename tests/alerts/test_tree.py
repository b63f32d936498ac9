"""The routing tree: its rules one by one, and the same answers as Alertmanager's own tool."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from alerts.matchers import Matcher, parse, written
from alerts.tree import Channel, Node, places, settled

TREES, LABEL_SETS = 30, 8  # 240 pairs
LABELS = ("env", "strategy", "team", "severity")
VALUES = ("live", "paper", "btc-1", "btc-2", "desk", "critical")
PATTERNS = ("live|paper", "btc-.*", ".*", ".+", "", "(?i)DESK", "b.c-[0-9]", "li")


def node(number: int, matchers: str = "", *children: Node, **fields: object) -> Node:
    return Node(number, str(number), parse(matchers), children=children, **fields)  # type: ignore[arg-type]


def ends(root: Node, **labels: str) -> list[int]:
    return [place.route_id for place in places(root, labels)]


TREE = node(
    0, "",
    node(1, "env=live", node(11, "team=desk"), node(12, "team=~d.*")),
    node(2, "env=~live|paper", continues=True),
    node(3, "env=paper", node(31, "team=ops", continues=True), node(32, "team!=desk")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({}, [0]),
        ({"env": "backtest"}, [0]),
        ({"env": "live"}, [1]),
        ({"env": "live", "team": "desk"}, [11]),
        ({"env": "live", "team": "data"}, [12]),
        ({"env": "paper", "team": "desk"}, [2, 3]),
        ({"env": "paper"}, [2, 32]),
        ({"env": "paper", "team": "ops"}, [2, 31, 32]),
    ],
)
def test_the_first_child_that_fits_ends_the_search(
    labels: dict[str, str], found: list[int]
) -> None:
    assert ends(TREE, **labels) == found


def test_what_a_route_leaves_open_it_has_from_its_parent() -> None:
    slack, mail = Channel(1, "slack"), Channel(2, "mail")
    child = node(2, receivers=(mail,), wait=7)
    root = node(1, "", child, receivers=(slack,), policy_id=5, group_by=("env",), repeat=60)

    place = settled((root, child))

    assert (place.receivers, place.policy_id, place.group_by) == ((mail,), 5, ("env",))
    assert (place.wait, place.interval, place.repeat) == (7, 300, 60)


def test_nobody_cuts_off_the_parents_people_until_a_route_names_others() -> None:
    mail = Channel(2, "mail")
    named = node(3, receivers=(mail,))
    silent = node(2, "", named, nobody=True)
    root = node(1, "", silent, receivers=(Channel(1, "slack"),), policy_id=5)

    assert settled((root, silent)).nobody
    assert settled((root, silent)).receivers == ()
    assert settled((root, silent)).policy_id is None
    assert settled((root, silent, named)).receivers == (mail,)
    assert not settled((root, silent, named)).nobody


def test_the_key_of_a_group_is_alertmanagers() -> None:
    child = node(2, 'team="a", env=~"x|y"', group_by=("alertname", "zone"))
    root = node(1, "", child)

    (place,) = places(root, {"team": "a", "env": "x", "alertname": 'slow "q"', "pair": "BTC"})

    labels = {"team": "a", "env": "x", "alertname": 'slow "q"', "pair": "BTC"}
    assert place.group_key(labels) == r'{}/{team="a",env=~"x|y"}:{alertname="slow \"q\""}'
    assert place.group_labels(labels) == {"alertname": 'slow "q"'}


def test_three_dots_make_each_alert_a_group() -> None:
    root = node(1, "", group_by=("...",))

    (place,) = places(root, {"b": "2", "a": "1"})

    assert place.group_key({"b": "2", "a": "1"}) == '{}:{a="1",b="2"}'


def made_tree(random_: random.Random, numbers: Iterator[int], depth: int = 0) -> Node:
    """A tree of up to 5 levels; each node with a receiver of its own or its parent's."""
    number = next(numbers)
    children = [
        made_tree(random_, numbers, depth + 1)
        for _ in range(random_.randint(1, 4) if depth < 2 else random_.randint(0, 2) * (depth < 4))
    ]
    named = depth == 0 or random_.random() < 0.7
    return Node(
        id=number,
        matchers=tuple(made_matcher(random_) for _ in range(random_.randint(0, 2) if depth else 0)),
        continues=depth > 0 and random_.random() < 0.4,
        children=tuple(children),
        receivers=(Channel(number, f"r{number}"),) if named else (),
    )


def made_matcher(random_: random.Random) -> Matcher:
    op = random_.choice(["=", "!=", "=~", "!~"])
    value = random_.choice(PATTERNS if op.endswith("~") else (*VALUES, ""))
    return Matcher(random_.choice(LABELS), op, value)


def as_alertmanager_says(root: Node) -> dict[str, object]:
    receivers: list[dict[str, str]] = []

    def route(node: Node) -> dict[str, object]:
        said: dict[str, object] = {"routes": [route(child) for child in node.children]}
        if node.receivers:
            receivers.append({"name": node.receivers[0].name})
            said["receiver"] = node.receivers[0].name
        if node is not root:
            # One list in braces: the tool's own grammar reads what `written` writes.
            said["matchers"] = [f"{{{written(node.matchers)}}}"] if node.matchers else []
            said["continue"] = node.continues
        return said

    tree = route(root)
    return {"route": tree, "receivers": receivers}


def amtool(config: Path, labels: dict[str, str]) -> list[str]:
    said = [f"{name}={value}" for name, value in labels.items()]
    command = ["amtool", "config", "routes", "test", f"--config.file={config}", *said]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().split(",")


@pytest.mark.needs("amtool")
@pytest.mark.slow
def test_alertmanagers_tool_finds_the_same_receivers(tmp_path: Path) -> None:
    random_ = random.Random(20261126)
    ours: list[list[str]] = []
    asked: list[tuple[Path, dict[str, str]]] = []
    for number in range(TREES):
        root = made_tree(random_, count())
        config = tmp_path / f"{number}.yml"
        config.write_text(json.dumps(as_alertmanager_says(root)))
        for _ in range(LABEL_SETS):
            labels = {name: random_.choice(VALUES) for name in random_.sample(LABELS, 3)}
            asked.append((config, labels))
            ours.append([place.receivers[0].name for place in places(root, labels)])

    with ThreadPoolExecutor(4) as pool:
        theirs = list(pool.map(lambda pair: amtool(*pair), asked))

    assert theirs == ours
    several = sum(len(found) > 1 for found in theirs)
    print(f"{len(theirs)} pairs, {several} with several receivers")
    assert len(theirs) == TREES * LABEL_SETS
    assert several > 20
