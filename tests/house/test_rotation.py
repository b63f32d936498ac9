"""A new key takes over every stored secret."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from alerts.models import Receiver
from ops_portal.lib import secrets
from tests.factories import person

pytestmark = pytest.mark.django_db
OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
HOOK = "https://hooks.example.com/T1/B1/xyz"


def store_secrets() -> None:
    Receiver.objects.create(name="desk", kind="slack", secret=secrets.encrypt(HOOK))
    totp = {"secret": secrets.encrypt("JBSWY3DPEHPK3PXP").decode()}
    Authenticator.objects.create(user=person("alice"), type="totp", data=totp)


def test_after_the_rotation_the_old_key_is_not_needed(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    store_secrets()
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    call_command("rotate_keys", stdout=(said := StringIO()))

    settings.ENCRYPTION_KEYS = [NEW]
    assert said.getvalue() == "2 secrets are sealed with the newest key.\n"
    assert secrets.decrypt(bytes(Receiver.objects.get().secret)) == HOOK
    sealed = Authenticator.objects.get().data["secret"]
    assert secrets.decrypt(sealed.encode()) == "JBSWY3DPEHPK3PXP"


def test_a_secret_that_no_key_opens_is_named_and_left_alone(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [LOST]
    store_secrets()
    settings.ENCRYPTION_KEYS = [NEW]

    with pytest.raises(CommandError, match="No key opens receiver desk, totp of alice"):
        call_command("rotate_keys", stdout=StringIO())

    settings.ENCRYPTION_KEYS = [LOST]
    assert secrets.decrypt(bytes(Receiver.objects.get().secret)) == HOOK
