"""`manage.py replay_rule`: when a rule would have fired."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from alerts import definitions, tapes
from alerts.backtest import recordings_of
from alerts.conditions import BrokenRule
from alerts.episodes import plan_of
from alerts.models import Rule
from alerts.prometheus import NoAnswer
from alerts.recordings import Recording
from alerts.replay import Moment, episodes, replay
from alerts.watch import Plan

REFUSED = (BrokenRule, definitions.BadDefinition, tapes.BadSamples, NoAnswer)


class Command(BaseCommand):
    help = (
        "Replay a rule: a YAML file over the samples of a CSV file (metric, labels as JSON, epoch "
        "seconds, value; an empty value is absence), without a database; or a rule by its name "
        "over the stored samples."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rule", help="a YAML file, or the name of a rule")
        parser.add_argument("--samples", type=Path, help="a CSV file; without it, what is stored")
        parser.add_argument("--days", type=float, default=7, help="of stored samples (default: 7)")
        parser.add_argument("--until", type=float, help="epoch seconds; default: the last sample")
        parser.add_argument("--json", action="store_true", help="every transition as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            results = [self._replay(rule, options) for rule in self._rules(options["rule"])]
        except (
            BrokenRule,
            definitions.BadDefinition,
            tapes.BadSamples,
            NoAnswer,
            OSError,
        ) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            whole = results[0] if len(results) == 1 else {"rules": results}
            self.stdout.write(json.dumps(whole, indent=2))
            return
        for result in results:
            self._tell(result)

    def _rules(self, given: str) -> list[Rule]:
        if given.endswith((".yaml", ".yml")) or Path(given).is_file():
            return definitions.read(Path(given).read_text())
        rule = Rule.objects.filter(name=given).first()
        if rule is None:
            raise CommandError(f"There is no rule “{given}”, and no such file.")
        return [rule]

    def _replay(self, rule: Rule, options: dict[str, Any]) -> dict[str, Any]:
        plan, start = plan_of(rule), None
        if options["samples"]:
            with options["samples"].open(newline="") as lines:
                recordings = tapes.from_csv(lines)
            end = options["until"] or max((each.ts[-1] for each in recordings), default=0.0)
        else:
            now = timezone.now()
            since = now - timedelta(days=options["days"])
            recordings = recordings_of(rule, plan, start=since, end=now)
            start, end = since.timestamp(), now.timestamp()
        return _result(plan, recordings, start, float(end))

    def _tell(self, result: dict[str, Any]) -> None:
        self.stdout.write(f"{result['rule']}: fired {result['fired']} times.")
        for each in result["transitions"]:
            at = datetime.fromtimestamp(each["at"], UTC).isoformat()
            value = "no data" if each["value"] is None else f"{each['value']:.6g}"
            labels = " ".join(f"{name}={text}" for name, text in sorted(each["labels"].items()))
            self.stdout.write(f"  {at}  {each['from']} -> {each['to']}  {value}  {labels}")


def _result(
    plan: Plan, recordings: list[Recording], start: float | None, end: float
) -> dict[str, Any]:
    moments = [
        moment
        for moment in replay(plan, recordings, end=end)
        if start is None or moment.at >= start
    ]
    found = episodes(moments)
    return {
        "rule": plan.name,
        "samples": sum(len(each) for each in recordings),
        "end": end,
        "fired": len(found),
        "transitions": [_as_json(moment) for moment in moments],
        "episodes": [
            {
                "labels": dict(e.labels),
                "started_at": e.started,
                "ended_at": e.ended,
                "value": e.value,
            }
            for e in found
        ],
    }


def _as_json(moment: Moment) -> dict[str, Any]:
    return {
        "at": moment.at,
        "time": datetime.fromtimestamp(moment.at, UTC).isoformat(),
        "labels": dict(moment.labels),
        "from": moment.before,
        "to": moment.phase,
        "effect": moment.effect,
        "value": moment.value,
    }
