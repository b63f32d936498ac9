"""Rules, alerts, escalation, notification."""

from alerts.models.alerts import Acknowledgment, Alert, Comment, Transition
from alerts.models.escalation import Escalation, EscalationStep, Policy, PolicyStep
from alerts.models.notifications import Attempt, Notification, Receiver, ReceiverState
from alerts.models.roads import AckToken, Callback, ChatIdentity
from alerts.models.rules import Rule, RuleEdition, RuleError, RuleInstance, Severity

__all__ = [
    "AckToken",
    "Acknowledgment",
    "Alert",
    "Attempt",
    "Callback",
    "ChatIdentity",
    "Comment",
    "Escalation",
    "EscalationStep",
    "Notification",
    "Policy",
    "PolicyStep",
    "Receiver",
    "ReceiverState",
    "Rule",
    "RuleEdition",
    "RuleError",
    "RuleInstance",
    "Severity",
    "Transition",
]
