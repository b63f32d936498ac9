"""One way to write a value: the page, the mail and the chat say the same."""

from __future__ import annotations

import pytest

from alerts.around import sentence
from alerts.measures import measured
from ops_portal.lib.words import money, ratio, span

NARROW = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("metric", "aggregate", "said"),
    [
        ("current_drawdown", "last", "−6.47 %"),
        ("current_drawdown", "count", "−0.0647"),
        ("execution_latency_seconds", "max", "−0.0647 s"),
        ("leverage", "last", "−0.0647"),
    ],
)
def test_a_value_has_the_unit_of_its_metric_unless_samples_are_counted(
    metric: str, aggregate: str, said: str
) -> None:
    text = measured(-0.0647, {"metric": metric, "aggregate": aggregate})

    assert text.replace(NARROW, " ") == said


def test_what_rounds_to_nothing_has_no_sign() -> None:
    assert ratio(-0.00001, 2).replace(NARROW, " ") == "0.00 %"


def test_a_rule_is_told_with_its_lengths_exactly() -> None:
    rule = {"metric": "win_rate_ratio", "aggregate": "avg", "window_seconds": 5_400}
    rule |= {"comparison": "<", "threshold": 0.4, "for_seconds": 93_784}

    text = sentence(rule).replace(NARROW, " ")

    assert text == (
        "average of win_rate_ratio over 1 h 30 min is below 40.0 % for 1 d 2 h 3 min 4 s."
    )
    assert span(0) == "0 s"


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("0.89742057", "USDT", "+0.90 USDT"),
        ("-0.352", "USDT", "−0.35 USDT"),
        ("-0.00012", "USDT", "−0.00012 USDT"),
        ("0.12345678", "BTC", "+0.12345678 BTC"),
        ("0", "BTC", "0.00 BTC"),
    ],
)
def test_an_amount_in_a_currency_of_cents_is_told_in_cents(
    amount: str, currency: str, said: str
) -> None:
    assert money(amount, currency).replace(NARROW, " ") == said
