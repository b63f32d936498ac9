"""allauth's hooks, and the one-time links by which people come in."""

from datetime import datetime, timedelta

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from ops_portal import rights
from ops_portal.lib import secrets
from ops_portal.models import Invitation, SetupToken, digest, new_token
from ops_portal.roles import Role, assign, is_privileged

SETUP_LIFETIME = timedelta(hours=1)
INVITATION_LIFETIME = timedelta(days=7)


class InvalidLink(Exception):
    """The link is unknown, used, expired or revoked; which of these is nobody's business."""


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: people are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class MfaAdapter(DefaultMFAAdapter):
    """TOTP secrets and recovery seeds are encrypted at rest."""

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text.encode())


def lacks_second_factor(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Say whether the portal's rules ask this user for a second factor that is not set up."""
    if not settings.REQUIRE_MFA or not isinstance(user, User) or not is_privileged(user):
        return False
    return not rights.of(user).second_factor


def has_administrator() -> bool:
    administrators = Q(is_superuser=True) | Q(groups__name=Role.ADMIN)
    return User.objects.filter(administrators, is_active=True).exists()


@transaction.atomic
def make_setup_link(*, now: datetime) -> str | None:
    """Return a fresh link that makes the first administrator; None when there is one already.

    Links made earlier stop working: only the last one printed counts.
    """
    if has_administrator():
        return None
    SetupToken.objects.filter(used_at=None).delete()
    token = new_token()
    SetupToken.objects.create(digest=digest(token), created_at=now, expires_at=now + SETUP_LIFETIME)
    return absolute(reverse("setup", args=[token]))


def find_setup(token: str, *, now: datetime) -> SetupToken:
    """Return the valid setup token, locked inside a transaction. Raises InvalidLink."""
    found = (
        SetupToken.objects.select_for_update()
        .filter(digest=digest(token), used_at=None, expires_at__gt=now)
        .first()
    )
    if found is None or has_administrator():
        raise InvalidLink
    return found


@transaction.atomic
def set_up(token: str, *, email: str, name: str, password: str, now: datetime) -> User:
    """Make the first administrator. Raises InvalidLink."""
    found = find_setup(token, now=now)
    user = _new_user(email=email, name=name, password=password, role=Role.ADMIN)
    found.used_at = now
    found.save(update_fields=["used_at"])
    return user


@transaction.atomic
def invite(*, email: str, role: Role, by: User, now: datetime) -> tuple[Invitation, str]:
    """Invite a person. The link is returned this once: only its hash is kept."""
    token = new_token()
    invitation = Invitation.objects.create(
        email=email,
        role=role,
        digest=digest(token),
        invited_by=by,
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    return invitation, absolute(reverse("join", args=[token]))


def mail_invitation(invitation: Invitation, link: str) -> None:
    """Send the link. Raises OSError (SMTP errors included) when the mail server refuses."""
    body = (
        f"{invitation.invited_by.get_username()} invites you to Ops Portal "
        f"as {invitation.role}.\n\nChoose your password here:\n{link}\n\n"
        f"The link works once, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC.\n"
    )
    EmailMessage("Your invitation to Ops Portal", body, to=[invitation.email]).send()


def find_invitation(token: str, *, now: datetime) -> Invitation:
    """Return the open invitation, locked inside a transaction. Raises InvalidLink."""
    found = (
        Invitation.objects.select_for_update()
        .filter(digest=digest(token), accepted_at=None, revoked_at=None, expires_at__gt=now)
        .first()
    )
    if found is None:
        raise InvalidLink
    return found


@transaction.atomic
def accept(token: str, *, name: str, password: str, now: datetime) -> User:
    """Make the invited user. Raises InvalidLink."""
    invitation = find_invitation(token, now=now)
    user = _new_user(
        email=invitation.email, name=name, password=password, role=Role(invitation.role)
    )
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return user


def absolute(path: str) -> str:
    portal: str = settings.PORTAL_URL
    return portal.rstrip("/") + path


def _new_user(*, email: str, name: str, password: str, role: Role) -> User:
    """Make a user whose address needs no second proof: the link was the proof."""
    user = User.objects.create_user(name, email, password)
    EmailAddress.objects.create(user=user, email=email.lower(), verified=True, primary=True)
    assign(user, role)
    return user
