"""Lists of records in the admin, drawn once for each set of values they show.

Unfold's templates take longer than the query, so a list that was drawn with the same cells, counts
and choices for the same reader is put together from memory (lib/remembered.py).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from datetime import datetime
from types import NoneType
from typing import Any

from django.contrib.admin.utils import lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from ops_portal.lib import remembered

# What makes a page show more than is looked at here: forms in rows, dates above them, sections.
MORE = ("list_editable", "date_hierarchy", "list_sections", "list_before_template",
        "list_after_template", "change_list_template")  # fmt: skip
PLAIN = (str, int, float, datetime, NoneType)  # equal values of one type are written alike


class RememberedList:
    """Put the list together from memory where nothing that it shows has changed."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        now = timezone.now()
        inherited: Any = super()
        if extra_context:
            shown: HttpResponse = inherited.changelist_view(request, extra_context)
            return shown

        def make() -> HttpResponse:
            return self._remembered(request, inherited.changelist_view(request), now)

        return remembered.shared(request, make, fresh={}, now=now)

    def _remembered(
        self, request: HttpRequest, response: HttpResponse, now: datetime
    ) -> HttpResponse:
        if request.method != "GET" or not isinstance(response, TemplateResponse):
            return response
        if any(getattr(self, name, None) for name in MORE):
            return response
        return remembered.page(request, _shown(self, response), _draw(response), fresh={}, now=now)


def _draw(response: TemplateResponse) -> remembered.Draw:
    def draw(holes: Mapping[str, SafeString]) -> str:
        response.context_data = {**(response.context_data or {}), **holes}
        response.render()
        return str(response.content, "utf-8")

    return draw


def _shown(admin: Any, response: TemplateResponse) -> Hashable:
    """Everything of the list that the reader and the address do not settle."""
    context: dict[str, Any] = response.context_data or {}
    cl: ChangeList = context["cl"]
    return (
        (admin.opts.label, f"{timezone.localtime():%z}"),
        (cl.result_count, cl.full_result_count, cl.page_num, cl.show_all, cl.multi_page),
        context["has_add_permission"],
        _actions(context["action_form"]),
        tuple(_choices(spec, cl) for spec in cl.filter_specs),
        tuple((row.pk, *_cells(admin, cl, row)) for row in cl.result_list),
    )


def _actions(form: Any) -> Hashable:
    return tuple(form.fields["action"].choices) if form else ()


def _choices(spec: Any, cl: ChangeList) -> Hashable:
    return spec.title, tuple(tuple(map(str, each.values())) for each in spec.choices(cl))


def _cells(admin: Any, cl: ChangeList, row: Model) -> Iterator[Hashable]:
    """The values of the row's cells, which settle how they are written."""
    for name in cl.list_display:
        if name == "action_checkbox":  # settled by the key
            continue
        try:
            value = lookup_field(name, row, admin)[2]
        except ObjectDoesNotExist:
            value = None
        yield type(value).__qualname__
        yield value if isinstance(value, PLAIN) else str(value)
