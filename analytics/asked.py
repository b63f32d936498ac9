"""What the address of the trading page asks for: scope, range, page of trades."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.conf import settings
from django.http import QueryDict

from analytics.charts import Span, first_trade_day, span
from analytics.choices import Choice
from analytics.paths import WHOLE
from analytics.scope import Scope
from ops_portal.lib import zones

RANGES = {
    "live": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
}
ALL, CUSTOM, DEFAULT = "all", "custom", "24h"
WORDS = (
    ("live", "Live"),
    ("1h", "1 h"),
    ("6h", "6 h"),
    ("24h", "24 h"),
    ("7d", "7 d"),
    ("all", "All"),
)
RANGE_WORDS = {
    "live": "in 15 min",
    "1h": "in 1 h",
    "6h": "in 6 h",
    "24h": "in 24 h",
    "7d": "in 7 d",
}
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A view of the page; what the address leaves out or gets wrong falls back to the default."""

    scope: Scope
    range: str
    span: Span
    compares: bool = False  # with the period before; all there is has none

    @property
    def follows(self) -> bool:
        """The right edge is now."""
        return self.range != CUSTOM

    @property
    def range_word(self) -> str:
        """`in 24 h`, as the tiles put it."""
        words = {**RANGE_WORDS, ALL: "in all", CUSTOM: "in these times"}
        return words[self.range]


def read(
    query: QueryDict,
    known: Iterable[Choice],
    *,
    now: datetime,
    otherwise: str = DEFAULT,
) -> Asked:
    """Read the address; `known` are the choices that exist.

    A strategy, symbol or source that nobody traded is kept: a filter is never dropped silently.
    `otherwise` is the range of an address that names none.
    """
    scope = _scope(query, list(known))
    name, drawn = _range(query, scope, now, otherwise)
    return Asked(scope, name, drawn, compares=name != ALL and query.get("compare") == "1")


def kept(query: QueryDict, *names: str) -> list[tuple[str, str]]:
    """The parameters that a form of the page must carry along."""
    return [(name, query.get(name, "")) for name in names if query.get(name)]


def _scope(query: QueryDict, known: list[Choice]) -> Scope:
    envs = {one.env for one in known}
    preferred = next((env for env in ("live", "paper", "backtest") if env in envs), "live")
    env = query.get("env", "") if query.get("env") in envs else preferred
    currencies = sorted({one.currency for one in known if one.env == env})
    reporting = settings.REPORTING_CURRENCY
    fallback = reporting if reporting in currencies or not currencies else currencies[0]
    currency = query.get("currency", "") if query.get("currency") in currencies else fallback
    return Scope(
        env, currency, _named(query, "strategy") or WHOLE, symbol=_named(query, "symbol"),
        source=_named(query, "source"), several=len(currencies) > 1,
    )  # fmt: skip


def _named(query: QueryDict, what: str) -> str:
    """A name that may exist; blank where it cannot."""
    text = query.get(what, "")
    return text if text.isprintable() and len(text) <= LONGEST_NAME else ""


def _range(query: QueryDict, scope: Scope, now: datetime, otherwise: str) -> tuple[str, Span]:
    zone = zones.named(query.get("zone", "")) or UTC
    start, end = moment(query.get("from", ""), zone), moment(query.get("to", ""), zone)
    if start and start < (end or now):
        return CUSTOM, span(start, min(end or now, now + timedelta(minutes=1)))
    name = query.get("range", otherwise)
    if name == ALL:
        return ALL, span(first_trade_day(scope) or now - RANGES[DEFAULT], now)
    name = name if name in RANGES else DEFAULT
    return name, span(now - RANGES[name], now)


def moment(text: str, zone: tzinfo = UTC) -> datetime | None:
    """ISO 8601, of `zone` where it names none; None when it is no time of this century."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 2000 <= at.year < 2100:
        return None
    return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(UTC)
