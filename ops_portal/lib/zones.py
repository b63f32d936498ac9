"""Time zones by their IANA names."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def named(name: str) -> ZoneInfo | None:
    """None for a name that is no zone: what a person sends is looked up, never opened as a path."""
    return ZoneInfo(name) if name in _known() else None
