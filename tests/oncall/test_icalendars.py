"""Calendar files are read as their owner meant them, or told to be left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts import icalendars

MADRID = ZoneInfo("Europe/Madrid")
START = datetime(2026, 10, 1, tzinfo=UTC)
END = START + timedelta(days=60)


def calendar(*events: str) -> bytes:
    """Each event is its lines, parted by `|`."""
    parts = [f"BEGIN:VEVENT|UID:{n}|{event}|END:VEVENT" for n, event in enumerate(events)]
    text = "|".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *parts, "END:VCALENDAR", ""])
    return text.replace("|", "\r\n").encode()


def read(*events: str) -> list[tuple[str, str]]:
    found = icalendars.read(calendar(*events), zone=MADRID, start=START, end=END)
    assert not found.problems
    return [(f"{one.start:%m-%d %H:%M}", f"{one.end:%m-%d %H:%M}") for one in found.spans]


@pytest.mark.parametrize(
    ("event", "span"),
    [
        ("DTSTART:20261010T090000Z|DTEND:20261010T100000Z", ("10-10 09:00", "10-10 10:00")),
        ("DTSTART:20261010T090000|DURATION:PT1H", ("10-10 07:00", "10-10 08:00")),
        (
            "DTSTART;TZID=America/New_York:20261010T090000|DURATION:PT1H",
            ("10-10 13:00", "10-10 14:00"),
        ),
        (
            "DTSTART;TZID=Romance Standard Time:20261010T090000|DURATION:PT1H",
            ("10-10 07:00", "10-10 08:00"),
        ),
        ("DTSTART;VALUE=DATE:20261025|DTEND;VALUE=DATE:20261026", ("10-24 22:00", "10-25 23:00")),
        ("DTSTART;VALUE=DATE:20261010", ("10-09 22:00", "10-10 22:00")),
    ],
)
def test_each_form_of_time_is_an_instant(event: str, span: tuple[str, str]) -> None:
    assert read(event) == [span]


def test_what_comes_again_keeps_to_the_wall_clock_over_the_change() -> None:
    nights = (
        "DTSTART;TZID=Europe/Madrid:20261023T220000|DTEND;TZID=Europe/Madrid:20261024T060000"
        "|RRULE:FREQ=DAILY;UNTIL=20261026T210000Z|EXDATE;TZID=Europe/Madrid:20261025T220000"
    )

    assert read(nights) == [
        ("10-23 20:00", "10-24 04:00"),
        ("10-24 20:00", "10-25 05:00"),  # nine hours of night
        ("10-26 21:00", "10-27 05:00"),
    ]


def test_one_time_that_was_moved_is_where_it_was_moved_to() -> None:
    weekly = "DTSTART:20261005T090000Z|DURATION:PT1H|RRULE:FREQ=WEEKLY;COUNT=3"
    moved = "DTSTART:20261013T120000Z|DURATION:PT1H|RECURRENCE-ID:20261012T090000Z"
    body = calendar(weekly, moved).replace(b"UID:1", b"UID:0")

    found = icalendars.read(body, zone=MADRID, start=START, end=END)

    assert [f"{one.start:%m-%d %H}" for one in found.spans] == ["10-05 09", "10-13 12", "10-19 09"]


def test_what_is_cancelled_or_out_of_sight_does_not_count() -> None:
    assert read("DTSTART:20261010T090000Z|DURATION:PT1H|STATUS:CANCELLED") == []
    assert read("DTSTART:20250101T090000Z|DURATION:PT1H", "DTSTART:20300101T090000Z") == []


@pytest.mark.parametrize(
    "event",
    [
        "SUMMARY:bad|DTSTART;TZID=Asia/Tokyo:00010101T000000|DURATION:PT1H",
        "SUMMARY:bad|DTSTART:garbage",
        "SUMMARY:bad|DTSTART:20261010T090000Z|DTEND:20261010T080000Z",
        "SUMMARY:bad|DTSTART:20261010T090000Z|DURATION:PT1H|RRULE:FREQ=SECONDLY",
        "SUMMARY:bad|DTSTART:20261010T090000Z|DURATION:PT1H|RRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=5FR",
        "SUMMARY:bad|DTSTART:20261010T090000Z|DURATION:P30D|RRULE:FREQ=DAILY",
        "SUMMARY:bad",
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_counts(event: str) -> None:
    good = "SUMMARY:good|DTSTART:20261010T090000Z|DURATION:PT1H"

    found = icalendars.read(calendar(event, good), zone=MADRID, start=START, end=END)

    assert [one.title for one in found.spans] == ["good"]
    assert len(found.problems) == 1
    assert found.problems[0].startswith("“bad” is left out: ")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"nonsense", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"x" * (icalendars.LARGEST + 1),
        calendar(*["DTSTART:20261010T090000Z"] * (icalendars.MOST_EVENTS + 1)),
        calendar("DTSTART:20261001T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY",
                 *["DTSTART:20261001T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY"] * 4),
    ],
    ids=["empty", "text", "bytes", "cut off", "large", "many events", "many spans"],
)  # fmt: skip
def test_what_is_no_calendar_or_too_much_is_refused(body: bytes) -> None:
    with pytest.raises(icalendars.Unreadable):
        icalendars.read(body, zone=MADRID, start=START, end=END)
