"""What a person does to several alerts with one note: each on its own, the rest named with why."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from alerts import actions, handover, replies
from alerts.actions import Acknowledged
from alerts.acts import acting, read, said
from alerts.forms import AssignManyForm, BulkForm, SnoozeManyForm
from alerts.models import Alert
from alerts.replies import Reply, Skipped
from alerts.summary import person
from ops_portal.lib.bearer import takes_token


@acting("alerts.acknowledge_alert")
def acknowledge(request: HttpRequest) -> Reply:
    form, told = read(BulkForm(request.POST)), said(request)
    ids = form.cleaned_data["ids"]
    return _each(ids, "acknowledged", lambda pk: actions.acknowledge(pk, **told))


@acting("alerts.acknowledge_alert")
def snooze(request: HttpRequest) -> Reply:
    """All of them until the same time; then they fire again."""
    form, told = read(SnoozeManyForm(request.POST)), said(request)
    until = form.end(told["now"])
    words = f"snoozed until {replies.clock(until)}"
    ids = form.cleaned_data["ids"]
    return _each(ids, words, lambda pk: actions.snooze(pk, until=until, **told))


@acting("alerts.acknowledge_alert")
def assign(request: HttpRequest) -> Reply:
    """Give all of them to one person; not those that went to another than was seen."""
    form, told = read(AssignManyForm(request.POST)), said(request)
    to, seen = form.cleaned_data["to"], form.cleaned_data["seen"]
    words = f"assigned to {person(to) if to else 'nobody'}"
    return _each(
        form.cleaned_data["ids"],
        words,
        lambda pk: handover.assign(pk, to=to, expected=seen.get(pk), **told),
    )


@acting("alerts.resolve_alert")
def resolve(request: HttpRequest) -> Reply:
    form, told = read(BulkForm(request.POST)), said(request)
    return _each(form.cleaned_data["ids"], "resolved", lambda pk: actions.resolve(pk, **told))


@takes_token
@require_safe
@login_required
@permission_required("alerts.acknowledge_alert", raise_exception=True)
def people(request: HttpRequest) -> JsonResponse:
    """Who can be given an alert, by name."""
    able = [{"id": user.pk, "name": person(user)} for user in handover.candidates()]
    return JsonResponse({"people": able})


def _each(ids: list[int], words: str, act: Callable[[int], Acknowledged | Alert]) -> Reply:
    """Act on one after the other; what is refused for one of them does not stop the rest."""
    done, left = list[int](), list[Skipped]()
    for pk in ids:
        try:
            outcome = act(pk)
        except Alert.DoesNotExist:
            left.append(Skipped(pk, "Not known here"))
        except (actions.NotOpen, handover.AssignedMeanwhile) as refusal:
            left.append(replies.skipped(refusal))
        else:
            if isinstance(outcome, Acknowledged) and not outcome.won:
                left.append(replies.beaten(outcome))
            else:
                done.append(pk)
    return replies.many(words, done, left)
