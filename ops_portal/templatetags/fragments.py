"""Parts of pages that are drawn once for each set of values.

`{% pure "x.html" a=b %}` includes a template that knows what it is given and nothing else: no
request, no person, no context. So its text depends on these values and the time zone alone, and
what is remembered under them is right for whoever asks with the same. Such a template must not look
at the clock (`|age`) or at a database.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

KEPT = 4_096  # fragments of a kilobyte or two


@register.simple_tag
def pure(template_name: str, **values: Hashable) -> SafeString:
    """The template, given these values alone."""
    types = tuple(map(type, values.values()))  # True, 1 and "1" are written differently
    return _drawn(template_name, timezone.get_current_timezone_name(), types, tuple(values.items()))


@register.simple_tag
def pure_each(
    template_name: str, item: str, items: Iterable[Hashable], **values: Hashable
) -> SafeString:
    """The template for each of the items, given as `item` beside the values."""
    zone, given = timezone.get_current_timezone_name(), tuple(values.items())
    types = tuple(map(type, values.values()))
    drawn = (_drawn(template_name, zone, types, ((item, one), *given)) for one in items)
    return mark_safe("".join(drawn))  # noqa: S308 - joined from what templates escaped


@lru_cache(maxsize=KEPT)
def _drawn(
    template_name: str, zone: str, types: tuple[type, ...], values: tuple[tuple[str, Hashable], ...]
) -> SafeString:
    return mark_safe(get_template(template_name).render(dict(values)))  # noqa: S308 - it escaped
