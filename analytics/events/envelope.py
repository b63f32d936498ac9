"""What every event carries, and how single fields are taken out of the bag."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from analytics.fields import InvalidEvent, flag, instant, text

ENVS = {
    "live": "live", "production": "live", "prod": "live", "real": "live",
    "paper": "paper", "dry_run": "paper", "dryrun": "paper", "dry": "paper", "dry-run": "paper",
    "demo": "paper", "test": "paper", "testnet": "paper", "sandbox": "paper", "sim": "paper",
    "simulation": "paper", "simulated": "paper",
    "backtest": "backtest", "backtesting": "backtest",
}  # fmt: skip
QUOTES = (
    "USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USDD", "DAI", "USD", "EUR", "GBP", "JPY", "TRY",
    "BTC", "ETH", "BNB",
)  # fmt: skip
LONGEST_ID = 200


class Bag:
    """The fields of one event that nobody has taken yet; what is left becomes `extra`."""

    __slots__ = ("common", "entry_id", "fields", "inferred", "latest_us", "stream", "suffix")

    def __init__(
        self,
        stream: str,
        entry_id: str,
        suffix: str,
        latest_us: int,
        fields: dict[str, Any],
        inferred: list[str],
    ) -> None:
        self.stream = stream
        self.entry_id = entry_id
        self.suffix = suffix
        self.latest_us = latest_us
        self.fields = fields
        self.inferred = inferred
        self.common: dict[str, Any] = {}

    def text(self, name: str, *, longest: int = LONGEST_ID) -> str:
        value = self.fields.pop(name, None)
        return "" if value is None else text(value, name, longest=longest)

    def instant(self, name: str) -> datetime | None:
        value = self.fields.pop(name, None)
        return None if value is None else instant(value, name, self.latest_us)

    def choice(self, name: str, words: dict[str, str]) -> str:
        """The canonical word; blank when nothing was sent. Raises `bad_enum`."""
        value = self.fields.pop(name, None)
        if value is None:
            return ""
        word = str(value).strip().lower()
        found = words.get(word)
        if found is None:
            if word in ("", "none", "null", "nan"):
                return ""
            raise InvalidEvent("bad_enum", f"`{name}` is {word[:40]!r}.")
        return found


def ms_of(entry_id: str) -> int:
    """Milliseconds since 1970 of a stream id; 0 when it is none."""
    head = entry_id.partition("-")[0]
    return int(head) if head.isdigit() and len(head) < 16 else 0


def envelope(bag: Bag) -> None:
    """Fill `bag.common`; raises InvalidEvent for a bad time, environment or id."""
    fields = bag.fields
    fields.pop("v", None)
    event_id = bag.text("event_id")
    ts = bag.instant("ts")
    if ts is None:
        bag.inferred.append("ts")
        ts = instant(ms_of(bag.entry_id), "timestamp", bag.latest_us)
    raw = fields.pop("symbol", None)
    symbol = normal_symbol(text(raw, "symbol")) if raw is not None else ""
    extra = {} if raw is None or symbol == raw else {"symbol": text(raw, "symbol")}
    signal_id = fields.get("signal_id")
    bag.common = {
        "stream": bag.stream,
        "entry_id": bag.entry_id,
        "event_id": f"{event_id}{bag.suffix}"
        if event_id
        else f"{bag.stream}:{bag.entry_id}{bag.suffix}",
        "source": bag.text("source") or "unknown",
        "ts": ts,
        "env": _env(bag),
        "strategy": bag.text("strategy"),
        "symbol": symbol,
        "correlation_id": bag.text("correlation_id")
        or ("" if signal_id is None else text(signal_id, "signal_id")),
        "inferred": bag.inferred,
        "extra": extra,
    }


def _env(bag: Bag) -> str:
    env = bag.choice("env", ENVS)
    if "dry_run" in bag.fields:
        dry = flag(bag.fields.pop("dry_run"), "dry_run")
        env = env or ("paper" if dry else "live")
    return env or "live"


@lru_cache(maxsize=4096)
def normal_symbol(raw: str) -> str:
    """`BTC-USDT`, `btc_usdt`, `BTCUSDT`, `BTC/USDT:USDT`, `BTCUSDT-PERP.BINANCE` -> `BTC/USDT`.

    What names no quote currency that we know stays as it came, in capitals.
    """
    name = raw.strip().upper().partition(":")[0].partition(".")[0]
    for ending in ("-PERP", "_PERP", "-SWAP"):
        name = name.removesuffix(ending)
    for separator in "/-_":
        parts = name.split(separator)
        if len(parts) == 2 and all(parts):
            return f"{parts[0]}/{parts[1]}"
    for quote in QUOTES:
        if name.endswith(quote) and len(name) > len(quote) + 1 and name.isalnum():
            return f"{name[: -len(quote)]}/{quote}"
    return name
