"""Sums by minute, hour and day: what pages read instead of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics import exact, rows
from analytics.bundle import Bundle
from analytics.events import Table
from analytics.events.table import moment
from analytics.exact import Scaled
from analytics.live import Frame

# Minute since 1970, env, strategy, symbol, currency, source.
Bucket = tuple[int, str, str, str, str, str]
Later = Callable[[], list[Frame]]  # frames that are known once the bundle was sent
LEAST_WIN = Decimal("5e-9")  # rounds to 1e-8, where wins, losses and breakeven are told apart
ZERO = Decimal(0)
MINUTE_US = 60_000_000
REASON = 80  # characters of a reason that are told apart

COUNT = """
INSERT INTO analytics_eventrollup AS r (unit, bucket, kind, label, env, strategy, count)
SELECT unit, date_trunc(step, minute, 'UTC'), %s, label, env, strategy, sum(n)
FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::bigint[])
         AS e(minute, label, env, strategy, n),
     (VALUES ('m', 'minute'), ('h', 'hour'), ('d', 'day')) AS u(unit, step)
GROUP BY 1, 2, 4, 5, 6 ORDER BY 5, 1, 2, 4, 6
ON CONFLICT (env, kind, unit, bucket, label, strategy)
DO UPDATE SET count = r.count + EXCLUDED.count
"""
ADD = """
INSERT INTO analytics_traderollup AS r (unit, bucket, env, strategy, symbol, currency, source,
    trades, wins, losses, breakeven, gross_profit, gross_loss, pnl, fees)
SELECT unit, date_trunc(step, minute, 'UTC'), env, strategy, symbol, currency, source, sum(trades),
       sum(wins), sum(losses), sum(breakeven), sum(profit), sum(loss), sum(pnl), sum(fees)
FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[],
            %s::numeric[], %s::numeric[])
         AS d(minute, env, strategy, symbol, currency, source, trades, wins, losses, breakeven,
              profit, loss, pnl, fees),
     (VALUES ('m', 'minute'), ('h', 'hour'), ('d', 'day')) AS u(unit, step)
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 3, 1, 2, 6, 4, 5, 7
ON CONFLICT (env, unit, bucket, currency, strategy, symbol, source) DO UPDATE SET
    trades = r.trades + EXCLUDED.trades, wins = r.wins + EXCLUDED.wins,
    losses = r.losses + EXCLUDED.losses, breakeven = r.breakeven + EXCLUDED.breakeven,
    gross_profit = r.gross_profit + EXCLUDED.gross_profit,
    gross_loss = r.gross_loss + EXCLUDED.gross_loss,
    pnl = r.pnl + EXCLUDED.pnl, fees = r.fees + EXCLUDED.fees
"""
SWEEP = """
DELETE FROM analytics_traderollup AS r
USING unnest(%s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
          AS d(minute, env, strategy, symbol, currency, source),
      (VALUES ('m', 'minute'), ('h', 'hour'), ('d', 'day')) AS u(unit, step)
WHERE r.env = d.env AND r.unit = u.unit AND r.bucket = date_trunc(u.step, d.minute, 'UTC')
  AND r.currency = d.currency AND r.strategy = d.strategy AND r.symbol = d.symbol
  AND r.source = d.source AND r.trades = 0 AND r.fees = 0 AND r.pnl = 0
"""
PNL_OF_MINUTES = """
SELECT r.env, r.currency, r.bucket, sum(r.pnl)
FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS w(env, currency, bucket)
JOIN analytics_traderollup r
  ON r.env = w.env AND r.unit = 'm' AND r.bucket = w.bucket AND r.currency = w.currency
GROUP BY 1, 2, 3
"""
SIGNALS_OF_MINUTES = """
SELECT r.env, r.bucket, r.label, sum(r.count)
FROM unnest(%s::text[], %s::timestamptz[]) AS w(env, bucket)
JOIN analytics_eventrollup r
  ON r.env = w.env AND r.kind = 'signal' AND r.unit = 'm' AND r.bucket = w.bucket
GROUP BY 1, 2, 3
"""


def count(bundle: Bundle, kind: str, counts: Mapping[tuple[int, str, str, str], int]) -> None:
    """Add events of a kind by (minute, label, env, strategy)."""
    if counts:
        numbers, *names = zip(*counts, strict=True)
        values = [*map(rows.array, names), rows.literal("int8", list(counts.values()))]
        bundle.add(COUNT, [kind, _starts(numbers), *values])


def _starts(minutes: Iterable[int]) -> str:
    return rows.literal("timestamptz", [minute * MINUTE_US for minute in minutes])


def start_of(minute: int) -> datetime:
    return moment(minute * MINUTE_US)


class Deltas:
    """What trades add to (or take from) the rollups, by minute; times in microseconds."""

    __slots__ = ("earliest", "removes", "sums")

    def __init__(self) -> None:
        self.sums: dict[Bucket, list[Any]] = {}
        self.earliest: dict[Bucket, int] = {}  # the first changed trade of each bucket
        self.removes = False

    def pay(self, key: Bucket, fee: Decimal) -> None:
        """Count the fee of a fill that realised nothing, at the fill's own time (`key[0]`)."""
        key = (key[0] // MINUTE_US, *key[1:])
        self.sums.setdefault(key, [0, 0, 0, 0, ZERO, ZERO, ZERO, ZERO])[7] += fee

    def add(self, key: Bucket, pnl: Decimal, fees: Decimal, sign: int = 1) -> None:
        """Count a trade of (closed_at, env, strategy, symbol, currency, source); -1 removes it."""
        at = key[0]
        key = (at // MINUTE_US, *key[1:])
        sums = self.sums.get(key)
        if sums is None:
            sums = self.sums[key] = [0, 0, 0, 0, ZERO, ZERO, ZERO, ZERO]
        if at < self.earliest.setdefault(key, at):
            self.earliest[key] = at
        if sign < 0:
            self.removes = True
            pnl, fees = -pnl, -fees
        sums[0] += sign
        sums[6] += pnl
        sums[7] += fees
        if -LEAST_WIN < pnl < LEAST_WIN:
            sums[3] += sign
        elif (pnl > 0) is (sign > 0):
            sums[1] += sign
            sums[4] += pnl
        else:
            sums[2] += sign
            sums[5] -= pnl

    @classmethod
    def of_new(cls, trades: Table, fees: Sequence[str]) -> Deltas:
        """Of trades that nobody counted before, one of each row and with its fee."""
        deltas = cls()
        pnls, paid = exact.scaled(trades["pnl"]), exact.scaled(fees)
        if pnls is None or paid is None:
            names = ("ts", "env", "strategy", "symbol", "currency", "source")
            keys = zip(*(trades[name] for name in names), strict=True)
            for one, pnl, fee in zip(keys, trades["pnl"], fees, strict=True):
                deltas.add(one, Decimal(pnl), Decimal(fee))
            return deltas
        groups = trades.groups("env", "strategy", "symbol", "currency", "source")
        minutes = trades.times // MINUTE_US
        order = np.lexsort((trades.times, minutes, groups.codes))
        key = np.stack((groups.codes, minutes))[:, order]
        starts = np.flatnonzero(np.append(True, np.diff(key).any(axis=0)))
        made = [(int(minute), *groups.keys[code]) for code, minute in key[:, starts].T.tolist()]
        deltas.sums = dict(zip(made, _sums(pnls, paid, order, starts), strict=True))
        deltas.earliest = dict(zip(made, trades.times[order][starts].tolist(), strict=True))
        return deltas

    def join(self, other: Deltas) -> None:
        """Take in what others add; neither takes anything away."""
        for key, sums in other.sums.items():
            former = self.sums.get(key)
            self.sums[key] = sums if former is None else list(map(add, former, sums))
        for key, at in other.earliest.items():
            self.earliest[key] = min(at, self.earliest.get(key, at))


def _sums(
    pnls: Scaled, fees: Scaled, order: NDArray[np.int64], starts: NDArray[np.int64]
) -> Iterator[list[Any]]:
    """What `Deltas.sums` holds, of each stretch of trades."""
    least = float(LEAST_WIN.scaleb(pnls.places))
    won, lost = pnls.numbers >= least, pnls.numbers <= -least
    profits = Scaled(np.where(won, pnls.numbers, 0), pnls.places)
    losses = Scaled(np.where(lost, -pnls.numbers, 0), pnls.places)
    kinds = (np.ones(len(order), dtype=np.int64), won, lost, ~(won | lost))
    counts = [np.add.reduceat(kind[order].astype(np.int64), starts).tolist() for kind in kinds]
    money = [exact.sums(column, order, starts) for column in (profits, losses, pnls, fees)]
    return map(list, zip(*counts, *money, strict=True))


def add_trades(bundle: Bundle, deltas: Deltas) -> None:
    if not deltas.sums:
        return
    numbers, *names = zip(*deltas.sums, strict=True)
    keys = [_starts(numbers), *map(rows.array, names)]
    sums = [rows.literal("numeric", column) for column in zip(*deltas.sums.values(), strict=True)]
    bundle.add(ADD, [*keys, *sums])
    if deltas.removes:  # a bucket whose last trade moved on is no bucket of zeros
        bundle.add(SWEEP, keys)


def pnl_frames(bundle: Bundle, minutes: Iterable[tuple[str, str, int]]) -> Later:
    """Frames `pnl:<env>:<currency>:<minute>` with the sum of each (env, currency, minute)."""
    wanted = list(minutes)
    if not wanted:
        return list
    envs, currencies, numbers = zip(*wanted, strict=True)
    values = [rows.array(envs), rows.array(currencies), _starts(numbers)]
    answer = bundle.add(PNL_OF_MINUTES, values)

    def frames() -> list[Frame]:
        sums = {(env, currency, start_of(minute)): ZERO for env, currency, minute in wanted}
        sums |= {(env, currency, bucket): pnl for env, currency, bucket, pnl in answer.rows}
        return [_pnl_frame(*key, pnl) for key, pnl in sums.items()]

    return frames


def _pnl_frame(env: str, currency: str, bucket: datetime, pnl: Decimal) -> Frame:
    at = bucket.timestamp()
    return Frame("trading", f"pnl:{env}:{currency}:{int(at)}", at, {"pnl": plain(pnl)})


def signal_frames(bundle: Bundle, minutes: Iterable[tuple[str, int]]) -> Later:
    """Frames `signals:<env>:<minute>` with the counts by type of each (env, minute)."""
    wanted = list(minutes)
    if not wanted:
        return list
    envs, numbers = zip(*wanted, strict=True)
    answer = bundle.add(SIGNALS_OF_MINUTES, [rows.array(envs), _starts(numbers)])

    def frames() -> list[Frame]:
        found: dict[tuple[str, datetime], dict[str, int]] = {}
        for env, bucket, label, n in answer.rows:
            found.setdefault((env, bucket), {})[label] = int(n)
        return [_signal_frame(*key, counts) for key, counts in found.items()]

    return frames


def _signal_frame(env: str, bucket: datetime, counts: dict[str, int]) -> Frame:
    at = bucket.timestamp()
    return Frame("trading", f"signals:{env}:{int(at)}", at, counts)


def plain(value: Decimal) -> str:
    """Money for JSON: no exponent, no trailing zeros."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
