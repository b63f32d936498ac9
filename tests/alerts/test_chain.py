"""The history of alerts is sealed: what was changed behind the triggers' back is found."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from alerts import actions, anchors, chain
from alerts.chain import Break
from alerts.models import Alert, Transition
from tests.alerts.conftest import NOON, MakeAlert
from tests.alerts.desk import Desk


@pytest.fixture
def story(make_alert: MakeAlert, alice: User) -> Alert:
    """Fired, commented twice, acknowledged, given back, resolved; beside another alert."""
    make_alert("00000000000000bb")
    alert = make_alert()
    actions.comment(alert.pk, by=alice, note="the venue says “soon” – 50 %", now=NOON)
    actions.comment(alert.pk, by=alice, note="still waiting", now=NOON)
    actions.snooze(alert.pk, by=alice, until=NOON + timedelta(hours=1), now=NOON)
    actions.unacknowledge(alert.pk, by=alice, now=NOON)
    return actions.resolve(alert.pk, by=alice, now=NOON)


def forge(*statements: str) -> None:
    """Change history as the owner of the database can: with its triggers asleep."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def seal_again(alert: Alert) -> None:
    """What a forger does last: write the rows anew, so that the chain agrees with itself."""
    columns = "alert_id, seq, action, from_state, to_state, actor_id, via, note, value, detail, at"
    forge(
        f"CREATE TEMP TABLE kept AS SELECT * FROM alerts_transition WHERE alert_id = {alert.pk}",  # noqa: S608
        f"DELETE FROM alerts_transition WHERE alert_id = {alert.pk}",  # noqa: S608
        "ALTER TABLE alerts_transition ENABLE ALWAYS TRIGGER alerts_seal_transition",
        f"INSERT INTO alerts_transition ({columns}, hash) SELECT {columns}, '' FROM kept"  # noqa: S608
        " ORDER BY seq",
    )


def where(alert: Alert, seq: int) -> str:
    return f"WHERE alert_id = {alert.pk} AND seq = {seq}"


def verified(*arguments: str) -> tuple[int, dict[str, object]]:
    """Exit code and answer of the command."""
    said = StringIO()
    try:
        call_command("audit_verify", "--json", *arguments, stdout=said)
    except SystemExit as end:
        return int(str(end.code)), json.loads(said.getvalue())
    return 0, json.loads(said.getvalue())


def test_what_nobody_touched_is_as_it_was_written(story: Alert) -> None:
    code, answer = verified()

    assert code == 0
    assert answer["breaks"] == []
    assert answer["transitions"] == Transition.objects.count() == 7
    assert len({bytes(row.hash) for row in Transition.objects.all()}) == 7


@pytest.mark.parametrize(
    "change",
    [
        "note = 'never happened'",
        "at = at + interval '1 microsecond'",
        "actor_id = NULL",
        "value = -0.0600000000000001",
        'detail = \'{"until": "2027"}\'',
        "to_state = 'resolved'",
        "via = 'link'",
    ],
)
def test_a_changed_transition_is_named(story: Alert, change: str) -> None:
    forge(f"UPDATE alerts_transition SET {change} {where(story, 4)}")  # noqa: S608

    code, answer = verified()

    assert code == 1
    assert answer["breaks"] == [{"alert": story.pk, "seq": 4, "what": "changed or moved"}]


def test_a_removed_transition_is_named_by_the_one_after_it(story: Alert) -> None:
    forge(f"DELETE FROM alerts_transition {where(story, 3)}")  # noqa: S608

    found = chain.verify({}).breaks

    assert found == [Break(story.pk, 4, "transition 3 before it is gone")]


def test_transitions_that_changed_places_are_named(story: Alert) -> None:
    places = [(2, 99), (3, 2), (99, 3)]
    moves = [f"UPDATE alerts_transition SET seq = {b} {where(story, a)}" for a, b in places]  # noqa: S608
    forge(*moves)

    found = chain.verify({}).breaks

    assert [each.seq for each in found] == [2, 3, 4]


def test_an_alert_that_was_born_otherwise_is_named(story: Alert) -> None:
    forge("UPDATE alerts_alert SET started_at = started_at - interval '1 hour'")

    found = chain.verify({}).breaks

    assert [each.seq for each in found] == [1, 1]


def test_a_lost_tail_is_seen_by_the_version_and_a_bent_version_by_the_anchor(
    story: Alert, tmp_path: Path
) -> None:
    file = tmp_path / "anchors.jsonl"
    anchors.write_due(str(file), now=NOON)
    forge(f"DELETE FROM alerts_transition {where(story, 6)}")  # noqa: S608
    seen = chain.verify({}).breaks
    forge(f"UPDATE alerts_alert SET version = 5 WHERE id = {story.pk}")  # noqa: S608

    bent, with_anchor = verified(), verified("--anchors", str(file))

    assert seen == [Break(story.pk, 6, "gone: the alert counts further")]
    assert bent[0] == 0
    assert with_anchor[1]["breaks"] == [
        {"alert": story.pk, "seq": 6, "what": "gone: an anchor knows it"}
    ]


def test_a_chain_that_was_written_anew_is_seen_by_the_anchor(story: Alert, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    anchors.write_due(str(file), now=NOON)
    change = f"UPDATE alerts_transition SET note = 'nothing' {where(story, 2)}"  # noqa: S608
    forge(change)
    seal_again(story)

    alone, with_anchor = verified(), verified("--anchors", str(file))

    assert alone[0] == 0
    assert with_anchor[0] == 1
    assert [each["seq"] for each in with_anchor[1]["breaks"]] == [6]  # type: ignore[attr-defined]


def test_an_alert_that_vanished_whole_is_seen_by_the_anchor(story: Alert, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    anchors.write_due(str(file), now=NOON)
    forge("DELETE FROM alerts_transition", "DELETE FROM alerts_alert")

    found = chain.verify(anchors.read(file.read_bytes().splitlines(keepends=True)))

    assert [each.seq for each in found.breaks] == [1, 6]


def test_an_anchor_is_written_once_an_hour_and_knows_what_changed_twice(
    make_alert: MakeAlert, tmp_path: Path
) -> None:
    file = tmp_path / "anchors.jsonl"
    first = make_alert()
    hours = [NOON + timedelta(hours=n) for n in range(4)]
    written = [anchors.write_due(str(file), now=at) for at in (hours[0], hours[0], hours[1])]
    second = make_alert("00000000000000bb")
    written += [anchors.write_due(str(file), now=at) for at in hours[2:]]

    heads = [[head[0] for head in json.loads(line)["heads"]] for line in file.open()]

    assert written == [hours[0], *hours]
    assert heads == [[first.pk], [first.pk], [second.pk], [second.pk]]


def test_an_anchor_that_was_missed_raises_the_default_rule(
    transactional_db: None, tmp_path: Path
) -> None:
    call_command("load_rules", stdout=StringIO())
    file, desk = tmp_path / "anchors.jsonl", Desk()
    missing = anchors.age(str(file), now=NOON)
    anchors.write_due(str(file), now=NOON)

    ages = [anchors.age(str(file), now=NOON + timedelta(minutes=n)) for n in (0, 59, 91)]

    assert (missing, ages) == (None, [0.0, 3_540.0, 5_460.0])
    for age, told in ((3_540.0, 0), (5_460.0, 1)):
        desk.say(age, name="portal_anchor_age_seconds", server="audit")
        assert Alert.objects.filter(rule_name="missed_anchor").count() == told


@pytest.mark.parametrize("damage", ["removed", "changed", "torn"])
def test_anchors_that_were_tampered_with_are_refused(
    story: Alert, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "anchors.jsonl"
    for hour in range(3):
        anchors.write_due(str(file), now=NOON + timedelta(hours=hour))
    lines = file.read_text().splitlines(keepends=True)
    lines[1] = {
        "removed": "",
        "changed": lines[1].replace('"at":"2026', '"at":"2025'),
        "torn": "{\n",
    }[damage]
    file.write_text("".join(lines))

    with pytest.raises(CommandError) as refusal:
        verified("--anchors", str(file))

    assert refusal.value.returncode == 2


def test_after_a_torn_last_line_everything_is_anchored_anew(story: Alert, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    file.write_text('{"at": "2026')

    anchors.write_due(str(file), now=NOON)

    torn, line = file.read_text().splitlines()
    assert torn == '{"at": "2026'
    assert [head[:2] for head in json.loads(line)["heads"]] == [[story.pk - 1, 1], [story.pk, 6]]
