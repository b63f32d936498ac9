"""The list of trades: filters, orders and pages by key, never by number.

Newest first is free at any size. A rare filter does not read the whole book: the page looks through
the newest AT_ONCE trades (of those that broke even: `trade_even` has them), then leaps to the hours
that the rollups say it has trades in; for what rollups do not know (side, exit) the next
page goes on where this one stopped looking. The
other orders have no index, because one would cost every trade that comes in: they sort the newest
SORTABLE trades of a range, and the page says when there are more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import QueryDict

from analytics import booked
from analytics.asked import CUSTOM, Asked, moment
from analytics.booked import Booked
from analytics.choices import PAIRS
from analytics.paths import WHOLE
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

PAGE = 25
AT_ONCE = 3_000  # trades that are looked through for one page
NEAR_ONCE = 1_000  # before it is leaped
HOURS = 30  # that are leaped to for one page
SORTABLE = 8_000
LATEST_ID = 2**63 - 1
SIDES = (("buy", "Buy"), ("sell", "Sell"))
OUTCOMES = (("won", "Won"), ("lost", "Lost"), ("even", "Even"))
SORTS = (("", "Newest first"), ("best", "Best first"), ("worst", "Worst first"),
         ("longest", "Longest first"), ("shortest", "Shortest first"))  # fmt: skip
HELD = "extract(epoch FROM closed_at - opened_at)"
# sort: what it goes by, and whether from the largest down
KEYS = {"best": ("pnl", True), "worst": ("pnl", False), "longest": (HELD, True),
        "shortest": (HELD, False)}  # fmt: skip
WON = {
    "": "true",
    "won": "round(pnl, 8) > 0",
    "lost": "round(pnl, 8) < 0",
    "even": "round(pnl, 8) = 0",
}
INDEXED = {"even"}  # outcomes of which the index `trade_even` has all, and only those
ROLLED = {"": "trades > 0", "won": "wins > 0", "lost": "losses > 0", "even": "breakeven > 0"}
# Those of `Booked`.
COLUMNS = """id, env, source, currency, trade_key, opened_at, closed_at, strategy, symbol, side,
    quantity, price, pnl, fees, exit_reason"""
OF_SCOPE = """currency = %(currency)s AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND (%(symbol)s = '' OR symbol = %(symbol)s)
  AND (%(source)s = '' OR source = %(source)s)"""
FILTERED = f"""{OF_SCOPE}
  AND (%(side)s = '' OR side = %(side)s)
  AND (%(exit_reason)s = '' OR exit_reason = %(exit_reason)s)"""
BEFORE = "env = %(env)s AND (closed_at, id) < (%(before)s, %(before_id)s)"
# The same for hours: a comparison of rows would begin each search of the index at its own end.
BEHIND = "(closed_at < %(before)s OR closed_at = %(before)s AND id < %(before_id)s)"
NEWEST = "ORDER BY closed_at DESC, id DESC"
NEAR = f"""
SELECT {COLUMNS} FROM (
    SELECT * FROM analytics_trade WHERE {BEFORE} AND {{own}} {NEWEST} LIMIT %(at_once)s) AS near
WHERE {FILTERED} AND {{won}} {NEWEST} LIMIT %(limit)s
"""  # noqa: S608 - constants only
# The last of those that were looked through, if they were so many.
EDGE = f"""
SELECT last.* FROM (
    SELECT closed_at, id, row_number() OVER ({NEWEST}) AS place FROM analytics_trade
    WHERE {BEFORE} AND {{own}} {NEWEST} LIMIT %(at_once)s) AS last
WHERE place = %(at_once)s
"""  # noqa: S608 - constants only
OF_PAIR = """r.env = %(env)s AND r.currency = %(currency)s AND r.strategy = pair.strategy
          AND r.symbol = pair.symbol AND r.source = pair.source
          AND r.bucket <= %(before)s AND {rolled}"""
# The newest hours of each strategy in each symbol by each source.
BY_HOUR = f"""hours AS MATERIALIZED (
    SELECT DISTINCT hour.bucket FROM own AS pair, LATERAL (
        SELECT bucket FROM analytics_traderollup AS r WHERE unit = 'h' AND {OF_PAIR}
        ORDER BY bucket DESC LIMIT %(hours)s) AS hour
    ORDER BY bucket DESC LIMIT %(hours)s
)"""  # noqa: S608 - constants only
# The same of what few hours have: first the newest days, then the hours of those.
BY_DAY = f"""days AS MATERIALIZED (
    SELECT DISTINCT day.bucket FROM own AS pair, LATERAL (
        SELECT bucket FROM analytics_traderollup AS r WHERE unit = 'd' AND {OF_PAIR}
        ORDER BY bucket DESC LIMIT %(hours)s) AS day
    ORDER BY bucket DESC LIMIT %(hours)s
), hours AS MATERIALIZED (
    SELECT DISTINCT hour.bucket FROM days, own AS pair, LATERAL (
        SELECT bucket FROM analytics_traderollup AS r WHERE unit = 'h' AND {OF_PAIR}
          AND r.bucket >= days.bucket AND r.bucket < days.bucket + interval '1 day'
        ORDER BY bucket DESC LIMIT 24) AS hour
    ORDER BY bucket DESC LIMIT %(hours)s
)"""  # noqa: S608 - constants only
LEAP = f"""{PAIRS}, own AS MATERIALIZED (
    SELECT strategy, symbol, source FROM pair WHERE env = %(env)s AND {OF_SCOPE}
), {{hours}}
SELECT {COLUMNS}, start, n FROM (
    SELECT min(bucket) AS start, count(*) AS n FROM hours) AS edge LEFT JOIN (
    SELECT t.* FROM hours, LATERAL (
        SELECT * FROM analytics_trade
        WHERE env = %(env)s AND {BEHIND}
          AND closed_at >= hours.bucket AND closed_at < hours.bucket + interval '1 h'
          AND {FILTERED} AND {{won}} {NEWEST} LIMIT %(limit)s) AS t
    {NEWEST} LIMIT %(limit)s) AS found ON true
{NEWEST}
"""  # noqa: S608 - constants only
IN_RANGE = "env = %(env)s AND closed_at >= %(start)s AND closed_at < %(end)s"
SIZE = f"""
SELECT count(*) FROM (
    SELECT FROM analytics_trade WHERE {IN_RANGE} {NEWEST} LIMIT %(sortable)s + 1) AS counted
"""  # noqa: S608 - constants only
# What is sorted is narrow; the rows of the page are read afterwards.
SORTED = f"""
SELECT {COLUMNS} FROM (
    SELECT id, {{key}} AS key FROM (
        SELECT * FROM analytics_trade WHERE {IN_RANGE} {NEWEST} LIMIT %(sortable)s) AS near
    WHERE {FILTERED} AND {{won}} AND {{key}} IS NOT NULL
      AND (%(mark)s::numeric IS NULL OR ({{key}}, id) {{past}} (%(mark)s, %(mark_id)s))
    ORDER BY {{key}} {{way}}, id {{way}} LIMIT %(limit)s
) AS chosen JOIN analytics_trade USING (id) ORDER BY key {{way}}, id {{way}}
"""  # noqa: S608 - constants only
EXITS = """
SELECT DISTINCT exit_reason FROM (
    SELECT exit_reason FROM analytics_trade WHERE env = %(env)s
    ORDER BY closed_at DESC, id DESC LIMIT 1000) AS newest
WHERE exit_reason <> '' ORDER BY 1 LIMIT 40
"""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: just behind this trade. `mark` is what it is sorted by."""

    mark: datetime | Decimal
    id: int

    def __str__(self) -> str:
        mark = self.mark.isoformat() if isinstance(self.mark, datetime) else f"{self.mark:f}"
        return f"{mark}~{self.id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which trades, in which order; `start` and `end` bound the orders that are not by time."""

    start: datetime
    end: datetime
    side: str = ""
    outcome: str = ""
    exit_reason: str = ""
    sort: str = ""
    before: Cursor | None = None

    @property
    def follows(self) -> bool:
        """New trades belong on this page."""
        return self.before is None and not self.sort

    @property
    def told(self) -> dict[str, str]:
        """The filters, as the page and the address name them."""
        return {
            "side": self.side, "outcome": self.outcome, "exit": self.exit_reason, "sort": self.sort,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """`older`: where the next one begins, also when this one found nothing so far back."""

    rows: list[Booked]
    older: Cursor | None = None
    left_out: bool = False  # the range has more than this order sorts


def read(query: QueryDict, view: Asked, *, now: datetime) -> Wanted:
    """What the address asks for; nonsense falls back to all trades, newest first."""
    sort = _one_of(query.get("sort", ""), SORTS)
    exit_reason = query.get("exit", "")
    return Wanted(
        side=_one_of(query.get("side", ""), SIDES),
        outcome=_one_of(query.get("outcome", ""), OUTCOMES),
        exit_reason=exit_reason if exit_reason.isprintable() else "",
        sort=sort,
        start=view.span.start,
        end=view.span.end if view.range == CUSTOM else now + timedelta(days=2),
        before=_cursor(query.get("before", ""), sort),
    )


def page(scope: Scope, wanted: Wanted, *, limit: int = PAGE, sortable: int | None = None) -> Page:
    """At most `limit` trades; `sortable`: of how many, for the orders that are not by time."""
    rolled = _is_rolled(scope, wanted)
    asked = scope.chosen | {
        "side": wanted.side, "exit_reason": wanted.exit_reason, "start": wanted.start,
        "end": wanted.end, "limit": limit + 1, "at_once": NEAR_ONCE if rolled else AT_ONCE,
        "hours": HOURS, "sortable": SORTABLE if sortable is None else sortable,
    }  # fmt: skip
    with connection.cursor() as cursor:
        if wanted.sort:
            return _sorted(cursor, wanted, asked, limit)
        before = wanted.before or Cursor(wanted.end, LATEST_ID)
        found, edge = _near(cursor, wanted, asked | _behind(before), limit)
        if edge is None or not rolled:
            return found
        return _leapt(cursor, wanted, asked | _behind(edge), found.rows, limit)


def exits(scope: Scope) -> list[str]:
    """Why the newest trades were closed, for the filter."""
    with connection.cursor() as cursor:
        cursor.execute(EXITS, scope.chosen)
        return [reason for (reason,) in cursor.fetchall()]


def told(rows: list[Booked]) -> list[dict[str, Any]]:
    """As the page and its frames carry them."""
    return [booked.row(row) for row in rows]


def _is_rolled(scope: Scope, wanted: Wanted) -> bool:
    """Do the rollups know where such trades are?"""
    return bool(scope.is_part or scope.strategy != WHOLE or scope.several or wanted.outcome)


def _near(
    cursor: CursorWrapper, wanted: Wanted, asked: dict[str, Any], limit: int
) -> tuple[Page, Cursor | None]:
    """What is found among the next AT_ONCE trades; where they end, if more may be behind them."""
    won = WON[wanted.outcome]
    own = won if wanted.outcome in INDEXED else "true"
    cursor.execute(NEAR.format(won=won, own=own), asked)
    rows = [Booked(*row) for row in cursor.fetchall()]
    if len(rows) > limit:
        return _cut(rows, limit), None
    cursor.execute(EDGE.format(own=own), asked)
    last = cursor.fetchone()
    if last is None:  # all there is was looked through
        return Page(rows), None
    edge = Cursor(last[0], last[1])
    return Page(rows, edge), edge


def _leapt(
    cursor: CursorWrapper,
    wanted: Wanted,
    asked: dict[str, Any],
    rows: list[Booked],
    limit: int,
) -> Page:
    """The page whose first rows were found before, filled from the hours that have such trades."""
    hours = BY_DAY if wanted.outcome in INDEXED else BY_HOUR
    statement = LEAP.format(
        won=WON[wanted.outcome], hours=hours.format(rolled=ROLLED[wanted.outcome])
    )
    cursor.execute(statement, asked | {"limit": limit + 1 - len(rows)})
    found = cursor.fetchall()
    rows = rows + [Booked(*row[:-2]) for row in found if row[0] is not None]
    start, hours = found[0][-2:]
    if len(rows) > limit:
        return _cut(rows, limit)
    return Page(rows, Cursor(start, 0) if hours == HOURS else None)


def _sorted(cursor: CursorWrapper, wanted: Wanted, asked: dict[str, Any], limit: int) -> Page:
    cursor.execute(SIZE, asked)
    left_out = cursor.fetchone()[0] > asked["sortable"]
    key, down = KEYS[wanted.sort]
    before = wanted.before
    cursor.execute(
        SORTED.format(
            key=key,
            won=WON[wanted.outcome],
            past="<" if down else ">",
            way="DESC" if down else "ASC",
        ),
        asked | {"mark": before.mark if before else None, "mark_id": before.id if before else None},
    )
    rows = [Booked(*row) for row in cursor.fetchall()]
    if len(rows) <= limit:
        return Page(rows, left_out=left_out)
    last = rows[limit - 1]
    cut = Cursor(last.pnl if key == "pnl" else _held(last), last.id)
    return Page(rows[:limit], cut, left_out)


def _held(row: Booked) -> Decimal:
    """Seconds, to the microsecond, as HELD has them."""
    opened_at = row.opened_at or row.closed_at
    return Decimal((row.closed_at - opened_at) // timedelta(microseconds=1)).scaleb(-6)


def _cut(rows: list[Booked], limit: int) -> Page:
    last = rows[limit - 1]
    return Page(rows[:limit], Cursor(last.closed_at, last.id))


def _behind(cursor: Cursor) -> dict[str, Any]:
    return {"before": cursor.mark, "before_id": cursor.id}


def _one_of(text: str, known: tuple[tuple[str, str], ...]) -> str:
    return text if text in dict(known) else ""


def _cursor(text: str, sort: str) -> Cursor | None:
    mark, _, number = text.rpartition("~")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    found = _amount(mark) if sort else moment(mark)
    return None if found is None else Cursor(found, int(number))


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**20 else None
