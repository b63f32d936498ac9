"""Times as a clock on a wall shows them."""

from datetime import datetime


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001  naive on purpose
