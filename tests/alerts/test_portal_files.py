"""The configuration as a file: written, planned, applied, and told from what was edited since."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from alerts.models import (
    Calendar,
    Inhibition,
    Policy,
    Receiver,
    Route,
    Rule,
    Schedule,
    Silence,
    Team,
)
from ops_portal.lib import secrets
from tests import factories
from tests.alerts.conftest import NOON

pytestmark = pytest.mark.django_db

FILE = """
calendars:
- name: NYSE
  zone: America/New_York
  opened: mon-fri 09:30-16:00
rules:
- name: slow
  metric: latency_seconds
  aggregate: max
  window_seconds: 5m
  comparison: '>'
  threshold: 5
  calendar: NYSE
"""


@pytest.fixture(autouse=True)
def people(db: None) -> dict[str, User]:
    return {name: factories.person(name) for name in ("alice", "dora", "erin")}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.yaml"
    path.write_text(FILE)
    return path


def portal(*words: object) -> str:
    out = StringIO()
    call_command("portal", *[str(word) for word in words], stdout=out)
    return out.getvalue()


def applied(path: Path, *more: str) -> str:
    return portal("apply", path, "--by", "dora", "--reason", "As reviewed.", *more)


def planned(path: Path) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("portal", "plan", str(path), stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def furnish(people: dict[str, User]) -> None:
    """A desk with something of every kind."""
    chat = factories.receiver(
        "Chat", kind="slack", address="", secret=secrets.encrypt("https://hooks.example/1")
    )
    mail = factories.receiver("Desk mail", fallback=chat)
    market = factories.calendar(closed="12-25 # Christmas\n2026-11-27 13:00-24:00")
    rota = factories.schedule(
        "Desk", people=[people["alice"], people["dora"]], time_zone="Europe/Madrid"
    )
    team = Team.objects.create(name="Quants")
    team.members.set([people["erin"]])
    policy = factories.policy(steps=[(0, [mail]), (300, [chat, mail])], is_default=True, repeat=2)
    policy.steps.create(position=2, kind="schedule", schedule=rota, important=True)
    policy.steps.create(position=3, kind="team", team=team, opens="09:00", closes="18:00")
    factories.root(receivers=[chat], group_by=["alertname"])
    live = Route.objects.create(
        parent=Route.objects.get(parent=None), name="Live", policy=policy,
        matchers=[{"name": "env", "op": "=", "value": "live"}],
    )  # fmt: skip
    live.active_calendars.set([market, factories.calendar("LSE")])
    live.mute_calendars.set([market])
    Route.objects.create(parent=live, name="Critical", wait_seconds=0, position=0)
    factories.inhibition("alertname=silent_agent", 'severity=~"warning|info"', equal=["env"])
    factories.rule(policy=policy, calendar=market, labels={"team": "desk"}, clear_threshold=-0.04)
    factories.rule("lag", metric="lag_seconds", comparison=">", threshold=30, for_seconds=60)
    factories.silence(
        "env=paper", by=people["alice"], now=NOON, ends_at=NOON + timedelta(hours=2),
        recurrence="FREQ=WEEKLY", zone="Europe/Madrid",
    )  # fmt: skip


def empty() -> None:
    for model in (Silence, Rule, Inhibition, Route, Policy, Schedule, Team, Receiver, Calendar):
        model.objects.all().delete()


def test_what_was_exported_makes_the_same_desk_in_an_empty_database(
    people: dict[str, User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(people)
    path = tmp_path / "desk.yaml"
    portal("export", path)
    text = path.read_text()
    empty()
    monkeypatch.setenv("RECEIVER_CHAT_SECRET", "https://hooks.example/1")

    applied(path)

    assert portal("export") == text
    assert (
        secrets.decrypt(bytes(Receiver.objects.get(name="Chat").secret))
        == "https://hooks.example/1"
    )
    assert "hooks.example" not in text
    assert {len(entries) for entries in yaml.safe_load(text).values()} == {1, 2}


def test_a_second_application_changes_nothing(people: dict[str, User], file: Path) -> None:
    furnish(people)
    portal("export", file)
    applied(file)
    versions = list(Rule.objects.order_by("pk").values_list("version", "updated_at"))

    assert applied(file) == "No changes.\n"
    assert planned(file) == (0, "No changes.\n")
    assert list(Rule.objects.order_by("pk").values_list("version", "updated_at")) == versions


def test_a_plan_shows_the_difference_and_changes_nothing(file: Path) -> None:
    applied(file)
    file.write_text(FILE.replace("threshold: 5", "threshold: 7"))

    code, told = planned(file)

    assert code == 2
    assert "change rules slow" in told
    assert "    -threshold: 5.0\n    +threshold: 7.0\n" in told
    assert Rule.objects.get().threshold == 5
    assert "1 changes to make." in portal("apply", file, "--dry-run")
    assert Rule.objects.get().threshold == 5


def test_a_change_carries_its_author_and_reason(file: Path, people: dict[str, User]) -> None:
    applied(file)
    file.write_text(FILE.replace("threshold: 5", "threshold: 7"))
    applied(file)

    history: Any = Rule
    context = history.pgh_event_model.objects.latest("pgh_id").pgh_context
    assert Rule.objects.get().change_reason == "As reviewed."
    assert Rule.objects.get().version == 2
    assert context == {
        "user": people["dora"].pk,
        "reason": "As reviewed.",
        "url": "portal apply desk.yaml",
    }


@pytest.mark.parametrize("words", [[], ["--by", "dora"], ["--by", "nobody", "--reason", "x"]])
def test_nothing_is_applied_without_author_and_reason(file: Path, words: list[str]) -> None:
    with pytest.raises(CommandError, match="Say who"):
        portal("apply", file, *words)


def test_an_edit_in_the_portal_is_shown_as_drift(file: Path, people: dict[str, User]) -> None:
    applied(file)
    Rule.objects.update(threshold=9)

    code, told = planned(file)
    client = Client()
    client.force_login(people["dora"])
    page = client.get("/admin/alerts/rule/").content.decode()

    assert code == 2
    assert "change rules slow  (edited in the portal since a file was applied)" in told
    assert "edited since desk.yaml" in page


def test_all_or_nothing(file: Path) -> None:
    file.write_text(FILE + "- name: broken\n  metric: m\n  comparison: '>'\n  threshold: 1\n"
                    "  aggregate: avg\n")  # fmt: skip

    with pytest.raises(CommandError, match="broken"):
        applied(file)

    assert not Rule.objects.exists()
    assert not Calendar.objects.exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rules: [{name: a, metric: m, comparison: '>', threshold: x}]", "threshold: .*float"),
        ("rules: [{name: a, colour: red}]", "unknown colour"),
        ("rules: [{metric: m}]", "each entry has a name"),
        ("rules: {a: 1}", "list of entries"),
        ("fruit: []", "A file holds"),
        ("rules: [", "not YAML"),
        ("calendars: [{name: c}, {name: c}]", "said twice: c"),
        ("calendars: [{name: c, opened: noon}]", "Line 1"),
        ("receivers: [{name: r, kind: slack, secret: hunter2}]", "a secret is named"),
        ("receivers: [{name: r, kind: slack, secret: '${NOWHERE}'}]", "NOWHERE is not set"),
        ("teams: [{name: t, members: [zoe]}]", "no user “zoe”"),
        ("inhibitions: [{name: i, source: 'a', target: b=c}]", "source"),
        ("routes: [{name: a}, {name: b}]", "one that takes everything"),
    ],
)
def test_what_is_wrong_is_said(file: Path, text: str, problem: str) -> None:
    file.write_text(text)

    with pytest.raises(CommandError, match=problem):
        planned(file)


def test_pruning_deletes_only_what_came_from_a_file(file: Path) -> None:
    factories.rule("by-hand")
    applied(file)
    file.write_text("calendars: []")

    assert applied(file) == "No changes.\n"
    told = applied(file, "--prune")

    assert "remove rules slow" in told
    assert "remove calendars NYSE" in told
    assert list(Rule.objects.values_list("name", flat=True)) == ["by-hand"]


def test_routes_keep_their_rows_when_they_change_places(file: Path) -> None:
    file.write_text("routes: [{name: All, children: [{name: A, matchers: a=1}, {name: B}]}]")
    applied(file)
    before = dict(Route.objects.values_list("name", "pk"))
    file.write_text("routes: [{name: All, children: [{name: B}, {name: A, matchers: a=2}]}]")

    applied(file)

    assert dict(Route.objects.values_list("name", "pk")) == before
    assert list(Route.objects.get(parent=None).children.values_list("name", "position")) == [
        ("B", 0),
        ("A", 1),
    ]
