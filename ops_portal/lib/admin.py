"""What every admin of the portal is built on: explicit rights, reasons, history, revert."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pghistory
from django import forms
from django.contrib import messages
from django.contrib.admin import display
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Field, JSONField, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline, checkbox
from unfold.widgets import UnfoldAdminTextInputWidget

from ops_portal.lib.changelists import RememberedList
from ops_portal.lib.changes import Change, changes, differences, tracked_fields

REASON_LENGTH = 200


class ReasonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that asks why; whether it must be answered depends on what was changed."""

    asks_reason: frozenset[str] = frozenset()
    reason = forms.CharField(
        required=False,
        max_length=REASON_LENGTH,
        label="Reason for the change",
        help_text="Kept in the history beside the change.",
        widget=UnfoldAdminTextInputWidget(),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        grave = self.asks_reason.intersection(self.changed_data)
        if self.instance.pk and grave and not cleaned.get("reason", "").strip():
            labels = [str(self.fields[name].label or name).lower() for name in sorted(grave)]
            problem = f"Say why: this changes {', '.join(labels)}."
            self.add_error("reason", ValidationError(problem, code="reason"))
        return cleaned


class NoPopups:
    """Related records are edited on their own pages: the policy forbids frames."""

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        inherited: Any = super()
        field: forms.Field | None = inherited.formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


@lru_cache(maxsize=1)
def _around_the_key() -> tuple[SafeString, SafeString]:
    """Unfold's box that selects a row, before and after the row's key."""
    box = str(checkbox.render(ACTION_CHECKBOX_NAME, "KEY"))
    before, after = box.split("KEY")
    return SafeString(before), SafeString(after)


class OpsModelAdmin(NoPopups, RememberedList, ModelAdmin):
    """Unfold's admin with our habits.

    `histories` returns the event querysets that tell the story of a record; a record without
    history has none.
    """

    compressed_fields = True
    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    object_history_template = "ops_portal/admin/history.html"

    @display(description=ModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj: Model) -> SafeString:
        """Unfold renders a form template for each row; only the key differs."""
        before, after = _around_the_key()
        return format_html("{}{}{}", before, obj.pk, after)

    def histories(self, record: Any) -> list[QuerySet[Any]]:
        event_model = getattr(self.model, "pgh_event_model", None)
        if event_model is None:
            return []
        return [event_model.objects.filter(pgh_obj_id=record.pk)]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reason = request.POST.get("reason", "").strip()[:REASON_LENGTH]
        with pghistory.context(**({"reason": reason} if reason else {})):
            response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        return response

    def get_urls(self) -> list[URLPattern]:
        opts = self.opts
        revert = path(
            "<path:object_id>/history/<int:event_id>/revert/",
            self.admin_site.admin_view(self.revert_view),
            name=f"{opts.app_label}_{opts.model_name}_revert",
        )
        return [revert, *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        record = self._record(request, object_id)
        told = changes(*self.histories(record))
        for change in told:
            change.revertible = change.revertible and self._is_own(change)
        context = {
            "changes": told,
            "may_revert": self.has_change_permission(request, record),
            **(extra_context or {}),
        }
        return self._page(request, record, "history", f"History of {record}", context)

    def revert_view(self, request: HttpRequest, object_id: str, event_id: int) -> HttpResponse:
        """Ask first, then write the fields back as they were, as a change like any other."""
        record = self._record(request, object_id)
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        event = self._own_history(record).filter(pgh_id=event_id).first()
        if event is None:
            raise Http404
        problem = ""
        if request.method == "POST":
            problem = self._revert(record, event, reason=request.POST.get("reason", ""))
            if not problem:
                messages.success(request, f"{record} is as it was.")
                return redirect(self._address("history", record))
        before = differences(record, event, tracked_fields(type(event)))
        context = {"differences": before, "event": event, "problem": problem}
        return self._page(request, record, "revert", f"Revert {record}", context)

    def _revert(self, record: Any, event: Any, *, reason: str) -> str:
        """Write the old values back; return what is wrong, blank when it is done."""
        if not reason.strip():
            return "Say why."
        for field in tracked_fields(type(event)):
            setattr(record, field.attname, getattr(event, field.attname))
        try:
            record.full_clean()
        except ValidationError as error:
            record.refresh_from_db()
            return " ".join(error.messages)
        with pghistory.context(reason=f"Revert: {reason.strip()}"[:REASON_LENGTH]):
            record.save()
        return ""

    def _record(self, request: HttpRequest, object_id: str) -> Any:
        record: Model | None = self.get_object(request, object_id)
        if record is None:
            raise Http404
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        return record

    def _own_history(self, record: Any) -> QuerySet[Any]:
        own = [events for events in self.histories(record) if self._tells_of_records(events)]
        if not own:
            raise Http404
        return own[0]

    def _tells_of_records(self, events: QuerySet[Any]) -> bool:
        told: Any = events.model
        return bool(told.pgh_tracked_model._meta.concrete_model is self.model._meta.concrete_model)

    def _is_own(self, change: Change) -> bool:
        told: Any = type(change.event)
        return bool(told.pgh_tracked_model._meta.concrete_model is self.model._meta.concrete_model)

    def _address(self, view: str, record: Any) -> str:
        opts = self.opts
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_{view}", args=[record.pk])

    def _page(
        self, request: HttpRequest, record: Any, name: str, title: str, context: dict[str, Any]
    ) -> TemplateResponse:
        common = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "original": record,
            "object": record,
            "back": self._address("change", record),
            "history": self._address("history", record),
        }
        return TemplateResponse(request, f"ops_portal/admin/{name}.html", {**common, **context})


class NobodyEdits:
    """The rights of records that the portal writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(NobodyEdits, OpsModelAdmin):
    """Records to look at."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show JSON as plain text: Unfold would colour it by inline styles."""
        fields = {each.name: each for each in self.model._meta.get_fields()}
        return [
            _as_text(fields[name]) if isinstance(fields.get(name), JSONField) else name
            for name in super().get_fields(request, obj)
        ]


class ReadOnlyInline(NobodyEdits, TabularInline):
    """The parts of such a record, in a tab of their own."""

    extra = 0
    can_delete = False
    tab = True


def _as_text(field: Any) -> Callable[[Any], str]:
    @display(description=str(field.verbose_name).capitalize())
    def text(record: Any) -> str:
        value = json.dumps(getattr(record, field.attname), indent=2, sort_keys=True, default=str)
        return format_html('<pre class="desk-raw">{}</pre>', value)

    return text
