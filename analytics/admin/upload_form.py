"""What is asked of a file that is uploaded, and of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminFileFieldWidget

from analytics.importing.kinds import KINDS
from analytics.importing.preview import Column
from analytics.models.events import Env
from ops_portal.lib.uploads import MOST_BYTES

WORDS = {
    "trades": "Trades: each row one that was closed",
    "fills": "Fills: each row a part of an order that was carried out",
    "ledger": "Ledger: deposits, withdrawals, funding, fees",
    "candles": "Candles: prices to compare with",
}
LEFT_OUT = "left out"
MOST_MIB = MOST_BYTES // 1_048_576


class UploadForm(forms.Form):
    """A file, what it holds, and whose it is where its rows do not say."""

    file = forms.FileField(
        label="File",
        widget=UnfoldAdminFileFieldWidget,
        error_messages={"required": f"Choose a file of at most {MOST_MIB} MiB."},
        help_text="CSV with a line of headings, or of freqtrade: its SQLite database or a JSON"
        f" export. At most {MOST_MIB} MiB.",
    )
    kind = forms.ChoiceField(label="It holds", choices=list(WORDS.items()))
    source = forms.CharField(
        label="Source",
        initial="import",
        max_length=100,
        help_text="Whose rows they are: one name for each account and kind of file. Rows of another"
        " source are other rows. For candles of one instrument: its symbol.",
    )
    env = forms.ChoiceField(label="Environment", choices=Env.choices)
    strategy = forms.CharField(
        label="Strategy", required=False, max_length=100, help_text="Where the file names none."
    )
    currency = forms.CharField(
        label="Currency", required=False, max_length=20,
        help_text="Where neither the file nor the symbol tells it.",
    )  # fmt: skip
    seconds = forms.IntegerField(
        label="Seconds of a candle", required=False, min_value=1, max_value=31 * 86_400,
        help_text="Blank: as the rows tell.",
    )  # fmt: skip

    @property
    def options(self) -> dict[str, Any]:
        """Of the order, without the file."""
        given = dict(self.cleaned_data)
        del given["file"]
        return given | {"seconds": given["seconds"] or 0, "currency": given["currency"].upper()}


def choices(kind: str, columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Each column of the file with the fields that it may be."""
    fields = KINDS[kind].fields
    return [
        {
            "column": column,
            "name": f"column-{place}",
            "options": [("", LEFT_OUT, not column.field)]
            + [
                (name, f"{name} (needed)" if field.needed else name, name == column.field)
                for name, field in fields.items()
            ],
        }
        for place, column in enumerate(columns)
    ]


def chosen(answers: Mapping[str, Any], header: Sequence[str]) -> dict[str, str]:
    """Column -> field as the page was sent; empty where the page did not ask."""
    asked: dict[str, str] = {}
    for place, column in enumerate(header):
        if f"column-{place}" in answers:
            asked.setdefault(column, str(answers[f"column-{place}"]))
    return asked
