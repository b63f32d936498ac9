"""What each answer carries, errors included, and what production refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.test import Client

from tests import factories

ROOT = Path(__file__).resolve().parents[2]
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PRODUCTION = {
    "SECRET_KEY": "a-key-for-this-test-alone-0123456789-abcdefghijklmnopqrstuvwxyz",
    "DATABASE_URL": "postgres://portal@localhost/portal",
    "REDIS_URL": "redis://localhost/0",
    "ALLOWED_HOSTS": "portal.example",
    "PORTAL_URL": "https://portal.example",
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "TRUSTED_PROXY_COUNT": "1",
}
# What a Python may need to start, wherever it was installed; nothing else may leak in.
INTERPRETER = ("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in INTERPRETER if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env={**kept, **PRODUCTION, **environment}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status", "options"),
    [
        ("/", 200, {}),
        ("/admin/alerts/rule/", 200, {}),
        ("/admin/alerts/rule/add/", 200, {}),
        ("/accounts/login/", 302, {}),
        ("/nothing-here/", 404, {}),
        ("/admin/auth/user/", 403, {}),
        ("/", 400, {"HTTP_HOST": "evil.example"}),
    ],
)
def test_every_answer_carries_the_headers(path: str, status: int, options: dict[str, str]) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(factories.person("dora"))

    response = client.get(path, **options)  # type: ignore[arg-type]

    assert response.status_code == status
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "no-store" in response.headers["Cache-Control"]
    assert "camera=()" in response.headers["Permissions-Policy"]
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_a_failure_tells_no_detail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure is forced at the outermost own code: the query of the page."""
    client = Client(raise_request_exception=False)
    client.force_login(factories.person("dora"))
    monkeypatch.setattr("ops_portal.admin_site.sessions.admin_is_locked", _fail)

    response = client.get("/admin/")

    page = response.content.decode()
    assert response.status_code == 500
    assert "canary" not in page
    assert "Traceback" not in page
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def _fail(*_: Any, **__: Any) -> bool:
    raise RuntimeError("canary-detail")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options", [{"REMOTE_ADDR": "192.0.2.5"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}]
)
def test_measures_are_for_loopback_without_a_proxy(client: Client, options: dict[str, str]) -> None:
    assert client.get("/metrics", **options).status_code in {401, 403, 404}  # type: ignore[arg-type]


def test_the_production_settings_pass_every_deploy_check() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING")

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("INSECURE_HTTP", "1", "portal.W003"),
        ("REQUIRE_MFA", "0", "portal.W002"),
        ("ENCRYPTION_KEYS", "", "portal.W001"),
        ("DEBUG", "1", "DEBUG shows secrets"),
    ],
)
def test_a_weak_setting_is_complained_of(variable: str, value: str, complaint: str) -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **{variable: value})

    assert checked.returncode != 0
    assert complaint in checked.stderr
