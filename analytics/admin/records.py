"""What came in, to look at; portfolios to edit; dead letters to replay."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.decorators import action, display

from analytics import deadletters
from analytics.models import (
    DeadLetter,
    LedgerEntry,
    Portfolio,
    Series,
    StreamState,
    Trade,
)
from ops_portal.lib.admin import OpsModelAdmin, ReadOnlyAdmin, ReasonForm
from ops_portal.lib.words import measure, money, quantity

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_AT_ONCE = 1_000  # dead letters replayed by one action


class PortfolioForm(ReasonForm):
    asks_reason = frozenset({"starting_capital", "days_per_year"})

    class Meta:
        model = Portfolio
        fields = ("env", "strategy", "currency", "starting_capital", "days_per_year")


@admin.register(Portfolio)
class PortfolioAdmin(OpsModelAdmin):
    form = PortfolioForm
    list_display = ("env", "strategy", "currency", "starting_capital", "days_per_year")
    list_filter = ("env", "currency")
    search_fields = ("strategy", "currency")
    fields = ("env", "strategy", "currency", "starting_capital", "days_per_year", "reason")


@admin.register(Trade)
class TradeAdmin(ReadOnlyAdmin):
    list_display = ("closed_at", "env", "symbol", "side", "amount", "gained", "strategy")
    list_filter = ("env", "side", "currency")
    search_fields = ("symbol", "trade_key", "strategy")
    date_hierarchy = "closed_at"

    @display(description="Quantity", ordering="quantity", formatting="price")
    def amount(self, trade: Trade) -> str:
        return quantity(trade.quantity)

    @display(description="PnL", ordering="pnl", formatting="price")
    def gained(self, trade: Trade) -> str:
        return money(trade.pnl, trade.currency)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "moved", "env", "source", "symbol", "strategy")
    list_filter = ("kind", "env", "currency")
    search_fields = ("entry_key", "symbol")
    date_hierarchy = "at"

    @display(description="Amount", ordering="amount", formatting="price")
    def moved(self, entry: LedgerEntry) -> str:
        return money(entry.amount, entry.currency)


@admin.register(Series)
class SeriesAdmin(ReadOnlyAdmin):
    list_display = ("name", "said_labels", "newest", "newest_at", "stream")
    list_filter = ("stream",)
    search_fields = ("name", "labels")
    ordering = ("name", "id")

    @admin.display(description="Labels", ordering="labels")
    def said_labels(self, series: Series) -> str:
        return ", ".join(f"{name}={value}" for name, value in sorted(series.labels.items()))

    @display(description="Newest value", ordering="last_value", formatting="price")
    def newest(self, series: Series) -> str:
        return measure(series.last_value, series.name)

    @admin.display(description="Newest at", ordering="last_ts")
    def newest_at(self, series: Series) -> datetime | None:
        return series.last_ts


@admin.register(StreamState)
class StreamStateAdmin(ReadOnlyAdmin):
    list_display = (
        "stream",
        "accepted",
        "duplicates",
        "rejected_in_all",
        "lost",
        "last_event_at",
        "owner",
    )
    ordering = ("stream",)

    @admin.display(description="Rejected")
    def rejected_in_all(self, state: StreamState) -> int:
        return sum(state.rejected.values())


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "stream", "entry_id", "reason_code", "reason", "replayed_at")
    list_filter = ("stream", "reason_code", ("replayed_at", admin.EmptyFieldListFilter))
    search_fields = ("entry_id", "reason", "stream")
    date_hierarchy = "received_at"
    fields = (
        "stream",
        "entry_id",
        "received_at",
        "reason_code",
        "reason",
        "entry",
        "replayed_at",
        "replayed_by",
        "replay_result",
    )
    readonly_fields = ("entry",)
    actions = ("replay",)
    change_form_outer_before_template = "ops_portal/admin/replay_button.html"

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(deadletters.PERMISSION)

    @admin.display(description="Entry")
    def entry(self, letter: DeadLetter) -> str:
        rows = deadletters.shown(bytes(letter.raw)).items()
        cells = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows)
        return format_html('<table class="desk-table"><tbody>{}</tbody></table>', cells)

    @action(description="Replay the selected entries", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> HttpResponse | None:
        """Ask first, listing what would be replayed; then replay one by one."""
        letters = list(queryset.order_by("pk")[:MOST_AT_ONCE])
        if "confirmed" not in request.POST:
            return self._confirmation(request, letters)
        results = [_replay(letter, request) for letter in letters]
        for result in sorted(set(results)):
            messages.info(request, f"{results.count(result)} × {result}")
        return None

    def get_urls(self) -> list[URLPattern]:
        replay = path(
            "<path:object_id>/replay/",
            self.admin_site.admin_view(self.replay_view),
            name="analytics_deadletter_replay",
        )
        return [replay, *super().get_urls()]

    def replay_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        letter = self._record(request, object_id)
        if not self.has_replay_permission(request):
            raise PermissionDenied
        messages.info(request, _replay(letter, request))
        return redirect(self._address("change", letter))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"may_replay": self.has_replay_permission(request), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def _confirmation(self, request: HttpRequest, letters: list[DeadLetter]) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"Replay {len(letters)} entries?",
            "opts": self.opts,
            "letters": letters,
        }
        return TemplateResponse(request, "ops_portal/admin/replay.html", context)


def _replay(letter: DeadLetter, request: HttpRequest) -> str:
    return deadletters.replay(letter.pk, by=cast("User", request.user), now=timezone.now())
