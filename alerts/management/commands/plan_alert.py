"""Say who would be told if an alert with these labels fired now."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from alerts import plan
from alerts.models import Policy, Severity


class Command(BaseCommand):
    help = "Show who would be told, on which channel and at which minute, if this fired now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--labels", nargs="*", default=[], metavar="NAME=VALUE", help="alertname names the rule"
        )
        parser.add_argument("--severity", choices=Severity.values, default="")
        parser.add_argument("--policy", default="", help="instead of the one the labels lead to")
        parser.add_argument("--at", default="", help="instead of now, in ISO 8601")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        labels = dict(_pair(text) for text in options["labels"])
        policy, severity = plan.routed(labels, severity=options["severity"])
        if options["policy"]:
            policy = Policy.objects.filter(name=options["policy"]).first()
            if policy is None:
                raise CommandError(f"There is no policy {options['policy']}.")
        now = parse_datetime(options["at"]) if options["at"] else timezone.now()
        if now is None or now.tzinfo is None:
            raise CommandError("--at is a time with its offset, such as 2027-01-04T09:00:00+00:00.")
        if severity not in Severity.values:
            raise CommandError(f"{severity} is no severity.")
        made = plan.if_fired(policy, severity=severity, labels=labels, now=now)
        if options["json"]:
            told = {"labels": labels, "severity": severity, **made.as_json()}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            self._tell(made)

    def _tell(self, made: plan.Plan) -> None:
        self.stdout.write(f"Policy {made.policy or 'none'}, from {made.starts:%Y-%m-%d %H:%M %Z}")
        for why in made.quiet:
            self.stdout.write(why)
        for line in made.lines:
            who = f"{line.who} ({line.why})" if line.who else line.why
            hole = f"  HOLE: {line.hole}" if line.hole else ""
            self.stdout.write(
                f"{line.minute:6.1f} min  step {line.step}  {who}  {line.channel}{hole}"
            )
        for hole in made.holes:
            self.stdout.write(f"HOLE  {hole}")
        if made.ends:
            self.stdout.write(made.ends)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise CommandError(f"“{text}” is not of the form name=value.")
    return name, value
