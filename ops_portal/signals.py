"""What must happen at once when a person's rights or factors change."""

from typing import Any

from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.models import User
from django.dispatch import receiver
from django.http import HttpRequest

from ops_portal import sessions


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def end_other_sessions(request: HttpRequest, user: User, **_: Any) -> None:
    """A thief's session must not outlive the owner's new lock."""
    sessions.end_all(user, but=request.session.session_key)
