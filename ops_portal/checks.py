"""System checks: what is composed by name exists, and production is not left open."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.utils.module_loading import import_string


@register(Tags.compatibility, deploy=True)
def handlers_resolve(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    return [
        checks.Error(f"STREAM_HANDLERS[{stream!r}]: {error}", id="portal.E001")
        for stream, dotted in settings.STREAM_HANDLERS.items()
        if (error := _import_error(dotted))
    ]


@register(Tags.security, deploy=True)
def encryption_keys_given(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if settings.ENCRYPTION_KEYS:
        return []
    text = "ENCRYPTION_KEYS is empty: secrets at rest depend on SECRET_KEY."
    return [checks.Warning(text, hint="Set it to a Fernet key of its own.", id="portal.W001")]


@register(Tags.security, deploy=True)
def second_factor_required(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if settings.REQUIRE_MFA:
        return []
    return [
        checks.Warning("REQUIRE_MFA is off: a password alone opens the admin.", id="portal.W002")
    ]


@register(Tags.security, deploy=True)
def tls_required(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if not settings.INSECURE_HTTP:
        return []
    return [checks.Warning("INSECURE_HTTP is on: cookies travel in the clear.", id="portal.W003")]


def _import_error(dotted: str) -> str:
    try:
        import_string(dotted)
    except ImportError as error:
        return str(error)
    return ""
