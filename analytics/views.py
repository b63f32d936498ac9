"""The trading page and its state as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import asked, charts, choices, equity, toolbar, tradelist
from analytics.asked import Asked
from analytics.earlier import trading as earlier
from analytics.live import position
from analytics.tradelist import Page, Wanted

SEEN = permission_required("analytics.view_trade", raise_exception=True)
FRESH_SECONDS = 300  # a feed that is silent for longer makes every figure stale
# Signal type, word, and the colour of the series (trading.js has the same).
TYPES = (
    ("buy", "Buy", 3),
    ("sell", "Sell", 2),
    ("close_long", "Close long", 6),
    ("close_short", "Close short", 5),
    ("hold", "Hold", 4),
)


@require_safe
@login_required
@SEEN
def trading(request: HttpRequest) -> HttpResponse:
    now, seq = timezone.now(), position()
    known = choices.known()
    view = asked.read(request.GET, known, now=now)
    wanted = tradelist.read(request.GET, view, now=now)
    page = tradelist.page(view.scope, wanted)
    state = _state(view, wanted, page, seq=seq, now=now)
    context = {
        **toolbar.of(request.GET, view, known),
        "state": state,
        "types": TYPES,
        **_listed(request.GET, view, wanted, page),
        **_tiles(state, now=now),
    }
    return render(request, "analytics/trading.html", context)


@require_safe
@login_required
@SEEN
def trading_state(request: HttpRequest) -> JsonResponse:
    """What the page shows, for a page that missed too much; equal to what a new page holds."""
    now, seq = timezone.now(), position()
    view = asked.read(request.GET, choices.known(), now=now)
    wanted = tradelist.read(request.GET, view, now=now)
    page = tradelist.page(view.scope, wanted)
    return JsonResponse(_state(view, wanted, page, seq=seq, now=now))


def _state(view: Asked, wanted: Wanted, page: Page, *, seq: str, now: datetime) -> dict[str, Any]:
    state = charts.state(view.scope, view.span, now=now)
    state |= {"seq": seq, "range": view.range, "follows": view.follows}
    state |= {"paged": not wanted.follows, "wanted": wanted.told, "left_out": page.left_out}
    state |= {"equity": equity.state(view.scope, view.span)}
    state |= {"earlier": earlier.state(view.scope, view.span) if view.compares else None}
    return state | {"trades": tradelist.told(page.rows)}


def _listed(query: QueryDict, view: Asked, wanted: Wanted, page: Page) -> dict[str, Any]:
    """What surrounds the table: filters, orders, the address of the next older page."""
    older = ""
    if page.older is not None:
        further = query.copy()
        further["before"] = str(page.older)
        older = f"?{further.urlencode()}"
    exits = tradelist.exits(view.scope)
    return {
        "wanted": wanted.told,
        "filtered": bool(wanted.side or wanted.outcome or wanted.exit_reason),
        "left_out": page.left_out,
        "sortable": f"{tradelist.SORTABLE:,}",
        "older": older,
        "unfiltered": f"?{_without(query, 'side', 'outcome', 'exit', 'sort', 'before')}",
        "sides": tradelist.SIDES,
        "outcomes": tradelist.OUTCOMES,
        "sorts": tradelist.SORTS,
        "exits": sorted({*exits, wanted.exit_reason} - {""}),
        "kept_all": asked.kept(
            query,
            "env",
            "currency",
            "strategy",
            "symbol",
            "source",
            "range",
            "from",
            "to",
            "zone",
            "compare",
        ),
    }


def _without(query: QueryDict, *names: str) -> str:
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return rest.urlencode()


def _tiles(state: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """What the tiles say beside the figures; trading-tiles.js says the same."""
    figures, feed_at = state["figures"], state["feed_at"]
    signals = sum(count for _, by_type in state["signals"] for count in by_type.values())
    return {
        "gained": sum(pnl for _, pnl in state["pnl"]),
        "signals_in_range": f"{signals:,}",
        "trades": f"{figures['trades']:,}" if figures["trades"] else None,
        "signals": f"{figures['signals']:,}" if figures["signals"] else None,
        "outcome": outcome(figures),
        "without_capital": without_capital(state["scope"]),
        "from_half": from_half(figures["win_ratio"]),
        "traded_at": _moment(figures["at"]),
        "signalled_at": _moment(state["signals_at"]),
        "stale": feed_at is None or now.timestamp() - feed_at > FRESH_SECONDS,
    }


def outcome(figures: dict[str, Any]) -> str:
    even = f", {figures['breakeven']:,} even" if figures["breakeven"] else ""
    return f"{figures['wins']:,} won, {figures['losses']:,} lost{even}"


def without_capital(scope: Mapping[str, str]) -> str:
    """Why there is no drawdown."""
    is_part = scope["symbol"] or scope["source"]
    return "a part has no capital of its own" if is_part else "needs a starting capital"


def from_half(share: float | None) -> str:
    """How far a win rate is from a coin's, in percentage points."""
    if share is None:
        return "no trade yet"
    points = f"{abs(share * 100 - 50):.1f}"
    if points == "0.0":
        return "exactly 50 %"
    return f"{points} points {'above' if share > 0.5 else 'below'} 50 %"


def _moment(epoch: float | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
