"""Form fields of routing: lists of matchers and of label names."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from alerts.matchers import NAME, Unreadable, from_json, parse, to_json, written
from alerts.tree import ALL_LABELS

ONE_GROUP = "-"
LONGEST_TEXT = 8_000  # characters of a list of matchers


class MatchersField(forms.CharField):
    """Matchers as JSON, edited as text. An error says the column."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST_TEXT)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return written(from_json(value))
        return value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return to_json(parse(text))
        except Unreadable as error:
            raise ValidationError(f"{error}.", code="matchers") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((initial or []) != to_json(parse(str(data or ""))))
        except Unreadable:
            return True


class GroupByField(forms.CharField):
    """Label names, `...` for all, `-` for none, blank (None) for what the parent says."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(value) or ONE_GROUP
        return value

    def clean(self, value: Any) -> Any:
        names = [name.strip() for name in super().clean(value).split(",") if name.strip()]
        if not names:
            return None
        if names == [ONE_GROUP]:
            return []
        wrong = [name for name in names if name != ALL_LABELS and not NAME.fullmatch(name)]
        if wrong:
            raise ValidationError(f"“{wrong[0]}” is no label name.", code="label")
        return list(dict.fromkeys(names))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != self.prepare_value(data))
