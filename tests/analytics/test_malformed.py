"""A thousand bad entries among a hundred thousand: a thousand dead letters, nothing else lost."""

from __future__ import annotations

import random
import time
from collections import Counter
from itertools import cycle, islice

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from redis import Redis

from analytics import deadletters
from analytics.models import DeadLetter, StreamState, Trade
from tests.analytics import engines, load
from tests.analytics.entries import execution
from tests.analytics.malformed import KINDS
from tests.factories import person

EVENTS, BAD = 99_000, 1_000


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_thousand_bad_entries_become_dead_letters_with_reasons(
    agent: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    entries, truth = load.events(EVENTS, seed=4)
    expected = Counter[str]()
    for reason, make in islice(cycle(KINDS.values()), BAD):
        entries.append(("trade_executions", make()))
        expected[reason] += 1
    random.Random(6).shuffle(entries)
    load.publish(agent, entries)
    started = time.monotonic()

    with engines.running() as engine:
        engines.until(lambda: load.accepted() >= truth.events, seconds=180)
        engines.until(lambda: load.waiting(agent, "trade_executions") == 0)

        assert engine.poll() is None, "the engine died of a bad entry"

    letters = Counter(DeadLetter.objects.values_list("reason_code", flat=True))
    with capsys.disabled():
        print(
            f"\n{BAD} bad entries of {len(KINDS)} kinds among {EVENTS + BAD}: {letters.total()} "
            f"dead letters, {load.accepted()} stored, {time.monotonic() - started:.0f} s"
        )
    assert letters == expected
    assert load.stored() == truth.figures
    assert StreamState.objects.get(stream="trade_executions").rejected == expected


@pytest.mark.django_db
def test_a_replayed_dead_letter_is_stored_once() -> None:
    letter = kept(execution())
    erin = person("erin")

    first = deadletters.replay(letter.pk, by=erin, now=timezone.now())
    second = deadletters.replay(letter.pk, by=erin, now=timezone.now())

    assert first == second == "stored: 1 new, 0 known"
    assert Trade.objects.get().fills == 1
    letter.refresh_from_db()
    assert letter.replayed_by == erin


@pytest.mark.django_db
def test_a_dead_letter_that_is_still_bad_stays() -> None:
    letter = kept({"symbol": "BTC/USDT", "side": "sideways"})

    result = deadletters.replay(letter.pk, by=person("erin"), now=timezone.now())

    letter.refresh_from_db()
    assert result.startswith("refused again: bad_enum")
    assert letter.replayed_at is None


@pytest.mark.django_db
def test_replaying_needs_the_permission() -> None:
    letter = kept(execution())

    with pytest.raises(PermissionDenied):
        deadletters.replay(letter.pk, by=person("bob"), now=timezone.now())


def test_bytes_that_are_no_text_survive_in_a_dead_letter() -> None:
    raw = deadletters.packed({"symbol": b"\xff\xfe".decode("utf-8", "surrogateescape")})

    assert deadletters.unpacked(raw)["symbol"].encode("utf-8", "surrogateescape") == b"\xff\xfe"
    assert deadletters.shown(raw) == {"symbol": "\\xff\\xfe"}


def kept(fields: dict[str, str]) -> DeadLetter:
    """A dead letter in the database."""
    return DeadLetter.objects.create(
        stream="trade_executions",
        entry_id="1788264030000-0",
        reason_code="bad_enum",
        reason="for the test",
        raw=deadletters.packed(fields),
    )
