"""Whose fault it is that a batch cannot be stored decides what becomes of its entries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection

from analytics.deadletters import Letter
from analytics.events import Event, Table
from analytics.intake import executions
from analytics.models import DeadLetter, Execution, StreamState
from analytics.streams import Entry
from ops_portal.engine.batch import PATIENCE, Batch, Storing
from ops_portal.engine.causes import TRANSIENT, NotReady
from ops_portal.engine.leases import Leases, Tally
from tests.analytics.entries import MS, execution, one

pytestmark = pytest.mark.django_db
STREAM = "trade_executions"


@pytest.fixture
def storing() -> Storing:
    leases = Leases("engine", [STREAM])
    leases.refresh()
    storing = Storing(leases=leases, stores={STREAM: executions.store_executions}, watcher=None)
    storing.forget()  # rows of an earlier test are gone
    return storing


def store(storing: Storing, *numbers: int, endless: int = 0) -> None:
    now = datetime.fromtimestamp(MS / 1000, tz=UTC)
    symbols = {endless: {"symbol": "ENDLESS"}}
    sent = [(number, execution(number, **symbols.get(number, {})).items()) for number in numbers]
    entries = [
        Entry(STREAM, f"{MS}-{number}", [word for pair in fields for word in pair])
        for number, fields in sent
    ]
    storing.store(Batch(entries, now=now), lost={}, now=now)


@pytest.mark.parametrize(
    ("undo", "redo"),
    [
        ("execution RENAME COLUMN reject_reason TO why", "execution RENAME why TO reject_reason"),
        ("execution RENAME TO analytics_elsewhere", "elsewhere RENAME TO analytics_execution"),
    ],
)
def test_tables_of_another_version_cost_no_event(storing: Storing, undo: str, redo: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE analytics_{undo}")
        with pytest.raises(NotReady):
            store(storing, 1, 2)
        cursor.execute(f"ALTER TABLE analytics_{redo}")
    assert not DeadLetter.objects.exists()

    store(storing, 1, 2)

    assert Execution.objects.count() == 2


def read(*fields: dict[str, str]) -> list[Entry]:
    """Entries of three streams in turn."""
    streams = ("trade_executions", "system_metrics", "trading_signals")
    return [
        Entry(streams[n % 3], f"{MS}-{n}", [word for pair in some.items() for word in pair])
        for n, some in enumerate(fields)
    ]


@pytest.mark.parametrize("at", range(1, 12))
def test_what_was_read_one_after_the_other_is_one_batch(at: int) -> None:
    now = datetime.fromtimestamp(MS / 1000, tz=UTC)
    sent = [
        execution(n, timestamp="" if n == 4 else str(MS - n), metric="pnl", value=str(n))
        | ({"side": "sideways", "signal_type": "odd", "timestamp": "never"} if n % 5 == 2 else {})
        for n in range(12)
    ]
    entries = read(*sent)
    parts = [Batch(some, now=now) for some in (entries[:at], entries[at:-1], entries[-1:])]

    joined, whole = Batch.joined(parts, now=now), Batch(entries, now=now)

    assert joined.entries == whole.entries
    assert joined.written == whole.written
    assert {told(letter) for letter in joined.letters} == {told(one) for one in whole.letters}
    assert {name: seen(one) for name, one in joined.tallies.items()} == {
        name: seen(one) for name, one in whole.tallies.items()
    }
    assert {name: listed(some) for name, some in joined.events.items()} == {
        name: listed(some) for name, some in whole.events.items()
    }


def told(letter: Letter) -> tuple[str, str]:
    return letter.entry.entry_id, letter.reason_code


def seen(tally: Tally) -> list[Any]:
    return [getattr(tally, name) for name in Tally.__slots__]


def listed(events: Table | list[Event]) -> Any:
    return events.columns if isinstance(events, Table) else events


def test_entries_wait_from_when_the_portal_listens(storing: Storing) -> None:
    begun = storing.leases.since[STREAM]
    seconds = {"history": -3_600, "while away": 10, "just now": 130}
    ids = [f"{int((begun.timestamp() + at) * 1_000)}-0" for at in seconds.values()]

    waits = [
        Batch([Entry(STREAM, entry_id, [])], now=begun).waited(
            storing.leases.since, now=begun + timedelta(seconds=130)
        )
        for entry_id in ids
    ]

    assert waits == pytest.approx([130, 120, 0], abs=0.01)


def test_a_server_that_became_a_copy_costs_no_event(storing: Storing) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        with pytest.raises(NotReady):
            store(storing, 1)


def test_what_is_too_large_for_the_server_is_a_dead_letter_and_stops_nobody(
    storing: Storing,
) -> None:
    def too_large(cursor: Any, events: Any, *, now: datetime) -> Any:
        if "HUGE" in list(events["symbol"]):
            cursor.execute("SELECT repeat('x', 2000000000)")
        return executions.store_executions(cursor, events, now=now)

    storing.stores, lost = {STREAM: too_large}, {STREAM: 3}
    now = datetime.fromtimestamp(MS / 1000, tz=UTC)
    sent = [execution(1), execution(2, symbol="HUGE"), execution(3)]
    entries = [
        Entry(STREAM, f"{MS}-{number}", [word for pair in fields.items() for word in pair])
        for number, fields in enumerate(sent)
    ]

    storing.store(Batch(entries, now=now), lost=lost, now=now)

    assert DeadLetter.objects.get().entry_id == f"{MS}-1"
    assert Execution.objects.count() == 2
    assert StreamState.objects.get(stream=STREAM).lost == 3
    assert not lost


def slow_server(cursor: Any) -> None:
    """Each row takes a while, one of them for ever; no statement may take long."""
    cursor.execute("""
        CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_sleep(CASE NEW.symbol WHEN 'ENDLESS' THEN 60 ELSE 0.08 END);
            RETURN NEW;
        END $$;
        CREATE TRIGGER dawdle BEFORE INSERT ON analytics_execution
            FOR EACH ROW EXECUTE FUNCTION dawdle();
        SET LOCAL statement_timeout = 400;
    """)


def attempts_until(done: Callable[[], bool], storing: Storing, *numbers: int, **which: int) -> int:
    """As the engine does: the same entries again, until they are settled."""
    for attempt in range(1, 30):
        with suppress(*TRANSIENT):
            store(storing, *numbers, **which)
        if done():
            return attempt
    raise AssertionError("never settled")


def test_a_batch_that_takes_too_long_comes_again_in_smaller_ones(storing: Storing) -> None:
    with connection.cursor() as cursor:
        slow_server(cursor)

    attempts = attempts_until(lambda: Execution.objects.count() == 8, storing, *range(1, 9))

    assert attempts > 1
    assert not DeadLetter.objects.exists()


def test_an_entry_that_takes_too_long_alone_is_a_dead_letter_at_last(storing: Storing) -> None:
    with connection.cursor() as cursor:
        slow_server(cursor)

    attempts = attempts_until(DeadLetter.objects.exists, storing, 1, 2, 3, endless=2)

    assert attempts > PATIENCE
    assert DeadLetter.objects.get().entry_id == f"{MS}-2"
    assert Execution.objects.count() == 2


def test_a_figure_with_an_endless_name_is_no_series() -> None:
    noise = "".join(Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789_", k=9_000))

    for stream, known in (("performance_metrics", "current_pnl"), ("system_metrics", "queue")):
        fields = {"component": "trade_execution", known: "1", noise: "2"}
        event = one(stream, fields)
        figures = event.values if stream == "performance_metrics" else event.metrics
        assert list(figures) == [known]
