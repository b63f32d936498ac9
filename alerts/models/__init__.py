"""Rules, alerts, escalation, notification."""

from alerts.models.alerts import Acknowledgment, Alert, Comment, Transition
from alerts.models.escalation import Escalation, EscalationStep, Policy, PolicyStep
from alerts.models.notifications import Attempt, Notification, Receiver
from alerts.models.routing import AlertGroup, GroupMember, Route, RoutingEdition
from alerts.models.rules import Rule, RuleEdition, RuleError, RuleInstance, Severity
from alerts.models.silences import Inhibition, Silence

__all__ = [
    "Acknowledgment",
    "Alert",
    "AlertGroup",
    "Attempt",
    "Comment",
    "Escalation",
    "EscalationStep",
    "GroupMember",
    "Inhibition",
    "Notification",
    "Policy",
    "PolicyStep",
    "Receiver",
    "Route",
    "RoutingEdition",
    "Rule",
    "RuleEdition",
    "RuleError",
    "RuleInstance",
    "Severity",
    "Silence",
    "Transition",
]
