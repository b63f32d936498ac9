"""The state machine of one rule on one series, as Prometheus has it, with `nodata` inside it.

Pure: `step` takes what was known, what is seen now and the time, and gives what is known next.
Times are epoch seconds. Absence never turns into `ok`, and never resolves anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Phase(StrEnum):
    OK = "ok"
    PENDING = "pending"  # the condition holds, not yet for long enough
    FIRING = "firing"
    KEEPING = "keeping"  # it cleared, the alert is kept firing for a while
    NODATA = "nodata"


class Verdict(StrEnum):
    HOLDS = "holds"
    CLEAR = "clear"
    ABSENT = "absent"  # no number: NaN, or silence for too long


class Effect(StrEnum):
    FIRE = "fire"
    FIRE_NODATA = "fire_nodata"
    RESOLVE = "resolve"
    LOSE_DATA = "lose_data"  # the open alert goes on, without data
    REGAIN_DATA = "regain_data"  # the open alert goes on, the condition holds


class NoData(StrEnum):
    NODATA = "nodata"  # an alert that says so
    ALERT = "alert"  # as if the condition held
    KEEP = "keep"  # as if the last verdict still stood
    IGNORE = "ignore"  # shown, nobody is told


BREACH, MISSING = "breach", "nodata"


@dataclass(frozen=True, slots=True)
class Timing:
    """What of a rule the machine needs. Seconds."""

    hold: float = 0.0  # `for`
    keep_firing: float = 0.0
    no_data: NoData = NoData.NODATA


@dataclass(frozen=True, slots=True)
class Instance:
    """What is known of one rule on one series.

    `alerting` names the condition of the open alert, "" when none is open. `latched`: a person
    resolved it while the condition held, so nothing fires until the condition has cleared once.
    """

    phase: Phase = Phase.OK
    active_at: float | None = None
    fired_at: float | None = None
    keeping_since: float | None = None
    missing_since: float | None = None
    alerting: str = ""
    latched: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    instance: Instance
    effect: Effect | None = None


def step(
    instance: Instance, verdict: Verdict, *, at: float, timing: Timing, missing_since: float = 0.0
) -> Step:
    """The next instance and what must be done, once.

    `missing_since` is read with ABSENT alone: since when there has been no number.
    """
    if verdict is Verdict.ABSENT:
        return _absent(instance, at, timing, missing_since)
    instance = replace(instance, missing_since=None)
    if verdict is Verdict.CLEAR:
        return _clear(instance, at, timing)
    return _holds(instance, at, timing)


def resolved_by_person(instance: Instance) -> Instance:
    """The open alert was resolved by hand: silent until the condition has cleared once."""
    if instance.phase in {Phase.OK, Phase.KEEPING}:
        return Instance(missing_since=instance.missing_since)
    return replace(instance, alerting="", fired_at=None, latched=True)


def due_at(instance: Instance, timing: Timing) -> float | None:
    """When the passing of time alone changes the instance next; None: never."""
    if instance.phase is Phase.PENDING and instance.active_at is not None:
        return instance.active_at + timing.hold
    if instance.phase is Phase.KEEPING and instance.keeping_since is not None:
        return instance.keeping_since + timing.keep_firing
    waits = instance.phase is Phase.NODATA and not instance.alerting and not instance.latched
    if waits and timing.no_data is NoData.NODATA and instance.missing_since is not None:
        return instance.missing_since + timing.hold
    return None


def _holds(instance: Instance, at: float, timing: Timing) -> Step:
    if instance.phase is Phase.NODATA:
        # What a person silenced was the absence; data that is bad is news.
        instance = replace(instance, phase=Phase.OK, latched=instance.latched and _held(instance))
    active_at = at if instance.active_at is None else instance.active_at
    instance = replace(instance, active_at=active_at, keeping_since=None)
    if instance.alerting == MISSING:
        return Step(replace(instance, phase=Phase.FIRING, alerting=BREACH), Effect.REGAIN_DATA)
    if instance.alerting or instance.latched:
        return Step(replace(instance, phase=Phase.FIRING))
    if at - active_at >= timing.hold:
        fired = replace(instance, phase=Phase.FIRING, fired_at=at, alerting=BREACH)
        return Step(fired, Effect.FIRE)
    return Step(replace(instance, phase=Phase.PENDING))


def _held(instance: Instance) -> bool:
    """Whether the condition held when data was lost: then the latch is on the condition."""
    return instance.active_at is not None


def _clear(instance: Instance, at: float, timing: Timing) -> Step:
    if not instance.alerting:
        return Step(Instance())
    since = at if instance.keeping_since is None else instance.keeping_since
    if instance.alerting == BREACH and at - since < timing.keep_firing:
        kept = replace(instance, phase=Phase.KEEPING, active_at=None, keeping_since=since)
        return Step(kept)
    return Step(Instance(), Effect.RESOLVE)


def _absent(instance: Instance, at: float, timing: Timing, missing_since: float) -> Step:
    since = missing_since if instance.missing_since is None else instance.missing_since
    instance = replace(instance, missing_since=since)
    if timing.no_data is NoData.ALERT:
        return _holds(instance, at, timing)
    if timing.no_data is NoData.KEEP:
        return _keep(instance, at, timing)
    lost = replace(
        instance,
        phase=Phase.NODATA,
        active_at=instance.active_at if instance.alerting or instance.latched else None,
        keeping_since=None,
    )
    if timing.no_data is NoData.IGNORE or lost.alerting == MISSING:
        return Step(lost)
    if lost.alerting == BREACH:
        return Step(replace(lost, alerting=MISSING), Effect.LOSE_DATA)
    if not lost.latched and at - since >= timing.hold:
        return Step(replace(lost, alerting=MISSING, fired_at=at), Effect.FIRE_NODATA)
    return Step(lost)


def _keep(instance: Instance, at: float, timing: Timing) -> Step:
    """The last verdict stands: a running `for` runs on, but silence ends nothing."""
    if instance.phase in {Phase.PENDING, Phase.FIRING}:
        return _holds(instance, at, timing)
    return Step(instance)
