"""Five zones, three years, every minute around each change of the clocks: one person on call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from alerts.rotations import Kind, Layer, Roster, Rotation, Span, spans
from alerts.walltime import wall
from tests.oncall.clock import local

ZONES = (
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
)
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AROUND = timedelta(hours=5)  # walked in minutes before and after each change
# Times of handing over in the midst of the hours that are skipped and repeated.
ROTATIONS = (
    Rotation(Kind.HOURLY, local(2025, 12, 1, 0, 30), (1, 2, 3)),
    Rotation(Kind.HOURLY, local(2025, 12, 1, 1, 45), (1, 2, 3), length=8),
    Rotation(Kind.DAILY, local(2025, 12, 1, 2, 30), (1, 2, 3)),
    Rotation(Kind.DAILY, local(2025, 12, 1, 2, 0), (1, 2, 3), length=2),
    Rotation(Kind.WEEKLY, local(2025, 11, 30, 2, 15), (1, 2, 3)),
    Rotation(Kind.MONTHLY, local(2025, 10, 31, 1, 59), (1, 2, 3)),
)


@cache
def changes(zone: ZoneInfo) -> list[datetime]:
    """The instants at which the offset of the zone changes, to the minute."""
    found, moment = list[datetime](), BEGIN
    while moment < END:
        if moment.astimezone(zone).utcoffset() != (moment + HOUR).astimezone(zone).utcoffset():
            offset = moment.astimezone(zone).utcoffset()
            minutes = (moment + n * MINUTE for n in range(61))
            found.append(next(m for m in minutes if m.astimezone(zone).utcoffset() != offset))
        moment += HOUR
    return found


def by_the_wall(
    rotation: Rotation, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[int]:
    """The plain model, minute by minute: who has the turn by a clock that is never put back."""
    highest, moment = wall(start, zone), start
    while moment < end:
        highest = max(highest, wall(moment, zone))
        yield (rotation.people[rotation.turn_at(highest) % len(rotation.people)]) or 0
        moment += MINUTE


def minutes_of(found: list[Span], start: datetime, end: datetime) -> list[list[int]]:
    """Everybody who is on call at each minute."""
    places: list[list[int]] = [[] for _ in range((end - start) // MINUTE)]
    for span in found:
        for place in range((span.start - start) // MINUTE, (span.end - start) // MINUTE):
            places[place].append(span.person or 0)
    return places


@pytest.mark.parametrize("name", ZONES)
def test_exactly_one_person_is_on_call_at_every_minute_around_each_change(name: str) -> None:
    zone = ZoneInfo(name)
    found = changes(zone)
    for rotation in ROTATIONS:
        roster = Roster([Layer("layer", zone, rotation)])
        for change in [*found, datetime(2027, 6, 15, 12, tzinfo=UTC)]:
            start, end = change - AROUND, change + AROUND

            people = minutes_of(spans(roster, start, end), start, end)

            expected = [[person] for person in by_the_wall(rotation, zone, start, end)]
            assert people == expected, (rotation, change)
    assert len(found) == (0 if name == "Asia/Kathmandu" else 6)


@pytest.mark.parametrize("name", ZONES)
def test_three_years_are_covered_and_handed_over_at_the_wall_clock_time(name: str) -> None:
    zone, skipped = ZoneInfo(name), set(changes(ZoneInfo(name)))
    for rotation in ROTATIONS:
        found = spans(Roster([Layer("layer", zone, rotation)]), BEGIN, END)

        assert (found[0].start, found[-1].end) == (BEGIN, END)
        assert all(one.end == two.start for one, two in pairwise(found))
        assert all(span.person is not None for span in found)
        for span in found[1:]:
            shown = wall(span.start, zone)
            turn = rotation.turn_starts(rotation.turn_at(shown))
            assert turn == shown or span.start in skipped, (rotation, span)


@pytest.mark.parametrize("name", ZONES)
def test_a_week_in_two_layers_with_nights_has_one_person_at_every_instant(name: str) -> None:
    zone = ZoneInfo(name)
    days = Layer("days", zone, Rotation(Kind.WEEKLY, local(2025, 12, 1, 9, 0), (1, 2)))
    nights = Layer(
        "nights",
        zone,
        Rotation(Kind.DAILY, local(2025, 12, 1, 22, 0), (3, 4, 5)),
        opens=time(22),
        closes=time(2, 30),
    )

    found = spans(Roster([days, nights]), BEGIN, END)

    assert sum((span.end - span.start for span in found), timedelta()) == END - BEGIN
    assert all(span.person is not None for span in found)
    skipped = set(changes(zone))
    starts = {wall(span.start, zone).time() for span in found[1:] if span.start not in skipped}
    assert starts == {time(22), time(2, 30), time(9)}
