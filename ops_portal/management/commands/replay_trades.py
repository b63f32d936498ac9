"""`manage.py replay_trades FILE.csv`: real trades through the streams, as the agent would."""

from __future__ import annotations

import random
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from decimal import Decimal
from itertools import batched
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from analytics import streams, tradefile
from analytics.events.envelope import normal_symbol
from analytics.models import Portfolio
from analytics.tradefile import ClosedTrade, Publication

AT_ONCE = 500


class Command(BaseCommand):
    help = "Publishes the trades of a CSV file to the agent's streams; twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--speed", type=float, default=0.0, help="times as fast as it was; 0: at once"
        )
        parser.add_argument(
            "--capital", type=Decimal, help="starting capital of the account, in its currency"
        )
        parser.add_argument("--env", choices=["live", "paper", "backtest"], default="live")
        parser.add_argument("--source", default="replay", help="makes the event ids")
        parser.add_argument("--shuffle", type=int, metavar="SEED", help="in a random order")
        parser.add_argument(
            "--retime", action="store_true", help="as if the last trade had closed just now"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            trades = tradefile.read(options["file"])
        except (OSError, tradefile.BadFile) as error:
            raise CommandError(str(error)) from error
        if not trades:
            raise CommandError("The file holds no trades.")
        if options["capital"] is not None:
            set_capital(trades, env=options["env"], capital=options["capital"])
        now_ms = int(time.time() * 1_000)
        shift = now_ms - max(trade.closed_ms for trade in trades) if options["retime"] else 0
        entries = list(
            tradefile.publications(
                trades, env=options["env"], source=options["source"], shift_ms=shift
            )
        )
        if options["shuffle"] is None:
            entries.sort(key=lambda entry: entry.at_ms)
        else:
            random.Random(options["shuffle"]).shuffle(entries)  # noqa: S311 - no secret
        publish(entries, speed=options["speed"])
        self.stdout.write(f"{len(trades)} trades in {len(entries)} entries published")


def set_capital(trades: Sequence[ClosedTrade], *, env: str, capital: Decimal) -> None:
    """Write the starting capital of each currency that the trades are in."""
    for currency in {normal_symbol(trade.symbol).partition("/")[2] for trade in trades}:
        Portfolio.objects.update_or_create(
            env=env,
            strategy="",
            currency=currency or settings.REPORTING_CURRENCY,
            defaults={"starting_capital": capital},
        )


def publish(entries: Sequence[Publication], *, speed: float) -> None:
    """Append the entries; with a speed each waits until its time has come."""
    redis = streams.connect(settings.STREAMS_URL)
    started, first = time.monotonic(), min(entry.at_ms for entry in entries)
    for some in batched(entries, AT_ONCE if speed <= 0 else 1):
        if speed > 0:
            due = started + (some[0].at_ms - first) / 1_000 / speed
            time.sleep(max(0.0, due - time.monotonic()))
        pipe = redis.pipeline(transaction=False)
        for entry in some:
            pipe.xadd(entry.stream, cast("Any", entry.fields))
        pipe.execute()
    redis.close()
