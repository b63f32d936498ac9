"""`manage.py performance [--json]`: every figure of an account, as the pages compute them."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from analytics import book, scorecard
from analytics.book import Account
from analytics.paths import WHOLE

LISTED = 12  # days at the end of the text; --json has them all


class Command(BaseCommand):
    help = "Tells every figure of the trades, with units and with reasons where there is none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="everything, as JSON")
        parser.add_argument("--env", choices=["live", "paper", "backtest"], default="live")
        parser.add_argument("--currency", default="", help="blank: each currency by itself")
        parser.add_argument("--strategy", default=WHOLE, help="blank or *: all of them")
        parser.add_argument("--symbol", default="")
        parser.add_argument("--source", default="")
        parser.add_argument("--from", dest="first", type=_day, help="first UTC day, 2026-01-31")
        parser.add_argument("--to", dest="last", type=_day, help="last UTC day, included")
        parser.add_argument(
            "--capital", type=_money, help="starting capital; default: that of the portfolio"
        )
        parser.add_argument("--days-per-year", type=int, help="default: that of the portfolio, 365")
        parser.add_argument(
            "--risk-free", type=float, default=0.0, help="yearly rate, 0.05 is 5 %%"
        )
        parser.add_argument(
            "--benchmark", default="", help="symbol whose candles are compared with"
        )
        parser.add_argument(
            "--fixed-capital", action="store_true", help="returns on the capital: they add up"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            currencies = [options["currency"].upper()] if options["currency"] else None
            if currencies is None:
                currencies = book.currencies(cursor, env=options["env"], source=options["source"])
            if not currencies:
                raise CommandError("There are no trades of this choice.")
            cards = [_card(cursor, currency, options) for currency in currencies]
        if options["json"]:
            self.stdout.write(json.dumps({"accounts": cards}, indent=2, allow_nan=False))
            return
        for card in cards:
            for line in _lines(card):
                self.stdout.write(line)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no day: write 2026-01-31") from None


def _money(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ArgumentTypeError(f"{text} is no amount") from None
    if not amount.is_finite() or amount <= 0:
        raise ArgumentTypeError("a capital is above 0")
    return amount


def _card(cursor: Any, currency: str, options: dict[str, Any]) -> dict[str, Any]:
    account = Account(
        env=options["env"], currency=currency, strategy=options["strategy"] or WHOLE,
        symbol=options["symbol"], source=options["source"],
        first=options["first"], last=options["last"],
    )  # fmt: skip
    basis = scorecard.basis_of(
        account,
        capital=options["capital"],
        days_per_year=options["days_per_year"],
        risk_free=options["risk_free"],
        fixed=options["fixed_capital"],
    )
    return {
        "account": {
            **account.chosen,
            "from": None if account.first is None else account.first.isoformat(),
            "to": None if account.last is None else account.last.isoformat(),
            "capital": None if basis.capital is None else str(basis.capital),
            "days_per_year": basis.days_per_year,
            "risk_free": basis.risk_free,
            "fixed_capital": basis.fixed,
        },
        **scorecard.read(
            cursor, account, basis, now=timezone.now(), benchmark=options["benchmark"]
        ),
    }


def _lines(card: dict[str, Any]) -> Iterator[str]:
    """The same for reading: a group a paragraph, a figure a line."""
    account = card["account"]
    yield f"{account['env']} {account['currency']}, capital {account['capital'] or 'unknown'}"
    money = account["currency"]
    for group, figures in card.items():
        if group == "account" or not isinstance(figures, dict):
            continue
        yield f"\n{group}"
        for name, entry in figures.items():
            if "unit" in entry:
                yield f"  {name:<26}{_value(entry, money)}"
            else:
                parts = (f"{part} {_value(inner, money)}" for part, inner in entry.items())
                yield f"  {name:<26}{', '.join(parts)}"
    yield "\nlast days"
    for row in card["daily"][-LISTED:]:
        earned = "" if row["return"] is None else f"{row['return']:+.4%}"
        yield f"  {row['day']}  {row['trades']:>6} trades  {row['pnl']:>+16.8g}  {earned}"


def _value(entry: dict[str, Any], currency: str) -> str:
    value = entry["value"]
    if value is None:
        return f"- ({entry['reason']})" if "reason" in entry else "-"
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    unit = {"ratio": "", "count": "", "date": "", "money": f" {currency}"}
    return (
        shown
        + unit.get(entry["unit"], f" {entry['unit']}")
        + (", few" if entry.get("low_sample") else "")
    )
