"""The figures of an account in words and in groups, as the performance page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analytics import candles, formulas, scorecard
from analytics.performance.undefined import WORDS
from analytics.scorecard import Measured
from ops_portal.lib.words import ABSENT, minus, money, ratio

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

MOST_SINGLES = 200_000  # trades that are read one by one for a page

# Group of the scorecard, title, its figures in the order of the page with their words.
type Groups = Sequence[tuple[str, str, Mapping[str, str]]]

# Read from sums, for any number of trades.
GROUPS: Groups = (
    ("returns", "Return", {
        "total_return": "Return", "cagr": "CAGR", "volatility": "Volatility", "sharpe": "Sharpe",
        "sortino": "Sortino", "calmar": "Calmar", "omega": "Omega", "mean": "Mean of a day",
        "std": "Deviation of a day", "periods": "Days",
    }),
    ("drawdown", "Drawdown, by day", {
        "max_drawdown": "Deepest", "current_drawdown": "Now", "max_drawdown_money": "Deepest fall",
        "max_drawdown_peak": "Peak", "max_drawdown_trough": "Trough",
        "max_drawdown_recovery": "Recovered", "longest_underwater": "Longest under water",
        "current_underwater": "Under water now", "ulcer_index": "Ulcer index",
    }),
    ("trades", "Trades", {
        "trades": "Trades", "win_rate": "Win rate", "win_rate_ex_breakeven": "Without breakeven",
        "profit_factor": "Profit factor", "expectancy": "Expectancy", "avg_win": "Average win",
        "expectancy_r": "Expectancy, in losses", "avg_loss": "Average loss",
        "payoff_ratio": "Payoff", "kelly": "Kelly",
    }),
    ("tails", "Days, by their tails", {
        "var_95": "Value at risk, 95 %", "cvar_95": "Expected shortfall, 95 %",
        "var_95_normal": "95 %, were it normal", "var_99": "Value at risk, 99 %",
        "cvar_99": "Expected shortfall, 99 %", "var_99_normal": "99 %, were it normal",
        "best_period": "Best day", "worst_period": "Worst day", "skew": "Skew",
        "kurtosis_excess": "Excess kurtosis", "tail_ratio": "Tail ratio",
    }),
    ("money", "Money", {
        "net_pnl": "Net PnL", "gross_profit": "Gross profit", "gross_loss": "Gross loss",
        "fees": "Fees of trades", "ledger_fees": "Other fees", "funding": "Funding",
        "flows": "Deposits and withdrawals",
        "unrealized_pnl": "Unrealized", "equity_start": "Equity before", "equity_end": "Equity",
    }),
    ("rolling", "The last thirty", {
        "win_rate": "Win rate, trades", "profit_factor": "Profit factor, trades",
        "sharpe": "Sharpe, days", "volatility": "Volatility, days",
    }),
    ("exposure", "At stake, as reported", {
        "gross_exposure": "Gross exposure", "net_exposure": "Net exposure", "leverage": "Leverage",
        "margin_used_ratio": "Margin used",
    }),
)  # fmt: skip
# Read from single trades and from prices.
CLOSER: Groups = (
    ("trades", "Trade by trade", {
        "best": "Best", "worst": "Worst", "median": "Median", "std": "Deviation", "sqn": "SQN",
        "max_win_streak": "Won in a row", "max_loss_streak": "Lost in a row",
        "current_streak": "In a row now", "max_drawdown_of_trades": "Deepest drawdown, by trade",
    }),
    ("exposure", "In the market", {
        "time_in_market": "Time with a trade open", "turnover": "Turnover a year",
    }),
    ("benchmark", "Beside holding", {
        "hold": "Holding", "excess": "Return beyond it", "beta": "Beta",
        "correlation": "Correlation",
    }),
)  # fmt: skip
OF_TRADES = {"std": "median"}  # a name that days have too, and the formula's own
PERCENT = frozenset((
    "total_return", "cagr", "volatility", "max_drawdown", "current_drawdown", "ulcer_index",
    "win_rate", "win_rate_ex_breakeven", "kelly", "var_95", "cvar_95", "var_99", "var_95_normal",
    "best_period", "worst_period", "cvar_95", "cvar_99", "var_99_normal", "mean", "hold", "excess",
    "time_in_market", "margin_used_ratio", "max_drawdown_of_trades",
))  # fmt: skip
SIGNED = frozenset((
    "net_pnl", "unrealized_pnl", "expectancy", "funding", "ledger_fees", "flows", "best", "worst",
    "median", "net_exposure",
))  # fmt: skip


def told(groups: Groups, found: Mapping[str, Any], currency: str) -> list[dict[str, Any]]:
    """Each group's title and figures: name, label, words, why there is none, anchor."""
    known = formulas.anchors()
    return [
        {
            "title": title,
            "figures": [
                {
                    "label": label,
                    "figure": worded(name, entry, currency) or ABSENT,
                    "note": note(entry),
                    "formula": OF_TRADES.get(name, known[name])
                    if group == "trades"
                    else known[name],
                }
                for name, label in names.items()
                if (entry := found[group].get(name)) is not None
            ],
        }
        for group, title, names in groups
    ]


def worded(name: str, entry: Mapping[str, Any], currency: str) -> str | None:
    value, unit = entry["value"], entry["unit"]
    if value is None:
        return None
    if unit == "money":
        words = money(value, currency)
        return words if name in SIGNED else words.removeprefix("+")
    if unit == "count":
        return f"{value:,}"
    if unit == "days":
        return f"{value:,} d"
    if unit == "date":
        return str(value)
    return ratio(value, 2) if name in PERCENT else minus(f"{value:,.3f}")


def note(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return WORDS[entry["reason"]] if "reason" in entry else "not yet"
    return f"from only {entry['n']:,} values" if entry.get("low_sample") else ""


def closer(cursor: CursorWrapper, measured: Measured, *, benchmark: str = "") -> dict[str, Any]:
    """What single trades and prices say, and what there are prices of.

    `groups` is None for more than MOST_SINGLES trades. `benchmark` is what holding is of: the one
    asked for, else the account's symbol, else the first that there are prices of.
    """
    account, priced = measured.account, candles.symbols(cursor)
    chosen = next((one for one in (benchmark, account.symbol, *priced) if one in priced), "")
    found = None
    if measured.days.tally.trades <= MOST_SINGLES:
        card = scorecard.closer(cursor, measured, benchmark=chosen)
        card["trades"] |= card.pop("drawdown")
        found = told(CLOSER, card, account.currency)
    return {"groups": found, "benchmark": chosen, "benchmarks": priced, "most": MOST_SINGLES}
