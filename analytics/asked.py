"""What the address of the trading page asks for: scope, range, page of trades."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import QueryDict

from analytics.charts import Cursor, Span, first_trade_day, span
from analytics.choices import Choice
from analytics.paths import WHOLE
from analytics.scope import Scope

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
LATEST_ID = 2**63 - 1
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A view of the page; what the address leaves out or gets wrong falls back to the default."""

    scope: Scope
    range: str
    span: Span
    before: Cursor
    paged: bool  # an older page of trades, which does not follow the feed

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
    before = _cursor(query.get("before", ""))
    end = Cursor(drawn.end if name == CUSTOM else now + timedelta(days=2), LATEST_ID)
    return Asked(scope, name, drawn, before or end, before is not None)


def kept(query: QueryDict, *names: str) -> list[tuple[str, str]]:
    """The parameters that a form of the page must carry along."""
    return [(name, query.get(name, "")) for name in names if query.get(name)]


def cursor_text(closed_at: str, trade_id: int) -> str:
    """How the address names the trade that a page ends with."""
    return f"{closed_at}~{trade_id}"


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
    start, end = _moment(query.get("from", "")), _moment(query.get("to", ""))
    if start and start < (end or now):
        return CUSTOM, span(start, min(end or now, now + timedelta(minutes=1)))
    name = query.get("range", otherwise)
    if name == ALL:
        return ALL, span(first_trade_day(scope) or now - RANGES[DEFAULT], now)
    name = name if name in RANGES else DEFAULT
    return name, span(now - RANGES[name], now)


def _moment(text: str) -> datetime | None:
    """ISO 8601, UTC where it names no zone; None when it is no time of this century."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at if 2000 <= at.year < 2100 else None


def _cursor(text: str) -> Cursor | None:
    moment, _, number = text.partition("~")
    at = _moment(moment)
    if at is None or not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return Cursor(at, int(number))
