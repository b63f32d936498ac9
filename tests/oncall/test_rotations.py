"""Layers, rotations, times of day, overrides: who is on call, by example and by property."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.rotations import Kind, Layer, Override, Roster, Rotation, Span, at, spans
from alerts.walltime import add_months, instant, midnight
from tests.oncall.clock import local

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = local(2026, 11, 23, 9, 0)
ANA, BEN, CLEO, DAN = 1, 2, 3, 4


def layer(
    kind: Kind = Kind.WEEKLY, people: tuple[int | None, ...] = (ANA, BEN), **more: object
) -> Layer:
    rotation = Rotation(kind, MONDAY, people, int(str(more.pop("length", 1))))
    return Layer("days", MADRID, rotation, **more)  # type: ignore[arg-type]


def utc(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def who(roster: Roster, moment: datetime) -> int | None:
    return at(roster, moment).person


def test_people_take_turns_and_hand_over_at_the_local_time() -> None:
    roster = Roster([layer()])

    found = spans(roster, utc(23, 8), utc(23, 8) + timedelta(days=21))

    assert [(span.start, span.person) for span in found] == [
        (utc(23, 8), ANA),
        (utc(30, 8), BEN),
        (datetime(2026, 12, 7, 8, tzinfo=UTC), ANA),
    ]


def test_nobody_is_on_call_before_the_first_turn_nor_after_the_end() -> None:
    roster = Roster([layer(ends=local(2026, 11, 25, 9, 0))])

    assert who(roster, utc(23, 7, 59)) is None
    assert who(roster, utc(23, 8)) == ANA
    assert who(roster, utc(25, 8)) is None


def test_a_monthly_turn_begins_on_the_last_day_where_the_month_is_short() -> None:
    rotation = Rotation(Kind.MONTHLY, local(2027, 1, 31, 9, 0), (ANA, BEN))
    roster = Roster([Layer("months", MADRID, rotation)])

    found = spans(roster, instant(local(2027, 2, 1), MADRID), instant(local(2027, 4, 1), MADRID))

    starts = [span.start.astimezone(MADRID).replace(tzinfo=None) for span in found[1:]]
    assert starts == [local(2027, 2, 28, 9, 0), local(2027, 3, 31, 9, 0)]
    assert add_months(local(2024, 2, 29), 12) == local(2025, 2, 28)


def test_a_night_on_weekdays_lasts_until_the_next_morning() -> None:
    nights = layer(
        Kind.WEEKLY, (CLEO,), weekdays=frozenset({0, 1, 2, 3, 4}), opens=time(22), closes=time(6)
    )

    roster = Roster([nights])

    assert who(roster, utc(24, 4, 59)) == CLEO  # Tuesday 05:59, the night of Monday
    assert who(roster, utc(24, 5)) is None
    assert who(roster, utc(28, 4)) == CLEO  # Saturday 05:00, the night of Friday
    assert who(roster, utc(28, 22)) is None  # Saturday night


def test_the_higher_layer_wins_and_the_lower_shows_through_its_gaps() -> None:
    desk = layer(Kind.DAILY, (ANA, None))
    roster = Roster([layer(Kind.WEEKLY, (DAN,)), desk])

    assert [who(roster, utc(day, 12)) for day in (23, 24, 25)] == [ANA, DAN, ANA]


def test_an_override_takes_a_part_and_gives_it_back() -> None:
    roster = Roster([layer()], [Override(utc(24), utc(25), CLEO)])

    found = spans(roster, utc(23, 8), utc(26))

    assert [(span.start, span.end, span.person) for span in found] == [
        (utc(23, 8), utc(24), ANA),
        (utc(24), utc(25), CLEO),
        (utc(25), utc(26), ANA),
    ]


def test_an_override_that_replaces_somebody_leaves_the_others() -> None:
    roster = Roster([layer(Kind.DAILY)], [Override(utc(23), utc(27), CLEO, replaces=BEN)])

    assert [who(roster, utc(day, 12)) for day in (23, 24, 25)] == [ANA, CLEO, ANA]


def test_two_overrides_swap_two_shifts() -> None:
    swap = [
        Override(utc(23, 8), utc(24, 8), BEN, replaces=ANA),
        Override(utc(24, 8), utc(25, 8), ANA, replaces=BEN),
    ]

    roster = Roster([layer(Kind.DAILY)], swap)

    assert [who(roster, utc(day, 12)) for day in (23, 24, 25)] == [BEN, ANA, ANA]


def test_a_skipped_time_is_the_change_and_a_repeated_one_its_first() -> None:
    spring, autumn = local(2027, 3, 28, 2, 30), local(2027, 10, 31, 2, 30)

    assert instant(spring, MADRID) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert instant(autumn, MADRID) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_the_days_of_the_changes_have_23_and_25_hours() -> None:
    for day, hours in ((date(2027, 3, 28), 23), (date(2027, 10, 31), 25), (date(2027, 6, 1), 24)):
        lasts = midnight(day + timedelta(days=1), MADRID) - midnight(day, MADRID)
        assert lasts == timedelta(hours=hours)


PEOPLE = st.lists(st.one_of(st.none(), st.integers(1, 6)), min_size=0, max_size=4).map(tuple)
ZONES = st.sampled_from(
    ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
LAYERS = st.builds(
    Layer,
    st.sampled_from(["a", "b"]),
    ZONES.map(ZoneInfo),
    st.builds(
        Rotation,
        st.sampled_from(Kind),
        st.datetimes(local(2025, 1, 1), local(2027, 1, 1)).map(
            lambda d: d.replace(second=0, microsecond=0)
        ),
        PEOPLE,
        st.integers(1, 9),
    ),
    st.frozensets(st.integers(0, 6)),
    TIMES,
    TIMES,
)
MOMENTS = st.datetimes(local(2026, 1, 1), local(2028, 12, 31), timezones=st.just(UTC))
OVERRIDES = st.builds(
    lambda start, hours, person, replaces: Override(
        start, start + timedelta(hours=hours), person, replaces
    ),
    MOMENTS,
    st.integers(1, 200),
    st.integers(1, 6),
    st.one_of(st.none(), st.integers(1, 6)),
)


def painted_naively(roster: Roster, moment: datetime) -> int | None:
    """The plain model: the last one who claims the moment has it."""
    person = None
    for one in roster.layers:
        claimed = [
            span.person
            for span in spans(Roster([one]), moment - timedelta(days=2), moment + timedelta(days=2))
            if span.start <= moment < span.end
        ]
        person = claimed[0] if claimed[0] is not None else person
    for override in sorted(roster.overrides, key=lambda one: one.start):
        if override.start <= moment < override.end and override.replaces in (None, person):
            person = override.person
    return person


@given(
    st.lists(LAYERS, max_size=3), st.lists(OVERRIDES, max_size=3), MOMENTS, st.integers(1, 40 * 24)
)
@settings(max_examples=300, deadline=None)
def test_spans_tile_the_time_and_say_what_the_plain_model_says(
    layers: list[Layer], overrides: list[Override], start: datetime, hours: int
) -> None:
    roster, end = Roster(layers, overrides), start + timedelta(hours=hours)

    found = spans(roster, start, end)

    assert (found[0].start, found[-1].end) == (start, end)
    assert all(one.end == two.start for one, two in pairwise(found))
    assert all(span.start < span.end for span in found)
    for span in found[:6]:
        assert painted_naively(roster, span.start) == span.person


def test_no_time_has_no_spans() -> None:
    assert spans(Roster([layer()]), utc(24), utc(24)) == []
    assert spans(Roster(), utc(24), utc(25)) == [Span(utc(24), utc(25), None)]
