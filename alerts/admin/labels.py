"""Labels as people write them: one key=value a line."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)  # a Prometheus label name
MOST = 32  # labels
LONGEST = 200  # characters of a value


class LabelsField(forms.CharField):
    """A JSON object of texts, edited as lines. Keeps the order of nothing: labels have none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminTextareaWidget(attrs={"rows": 3}))
        super().__init__(**{"required": False, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "\n".join(f"{name}={value[name]}" for name in sorted(value))
        return value

    def to_python(self, value: Any) -> dict[str, str]:  # type: ignore[override]
        if isinstance(value, dict):
            return value
        lines = [line.strip() for line in str(value or "").splitlines()]
        return dict(_pair(line) for line in lines if line)

    def validate(self, value: Any) -> None:
        super().validate(value or "")
        if len(value) > MOST:
            raise ValidationError(f"At most {MOST} labels.", code="too_many")

    def run_validators(self, value: Any) -> None:
        """The pairs are checked one by one while they are read."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((initial or {}) != self.to_python(data))
        except ValidationError:
            return True


def _pair(line: str) -> tuple[str, str]:
    name, sign, value = (part.strip() for part in line.partition("="))
    if not sign or not value:
        raise ValidationError(f"“{line}” is not of the form name=value.", code="no_pair")
    if not NAME.fullmatch(name):
        raise ValidationError(
            f"“{name}” is no label name: letters, digits and _, not starting with a digit.",
            code="bad_name",
        )
    if len(value) > LONGEST:
        raise ValidationError(f"The value of “{name}” is too long.", code="too_long")
    return name, value
