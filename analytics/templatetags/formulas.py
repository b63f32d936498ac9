"""Links from a figure to how it is made."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.html import format_html

from analytics.formulas import anchors

register = template.Library()


@register.simple_tag
def formula(name: str, word: str) -> str:
    """`{% formula "net_pnl" "PnL" %}`; KeyError for a figure that the manual does not tell."""
    return format_html(
        '<a class="how" href="{}#{}" title="How it is made">{}</a>',
        reverse("formulas"), anchors()[name], word,
    )  # fmt: skip
