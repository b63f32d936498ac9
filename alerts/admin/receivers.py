"""Receivers: their secret goes in and never comes out; a test says whether they work."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils import timezone

from alerts import delivery
from alerts.admin.receiver_form import BaseReceiverForm, ReceiverForm
from alerts.claims import TRIPS_AT
from alerts.models import Receiver, ReceiverState
from alerts.receivers.registry import fields_offered
from ops_portal.lib.admin import OpsModelAdmin

IGNORED = {"name", "reason", "__all__"}  # what a test can do without


@admin.register(Receiver)
class ReceiverAdmin(OpsModelAdmin):
    form = ReceiverForm
    list_display = ("name", "kind", "address", "secret_state", "works", "enabled")
    list_filter = ("kind", "enabled")
    search_fields = ("name", "address")
    fields = (
        "name",
        "kind",
        *fields_offered(),
        "secret_state",
        "per_minute",
        "fallback",
        "works",
        "enabled",
        "reason",
    )
    readonly_fields = ("secret_state", "works")
    change_form_outer_before_template = "ops_portal/admin/receiver_test_button.html"

    class Media:
        js = (Script("ops_portal/js/admin-receiver.js", type="module"),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Receiver]:
        found: QuerySet[Receiver] = super().get_queryset(request)
        return found.select_related("line")

    @admin.display(description="Secret")
    def secret_state(self, receiver: Receiver) -> str:
        return "set" if receiver.secret else "not set"

    @admin.display(description="Delivery")
    def works(self, receiver: Receiver) -> str:
        """How the last messages fared."""
        line: ReceiverState | None = getattr(receiver, "line", None)
        if line is None or not (line.last_sent_at or line.last_failed_at):
            return "nothing sent yet"
        if not line.failures:
            return f"works, last {line.last_sent_at:%Y-%m-%d %H:%M} UTC"
        rests = line.open_until and line.open_until > timezone.now()
        resting = f", left alone until {line.open_until:%H:%M:%S} UTC" if rests else ""
        word = "failing" if line.failures >= TRIPS_AT else "failed"
        return f"{word}, {line.failures} in a row{resting}: {line.last_error}"

    def save_model(
        self, request: HttpRequest, obj: Receiver, form: BaseReceiverForm, change: bool
    ) -> None:
        super().save_model(request, form.fill(obj), form, change)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.test_view)
        return [
            path("test/", view, name="alerts_receiver_try"),
            path("<path:object_id>/test/", view, name="alerts_receiver_test"),
            *super().get_urls(),
        ]

    def test_view(self, request: HttpRequest, object_id: str = "") -> HttpResponse:
        """Send one message now, by what stands in the form, and show what came back."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        receiver: Receiver | None = self._record(request, object_id) if object_id else None
        if not self._may_test(request, receiver):
            raise PermissionDenied
        problems: list[str] = []
        if receiver is None or "kind" in request.POST:
            form = self.get_form(request, receiver)(request.POST, instance=receiver)
            wrong = {name: told for name, told in form.errors.items() if name not in IGNORED}
            problems = [
                f"{form.fields[name].label}: {' '.join(told)}" for name, told in wrong.items()
            ]
            receiver = form.instance if problems else form.fill(form.instance)
        context = {"problems": problems, **self._tested(request, receiver, problems)}
        return self._page(request, receiver, "receiver_test", f"Test of {receiver}", context)

    def _may_test(self, request: HttpRequest, receiver: Receiver | None) -> bool:
        if receiver is None:
            return bool(self.has_add_permission(request))
        return bool(self.has_change_permission(request, receiver))

    def _tested(
        self, request: HttpRequest, receiver: Receiver, problems: list[str]
    ) -> dict[str, object]:
        if problems:
            return {}
        sent = delivery.send_test(receiver, by=cast("User", request.user), now=timezone.now())
        return {"sent": sent, "milliseconds": round(sent.seconds * 1000)}
