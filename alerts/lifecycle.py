"""The state machine of one rule on one series, as Prometheus has it, with `nodata` inside it.

Pure: `step` takes what was known, what is seen now and the time, and gives what is known next.
Times are epoch seconds. Absence and errors never turn into `ok`, and never resolve anything.
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
    ERROR = "error"  # the rule could not be evaluated


class Verdict(StrEnum):
    HOLDS = "holds"
    CLEAR = "clear"
    ABSENT = "absent"  # no number: NaN, or silence for too long
    FAILED = "failed"  # the rule could not be evaluated


class Effect(StrEnum):
    FIRE = "fire"
    FIRE_NODATA = "fire_nodata"
    RESOLVE = "resolve"
    LOSE_DATA = "lose_data"  # the open alert goes on, without data
    REGAIN_DATA = "regain_data"  # the open alert goes on, the condition holds


class NoData(StrEnum):
    """What absence leads to, and what an error leads to."""

    NODATA = "nodata"  # an alert that says so
    ALERT = "alert"  # as if the condition held
    KEEP = "keep"  # as if the last verdict still stood
    IGNORE = "ignore"  # shown, nobody is told


BREACH, MISSING = "breach", "nodata"  # an error is one way to have no data
BLIND = frozenset({Phase.NODATA, Phase.ERROR})


@dataclass(frozen=True, slots=True)
class Timing:
    """What of a rule the machine needs. Seconds."""

    hold: float = 0.0  # `for`
    keep_firing: float = 0.0
    no_data: NoData = NoData.NODATA
    on_error: NoData = NoData.NODATA
    flap_count: int = 0  # so many onsets within `flap_seconds` are flapping; 0: never
    flap_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Instance:
    """What is known of one rule on one series.

    `alerting` names the condition of the open alert, "" when none is open. `latched`: a person
    resolved it while the condition held, so nothing fires until the condition has cleared once.
    `onsets` are the last times at which the condition set in, oldest first, as many as the rule
    counts: an alert that sets in again and again is kept firing until it has been calm for long.
    """

    phase: Phase = Phase.OK
    active_at: float | None = None
    fired_at: float | None = None
    keeping_since: float | None = None
    missing_since: float | None = None
    alerting: str = ""
    latched: bool = False
    onsets: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    instance: Instance
    effect: Effect | None = None


def step(
    instance: Instance, verdict: Verdict, *, at: float, timing: Timing, missing_since: float = 0.0
) -> Step:
    """The next instance and what must be done, once.

    `missing_since` is read with ABSENT and FAILED alone: since when there has been no number.
    """
    if verdict is Verdict.ABSENT:
        return _absent(instance, at, timing, missing_since, timing.no_data, Phase.NODATA)
    if verdict is Verdict.FAILED:
        return _absent(instance, at, timing, missing_since, timing.on_error, Phase.ERROR)
    if instance.missing_since is not None:
        instance = replace(instance, missing_since=None)
    if verdict is Verdict.CLEAR:
        return _clear(instance, at, timing)
    return _holds(instance, at, timing)


def resolved_by_person(instance: Instance) -> Instance:
    """The open alert was resolved by hand: silent until the condition has cleared once."""
    if instance.phase in {Phase.OK, Phase.KEEPING}:
        return Instance(missing_since=instance.missing_since, onsets=instance.onsets)
    return replace(instance, alerting="", fired_at=None, latched=True)


def flapping(instance: Instance, *, at: float, timing: Timing) -> bool:
    """Whether the condition has set in too often in the time before `at`."""
    recent = [onset for onset in instance.onsets if onset > at - timing.flap_seconds]
    return 0 < timing.flap_count <= len(recent)


def due_at(instance: Instance, timing: Timing) -> float | None:
    """When the passing of time alone changes the instance next; None: never."""
    if instance.phase is Phase.PENDING and instance.active_at is not None:
        return instance.active_at + timing.hold
    if instance.phase is Phase.KEEPING and instance.keeping_since is not None:
        return instance.keeping_since + _kept_seconds(instance, instance.keeping_since, timing)
    waits = instance.phase in BLIND and not instance.alerting and not instance.latched
    policy = timing.on_error if instance.phase is Phase.ERROR else timing.no_data
    if waits and policy is NoData.NODATA and instance.missing_since is not None:
        return instance.missing_since + timing.hold
    return None


def _holds(instance: Instance, at: float, timing: Timing) -> Step:
    if instance.phase in BLIND:
        # What a person silenced was the absence; data that is bad is news.
        instance = replace(instance, phase=Phase.OK, latched=instance.latched and _held(instance))
    if instance.phase is Phase.KEEPING:
        instance = _set_in(instance, at, timing)
    active_at = at if instance.active_at is None else instance.active_at
    phase = Phase.FIRING
    if instance.alerting == MISSING:
        news: Effect | None = Effect.REGAIN_DATA
    elif instance.alerting or instance.latched:
        news = None
    elif at - active_at >= timing.hold:
        news = Effect.FIRE
    else:
        news, phase = None, Phase.PENDING
    instance = replace(
        instance,
        phase=phase,
        active_at=active_at,
        fired_at=at if news is Effect.FIRE else instance.fired_at,
        keeping_since=None,
        alerting=BREACH if news else instance.alerting,
    )
    return Step(_set_in(instance, at, timing) if news is Effect.FIRE else instance, news)


def _held(instance: Instance) -> bool:
    """Whether the condition held when data was lost: then the latch is on the condition."""
    return instance.active_at is not None


def _set_in(instance: Instance, at: float, timing: Timing) -> Instance:
    if not timing.flap_count:
        return instance
    return replace(instance, onsets=(*instance.onsets, at)[-timing.flap_count :])


def _kept_seconds(instance: Instance, since: float, timing: Timing) -> float:
    """How long an alert is kept whose condition cleared at `since`."""
    if flapping(instance, at=since, timing=timing):
        return max(timing.keep_firing, timing.flap_seconds)
    return timing.keep_firing


def _clear(instance: Instance, at: float, timing: Timing) -> Step:
    if not instance.alerting:
        return Step(Instance(onsets=instance.onsets))
    since = at if instance.keeping_since is None else instance.keeping_since
    kept_seconds = _kept_seconds(instance, since, timing)
    if instance.alerting == BREACH and at - since < kept_seconds:
        kept = replace(instance, phase=Phase.KEEPING, active_at=None, keeping_since=since)
        return Step(kept)
    return Step(Instance(onsets=instance.onsets), Effect.RESOLVE)


def _absent(
    instance: Instance,
    at: float,
    timing: Timing,
    missing_since: float,
    policy: NoData,
    phase: Phase,
) -> Step:
    since = missing_since if instance.missing_since is None else instance.missing_since
    instance = replace(instance, missing_since=since)
    if policy is NoData.ALERT:
        return _holds(instance, at, timing)
    if policy is NoData.KEEP:
        return _keep(instance, at, timing)
    lost = replace(
        instance,
        phase=phase,
        active_at=instance.active_at if instance.alerting or instance.latched else None,
        keeping_since=None,
    )
    if policy is NoData.IGNORE or lost.alerting == MISSING:
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
