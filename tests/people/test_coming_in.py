"""Links bring people in: once, in time, with the role that was meant."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from ops_portal import accounts, roles
from ops_portal.models import Invitation, SetupToken
from ops_portal.roles import Role

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-battery"
ANSWERS = {"username": "ana", "password1": PASSWORD, "password2": PASSWORD}


def setup_path() -> str:
    link = accounts.make_setup_link(now=timezone.now())
    assert link is not None
    return "/setup/" + link.split("/setup/")[1]


def invite(role: Role = Role.RESPONDER) -> tuple[Invitation, str]:
    by = User.objects.create_user("boss", "boss@desk.example")
    invitation, link = accounts.invite(
        email="ana@desk.example", role=role, by=by, now=timezone.now()
    )
    return invitation, "/join/" + link.split("/join/")[1]


def test_the_setup_link_makes_the_first_administrator_and_logs_in(client: Client) -> None:
    path = setup_path()

    response = client.post(path, {**ANSWERS, "email_address": "ana@desk.example"})

    ana = User.objects.get()
    assert response.status_code == 302
    assert roles.role_of(ana) is Role.ADMIN
    assert not ana.is_superuser
    assert client.session["_auth_user_id"] == str(ana.pk)


def test_the_setup_link_works_once(client: Client) -> None:
    path = setup_path()
    client.post(path, {**ANSWERS, "email_address": "ana@desk.example"})

    second = Client().post(
        path, {**ANSWERS, "username": "eve", "email_address": "eve@desk.example"}
    )

    assert second.status_code == 410
    assert User.objects.count() == 1


def test_a_setup_link_older_than_an_hour_is_refused(client: Client) -> None:
    path = setup_path()
    SetupToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client.get(path).status_code == 410


def test_only_the_newest_setup_link_works(client: Client) -> None:
    older, newer = setup_path(), setup_path()

    assert client.get(older).status_code == 410
    assert client.get(newer).status_code == 200


def test_no_setup_link_is_made_when_there_is_an_administrator(client: Client) -> None:
    client.post(setup_path(), {**ANSWERS, "email_address": "ana@desk.example"})

    assert accounts.make_setup_link(now=timezone.now()) is None


def test_only_the_hash_of_a_link_is_stored() -> None:
    path = setup_path()

    stored = SetupToken.objects.get().digest

    assert stored not in path
    assert path.strip("/").split("/")[1] != stored


def test_an_invited_person_gets_the_role_and_a_verified_address(client: Client) -> None:
    invitation, path = invite(Role.EDITOR)

    client.post(path, ANSWERS)

    ana = User.objects.get(username="ana")
    invitation.refresh_from_db()
    assert roles.role_of(ana) is Role.EDITOR
    assert EmailAddress.objects.get(user=ana).verified
    assert invitation.accepted_by == ana


def test_an_invitation_works_once(client: Client) -> None:
    _, path = invite()
    client.post(path, ANSWERS)

    assert Client().post(path, {**ANSWERS, "username": "eve"}).status_code == 410


@pytest.mark.parametrize("change", ["expires_at", "revoked_at"])
def test_an_expired_or_revoked_invitation_is_refused(client: Client, change: str) -> None:
    invitation, path = invite()
    past = timezone.now() - timedelta(seconds=1)
    Invitation.objects.filter(pk=invitation.pk).update(
        created_at=past - timedelta(days=1), **{change: past}
    )

    assert client.get(path).status_code == 410


@pytest.mark.parametrize(
    "answers",
    [
        {"password1": "short", "password2": "short"},
        {"password1": "password1234", "password2": "password1234"},
        {"password1": "x" * 1001, "password2": "x" * 1001},
        {"password1": PASSWORD, "password2": "another-horse-battery"},
        {"username": "boss"},
        {"username": "<script>"},
    ],
)
def test_weak_passwords_and_taken_names_are_refused(
    client: Client, answers: dict[str, str]
) -> None:
    _, path = invite()

    response = client.post(path, {**ANSWERS, **answers})

    assert response.status_code == 400
    assert not User.objects.filter(username="ana").exists()


def test_the_invitation_is_mailed_with_its_link(mailoutbox: list[object]) -> None:
    invitation, path = invite()

    accounts.mail_invitation(invitation, accounts.absolute(path))

    assert path in str(getattr(mailoutbox[0], "body", ""))
