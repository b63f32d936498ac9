"""Rules, alerts, escalation, notification."""

from alerts.models.alerts import Acknowledgment, Alert, Comment, Transition
from alerts.models.calendars import Calendar
from alerts.models.declared import Declaration
from alerts.models.escalation import Escalation, EscalationStep, Policy, PolicyStep
from alerts.models.notifications import Attempt, Notification, Receiver, ReceiverState
from alerts.models.oncall import (
    OnCallSpan,
    Override,
    Participant,
    PersonalFeed,
    Schedule,
    ScheduleLayer,
    Swap,
    Team,
)
from alerts.models.personal import LaterMessage, NotificationRule, QuietHours, Verification
from alerts.models.queries import PrometheusServer, QueryState
from alerts.models.roads import AckToken, Callback, ChatIdentity
from alerts.models.routing import AlertGroup, GroupMember, Route, RoutingEdition
from alerts.models.rules import Rule, RuleEdition, RuleError, RuleInstance, Severity
from alerts.models.silences import Inhibition, Silence

__all__ = [
    "AckToken",
    "Acknowledgment",
    "Alert",
    "AlertGroup",
    "Attempt",
    "Calendar",
    "Callback",
    "ChatIdentity",
    "Comment",
    "Declaration",
    "Escalation",
    "EscalationStep",
    "GroupMember",
    "Inhibition",
    "LaterMessage",
    "Notification",
    "NotificationRule",
    "OnCallSpan",
    "Override",
    "Participant",
    "PersonalFeed",
    "Policy",
    "PolicyStep",
    "PrometheusServer",
    "QueryState",
    "QuietHours",
    "Receiver",
    "ReceiverState",
    "Route",
    "RoutingEdition",
    "Rule",
    "RuleEdition",
    "RuleError",
    "RuleInstance",
    "Schedule",
    "ScheduleLayer",
    "Severity",
    "Silence",
    "Swap",
    "Team",
    "Transition",
    "Verification",
]
