"""How the portal writes numbers, times and icons."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ops_portal.lib.words import ABSENT, duration, gain, measure, money, ratio

MOST_COUNTED = 10_000
CAPITAL = re.compile(r"(?<=[ -])[A-Z](?=[a-z])")  # of a word that is not the first
register = template.Library()
for write in (duration, gain, measure, money, ratio):
    register.filter(write)


@register.filter
def age(moment: datetime | None) -> float | None:
    """Seconds since `moment`."""
    return None if moment is None else (timezone.now() - moment).total_seconds()


@register.simple_tag
def moment(at: datetime | None, form: str = "ago") -> SafeString | str:
    """A `<time>` that js/time.js re-words: `ago`, `age`, `until`, `clock`, `hour` or `full`."""
    if at is None:
        return ABSENT
    form_of_text = "%a %H:%M" if form == "hour" else "%d %b %Y %H:%M:%S %Z"
    text = timezone.localtime(at).strftime(form_of_text)
    exact = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}" data-form="{}">{}</time>', exact, form, text)


@register.simple_tag
@lru_cache(maxsize=512)  # a page holds a hundred of them, and the names are few
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of icons.svg; without a label it is decoration."""
    source = static("ops_portal/icons.svg")
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>',
            label,
            source,
            name,
        )
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', source, name
    )


@register.filter
def sentence(title: str) -> str:
    """`Two-Factor Authentication` as the portal writes titles: `Two-factor authentication`."""
    return CAPITAL.sub(lambda capital: capital[0].lower(), title.strip())


@register.filter
def unprompted(field: BoundField) -> SafeString:
    """The field without a text in it: its label says the same."""
    return field.as_widget(attrs={"placeholder": False})


@register.filter
def epoch(seconds: float | None) -> datetime | None:
    """The time of so many seconds since 1970, for `moment`."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    return mapping.get(key)


@register.filter
def counted(number: int) -> str:
    """A number of alerts; a storm is counted up to MOST_COUNTED (as alerts.listing.MOST)."""
    return f"{MOST_COUNTED:,}+" if number >= MOST_COUNTED else str(number)
