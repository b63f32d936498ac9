"""What a message tells beside its title, the same in every channel."""

from __future__ import annotations

from alerts.receivers.base import Message
from alerts.substitution import one_line
from ops_portal.lib.words import measure

LONGEST = 1_000  # characters of one fact


def facts(message: Message) -> list[tuple[str, str]]:
    """(name, value) pairs of one line each; those without a value are left out."""
    if message.reason == "bundle":
        return []
    labels = ", ".join(f"{name}={value}" for name, value in sorted(message.labels.items()))
    pairs = [
        ("Severity", message.severity),
        ("Value", compared(message)),
        ("Since", message.started_at.strftime("%Y-%m-%d %H:%M:%S UTC")),
        ("By", message.actor),
        ("Until", message.until.strftime("%Y-%m-%d %H:%M UTC") if message.until else ""),
        ("Note", message.note),
        ("Escalation", f"step {message.step}" if message.step else ""),
        ("Labels", labels),
        ("Runbook", message.runbook_url),
    ]
    return [(name, one_line(value, longest=LONGEST)) for name, value in pairs if value]


def compared(message: Message) -> str:
    """`−6.00 % (limit −5.00 %)`, as the page of the alert writes it."""
    number = measure(message.value, message.unit)
    if message.threshold is None:
        return number
    return f"{number} (limit {measure(message.threshold, message.unit)})"


def headline(message: Message, *, longest: int = 150) -> str:
    """`Firing: Drawdown on BTC`, in one line."""
    return one_line(f"{message.headline}: {message.title}", longest=longest)
