"""A desk of three people, a schedule and addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from django.contrib.auth.models import User

from alerts.models import Receiver, Schedule
from tests import factories

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # a Wednesday


@pytest.fixture
def ana(db: None) -> User:
    return factories.person("ana", role="responder")


@pytest.fixture
def ben(db: None) -> User:
    return factories.person("ben", role="responder")


@pytest.fixture
def cleo(db: None) -> User:
    return factories.person("cleo", role="responder")


@pytest.fixture
def desk(ana: User, ben: User) -> Schedule:
    """Ana and Ben by turns of a day, handed over at 09:00 in Madrid; Ana has the Wednesday."""
    return factories.schedule(
        "Desk",
        people=[ana, ben],
        kind="daily",
        first_day=date(2026, 11, 23),
        time_zone="Europe/Madrid",
    )


def address(user: User, name: str = "", *, verified: bool = True) -> Receiver:
    """An address of the person's own."""
    return factories.receiver(
        name or f"{user.username} mail",
        address=f"{name or user.username}@desk.example".replace(" ", "."),
        owner=user,
        verified_at=NOON if verified else None,
    )


def clock(hour: int, minute: int = 0) -> time:
    return time(hour, minute)
