"""The book of trades as arrays: days from the rollups, single trades from their rows.

For any choice of environment, currency, strategy, symbol, source and days. Sums of money are made
by PostgreSQL, exactly; statistics get them as float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.choices import PAIRS
from analytics.paths import WHOLE
from analytics.performance import days
from analytics.performance.returns import Array
from analytics.performance.trades import Tally

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

ZERO = Decimal(0)
COPY_HEADER, COPY_TRAILER = 19, 2  # bytes around the rows of a binary COPY
EPOCH_2000_US = 946_684_800_000_000  # PostgreSQL counts from there
FEW_DAYS, FEW_TRADES = 2, 1_000  # spread over more days, so few are looked for by their hours
CHOSEN = """env = %(env)s AND currency = %(currency)s
  AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND (%(symbol)s = '' OR symbol = %(symbol)s)
  AND (%(source)s = '' OR source = %(source)s)"""
BY_DAY = f"""
SELECT (bucket AT TIME ZONE 'UTC')::date, sum(trades)::bigint, sum(wins)::bigint,
       sum(losses)::bigint, sum(breakeven)::bigint, sum(gross_profit), sum(gross_loss), sum(pnl),
       sum(fees)
FROM analytics_traderollup WHERE {CHOSEN} AND unit = 'd'
GROUP BY bucket ORDER BY bucket
"""  # noqa: S608 - constants only
LEDGER = f"""
SELECT (at AT TIME ZONE 'UTC')::date, coalesce(sum(amount) FILTER (WHERE kind = 'funding'), 0),
       coalesce(sum(amount) FILTER (WHERE kind = 'fee'), 0),
       coalesce(sum(amount) FILTER (WHERE kind NOT IN ('funding', 'fee', 'realized_pnl')), 0)
FROM analytics_ledgerentry WHERE {CHOSEN}
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - constants only
CLOSED = f"""
COPY (SELECT closed_at, coalesce(opened_at, closed_at), pnl::float8, coalesce(notional, 0)::float8
      FROM analytics_trade
      WHERE {CHOSEN} AND closed_at >= %(start)s AND closed_at < %(end)s) TO STDOUT (FORMAT BINARY)
"""  # noqa: S608 - constants only
NEWEST = f"""
SELECT (extract(epoch FROM closed_at) * 1000000)::bigint, pnl::float8 FROM (
    SELECT closed_at, id, pnl FROM analytics_trade
    WHERE {CHOSEN} AND closed_at >= %(start)s AND closed_at < %(end)s
    ORDER BY closed_at DESC, id DESC LIMIT %(most)s
) AS newest ORDER BY closed_at, pnl
"""  # noqa: S608 - constants only
# The same of what is rarely traded, among much else: only the hours that the rollups name. The
# limits within keep the planner from reading all.
NEWEST_OF_FEW = f"""{PAIRS}, own AS MATERIALIZED (
    SELECT strategy, symbol, source FROM pair WHERE {CHOSEN}
), hours AS MATERIALIZED (
    SELECT DISTINCT hour.bucket FROM unnest(%(days)s::date[]) AS day, own, LATERAL (
        SELECT bucket FROM analytics_traderollup AS r
        WHERE unit = 'h' AND env = %(env)s AND currency = %(currency)s
          AND r.strategy = own.strategy AND r.symbol = own.symbol AND r.source = own.source
          AND bucket >= day AT TIME ZONE 'UTC' AND bucket < (day + 1) AT TIME ZONE 'UTC'
          AND trades > 0
        ORDER BY bucket DESC LIMIT 24) AS hour
    ORDER BY bucket DESC LIMIT %(most)s
)
SELECT (extract(epoch FROM closed_at) * 1000000)::bigint, pnl::float8 FROM (
    SELECT trade.* FROM hours, LATERAL (
        SELECT closed_at, id, pnl FROM analytics_trade
        WHERE {CHOSEN} AND closed_at >= bucket AND closed_at < bucket + interval '1 hour'
        ORDER BY closed_at DESC, id DESC LIMIT %(most)s) AS trade
    ORDER BY closed_at DESC, id DESC LIMIT %(most)s
) AS newest ORDER BY closed_at, pnl
"""  # noqa: S608 - constants only
CURRENCIES = """
SELECT currency FROM analytics_traderollup
WHERE env = %(env)s AND unit = 'd' AND (%(source)s = '' OR source = %(source)s) GROUP BY 1
UNION
SELECT currency FROM analytics_ledgerentry
WHERE env = %(env)s AND (%(source)s = '' OR source = %(source)s) GROUP BY 1
ORDER BY 1
"""
COPIED = np.dtype([
    ("fields", ">i2"), ("l1", ">i4"), ("at", ">i8"), ("l2", ">i4"), ("opened", ">i8"),
    ("l3", ">i4"), ("pnl", ">f8"), ("l4", ">i4"), ("notional", ">f8"),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """Whose trades, and of which UTC days, both included. Currencies are never added."""

    env: str
    currency: str
    strategy: str = WHOLE
    symbol: str = ""  # blank: every one
    source: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: getattr(self, name)
                for name in ("env", "currency", "strategy", "symbol", "source")}  # fmt: skip

    def holds(self, day: date) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Days:
    """Day by day, without gaps, from the first to the last activity within the choice.

    `gain` is what equity earned: PnL + funding + ledger fees. `before` is what happened to equity
    before the first day: gains and flows.
    """

    day: days.Days
    trades: NDArray[np.int64]
    pnl: Array
    fees: Array
    funding: Array
    ledger_fees: Array
    gain: Array
    flows: Array
    before: Decimal
    tally: Tally
    totals: dict[str, Decimal]  # exact sums of fees, funding, ledger_fees, flows
    traded: Sequence[Traded]  # the days with trades, for what few figures need


@dataclass(frozen=True, slots=True)
class Closed:
    """Single trades by closing time; times in microseconds since 1970, money as float64."""

    at: NDArray[np.int64]
    opened: NDArray[np.int64]
    pnl: Array
    notional: Array

    def steps(self) -> tuple[NDArray[np.int64], Array]:
        """PnL summed by exact closing time: what every figure of a path starts from."""
        if not len(self.at):
            return self.at, self.pnl
        starts = np.flatnonzero(np.concatenate(([True], self.at[1:] != self.at[:-1])))
        return self.at[starts], np.add.reduceat(self.pnl, starts)


class Traded(NamedTuple):
    """One day of the rollups."""

    day: date
    trades: int
    wins: int
    losses: int
    breakeven: int
    gross_profit: Decimal
    gross_loss: Decimal
    pnl: Decimal
    fees: Decimal


class Booked(NamedTuple):
    """One day of the ledger."""

    day: date
    funding: Decimal
    fees: Decimal
    flows: Decimal


def by_day(cursor: CursorWrapper, account: Account) -> Days:
    """Daily sums of an account; no days at all when nothing ever happened in it."""
    cursor.execute(BY_DAY, account.chosen)
    traded = [Traded(*row) for row in cursor.fetchall()]
    cursor.execute(LEDGER, account.chosen)
    booked = [Booked(*row) for row in cursor.fetchall()]
    return _days(account, traded, booked)


def currencies(cursor: CursorWrapper, *, env: str, source: str = "") -> list[str]:
    """What an environment, or one source in it, has trades or bookings in."""
    cursor.execute(CURRENCIES, {"env": env, "source": source})
    return [currency for (currency,) in cursor.fetchall()]


def _days(account: Account, traded: list[Traded], booked: list[Booked]) -> Days:
    active = [row.day for row in traded] + [row.day for row in booked]
    span = _span(account, active)
    before = ZERO
    if span is not None:
        before += sum((row.pnl for row in traded if row.day < span[0]), ZERO)
        before += sum((sum(row[1:], ZERO) for row in booked if row.day < span[0]), ZERO)
    own = [row for row in traded if account.holds(row.day)]
    ledger = [row for row in booked if account.holds(row.day)]
    day = days.between(*span) if span else np.empty(0, dtype="datetime64[D]")
    trades, pnl, fees = _columns(day, own, ("trades", "pnl", "fees"))
    funding, ledger_fees, flows = _columns(day, ledger, ("funding", "fees", "flows"))
    return Days(
        day=day,
        trades=trades.astype(np.int64),
        pnl=pnl,
        fees=fees,
        funding=funding,
        ledger_fees=ledger_fees,
        gain=pnl + funding + ledger_fees,
        flows=flows,
        before=before,
        tally=_tally(own),
        totals={
            "fees": _sum(own, "fees"),
            "funding": _sum(ledger, "funding"),
            "ledger_fees": _sum(ledger, "fees"),
            "flows": _sum(ledger, "flows"),
        },
        traded=own,
    )


def _span(account: Account, active: Sequence[date]) -> tuple[date, date] | None:
    """Quiet days before the first activity of all and after the last do not count."""
    if not active:
        return None
    first = max(min(active), account.first or date.min)
    last = min(max(active), account.last or date.max)
    return (first, last) if first <= last else None


def _columns(day: days.Days, found: Sequence[Any], names: Sequence[str]) -> list[Array]:
    """These columns of rows of distinct days, 0 on the days between."""
    full = [np.zeros(len(day)) for _ in names]
    if found:
        origin = day[0].item().toordinal()
        places = [row.day.toordinal() - origin for row in found]
        for column, name in zip(full, names, strict=True):
            column[places] = list(map(float, map(attrgetter(name), found)))
    return full


def columns(days: Days, *names: str) -> list[Array]:
    """More of each day, by the names of Traded: `wins`, `gross_profit` ..."""
    return _columns(days.day, days.traded, names)


def _tally(traded: Sequence[Traded]) -> Tally:
    trades, wins, losses, breakeven = (
        sum(map(attrgetter(name), traded)) for name in ("trades", "wins", "losses", "breakeven")
    )
    profit, loss, pnl = (_sum(traded, name) for name in ("gross_profit", "gross_loss", "pnl"))
    return Tally(trades, wins, losses, breakeven, profit, loss, pnl)


def _sum(found: Sequence[Any], name: str) -> Decimal:
    return sum(map(attrgetter(name), found), ZERO)


def closed(cursor: CursorWrapper, account: Account) -> Closed:
    """Single trades by binary COPY: every row has the same size, so the answer is an array."""
    start, end = bounds(account)
    with cursor.copy(CLOSED, {**account.chosen, "start": start, "end": end}) as copy:
        raw = b"".join(bytes(part) for part in copy)
    rows = np.frombuffer(raw[COPY_HEADER:-COPY_TRAILER], dtype=COPIED)
    rows = rows[np.lexsort((rows["pnl"], rows["at"]))]
    return Closed(
        at=rows["at"].astype(np.int64) + EPOCH_2000_US,
        opened=rows["opened"].astype(np.int64) + EPOCH_2000_US,
        pnl=rows["pnl"].astype(np.float64),
        notional=rows["notional"].astype(np.float64),
    )


def newest(cursor: CursorWrapper, account: Account, days: Days, *, most: int) -> Array:
    """PnL of the newest trades of the days, oldest first."""
    return latest(cursor, account, days, most=most)[1]


def latest(
    cursor: CursorWrapper, account: Account, days: Days, *, most: int
) -> tuple[NDArray[np.int64], Array]:
    """When the newest trades closed (microseconds since 1970), and their PnL, oldest first.

    Reads no more days than hold so many.
    """
    if not len(days.day):
        return np.empty(0, dtype=np.int64), np.empty(0)
    enough = np.flatnonzero(np.cumsum(days.trades[::-1]) >= most)
    back = int(enough[0]) if len(enough) else len(days.day) - 1
    some = replace(account, first=days.day[-1 - back].item(), last=days.day[-1].item())
    asked = {**account.chosen, "most": most}
    if back > FEW_DAYS and min(most, int(days.trades.sum())) <= FEW_TRADES:
        own = days.day[-1 - back :][days.trades[-1 - back :] > 0]
        cursor.execute(NEWEST_OF_FEW, asked | {"days": own.tolist()})
    else:
        asked["start"], asked["end"] = bounds(some)
        cursor.execute(NEWEST, asked)
    found = cursor.fetchall()
    return (
        np.array([at for at, _ in found], dtype=np.int64),
        np.array([pnl for _, pnl in found], dtype=np.float64),
    )


def bounds(account: Account) -> tuple[datetime, datetime]:
    """The account's days as instants: start <= t < end."""
    first = account.first or date(1970, 1, 1)
    last = account.last or date(9998, 12, 31)
    return (
        datetime.combine(first, time(), UTC),
        datetime.combine(last, time(), UTC) + timedelta(days=1),
    )
