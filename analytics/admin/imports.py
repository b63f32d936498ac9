"""Files that people bring in: uploaded, looked at, asked for, and watched while they come in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from analytics.admin.upload_form import UploadForm, choices, chosen
from analytics.importing import files, jobs, order, preview, uploads
from analytics.importing.columns import BadHeader
from analytics.importing.files import BadFile
from analytics.importing.order import Order
from analytics.importing.preview import Preview
from analytics.models import Import, ImportProblem
from ops_portal.lib.admin import ReadOnlyAdmin, ReadOnlyInline
from ops_portal.lib.sheets import csv_file

PERMISSION = "analytics.add_import"
NOWHERE = Path()  # an order whose file is yet to come


class ProblemInline(ReadOnlyInline):
    model = ImportProblem
    verbose_name_plural = "Rows that were left out"
    fields = ("line", "column", "reason", "raw")
    ordering = ("line",)
    per_page = 50


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "name",
        "kind",
        "state",
        "row",
        "changed",
        "unchanged",
        "bad",
        "created_by",
    )
    list_filter = ("kind", "state")
    search_fields = ("name",)
    ordering = ("-pk",)
    list_select_related = ("created_by",)
    inlines = (ProblemInline,)
    fields = (
        "kind",
        "name",
        "sha256",
        "options",
        "created_by",
        "created_at",
        "asked_at",
        "finished_at",
    )
    readonly_fields = ("sha256",)
    change_form_outer_before_template = "ops_portal/admin/import_state.html"

    @admin.display(description="SHA-256")
    def sha256(self, found: Import) -> str:
        return format_html('<code class="desk-digest">{}</code>', found.digest)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION)

    def get_urls(self) -> list[URLPattern]:
        views = {
            "columns": self.columns_view,
            "go": self.go_view,
            "state": self.state_view,
            "bad-rows.csv": self.bad_rows_view,
        }
        own = [
            path(
                f"<path:object_id>/{name}" + ("" if "." in name else "/"),
                self.admin_site.admin_view(view),
                name=f"analytics_import_{name.partition('.')[0]}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form for the file; what was uploaded is looked at next."""
        self._demand(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            asked = Order(path=NOWHERE, name=form.cleaned_data["file"].name, **form.options)
            try:
                made = uploads.propose(
                    form.cleaned_data["file"].chunks(), asked, by=_person(request)
                )
            except (uploads.TooLarge, BadFile, BadHeader) as error:
                form.add_error("file", str(error))
            else:
                return redirect("admin:analytics_import_columns", made.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Bring in a file",
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "ops_portal/admin/import_upload.html", context)

    def columns_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which column is which field, and what the first rows would become; then the start."""
        found = self._record(request, object_id)
        self._demand(request)
        if found.state != Import.State.PROPOSED:
            return redirect(self._address("change", found))
        try:
            with uploads.opened(found) as file:
                asked = order.of(found, file)
                header, _ = files.read(file)
                meant = chosen(request.POST, header) or dict(asked.map)
                looked = preview.look(replace(asked, map=meant), now=timezone.now())
        except (uploads.Gone, BadFile) as error:
            messages.error(request, str(error))
            return redirect("admin:analytics_import_add")
        if request.POST.get("do") == "start" and not looked.error:
            return self._start(request, found, meant)
        return self._columns_page(request, found, looked)

    def go_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """`do`: stop what is under way, go on with what was stopped, discard what is proposed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        found = self._record(request, object_id)
        self._demand(request)
        match request.POST.get("do"):
            case "stop":
                done, said = jobs.stop(found), "Stopped. What is stored stays."
            case "go on":
                done, said = jobs.start(found, {}, now=timezone.now()), "It goes on."
            case "discard":
                done, said = jobs.discard(found), f"{found.name} was not brought in."
            case _:
                done, said = False, ""
        messages.info(request, said if done else "That is not to be done with it now.")
        gone = not Import.objects.filter(pk=found.pk).exists()
        return redirect(
            "admin:analytics_import_changelist" if gone else self._address("change", found)
        )

    def state_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How far it is, for the page that watches it."""
        found = self._record(request, object_id)
        names = ("state", "row", "rows", "changed", "unchanged", "bad", "error")
        return JsonResponse({name: getattr(found, name) for name in names})

    def bad_rows_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        found = self._record(request, object_id)
        rows = found.problems.order_by("line").values_list("line", "column", "reason", "raw")
        return csv_file(
            ("line", "column", "reason", "row"), rows.iterator(), name=f"bad-rows-{found.pk}"
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"may_import": request.user.has_perm(PERMISSION), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def _demand(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied

    def _start(self, request: HttpRequest, found: Import, meant: dict[str, str]) -> HttpResponse:
        if jobs.start(found, meant, now=timezone.now()):
            messages.success(request, "It is brought in now; you may leave this page.")
        return redirect(self._address("change", found))

    def _columns_page(
        self, request: HttpRequest, found: Import, looked: Preview
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{found.name}: {found.kind}",
            "opts": self.opts,
            "original": found,
            "preview": looked,
            "choices": choices(found.kind, looked.columns),
            "asked": request.method == "POST",
            "go": reverse("admin:analytics_import_go", args=[found.pk]),
        }
        return TemplateResponse(request, "ops_portal/admin/import_columns.html", context)


def _person(request: HttpRequest) -> Any:
    """The logged-in person; the permission has seen to it."""
    return request.user
