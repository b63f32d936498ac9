"""What docs/operate.md and deploy/ promise is what the code reads and runs."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet
from django.core.management import get_commands

from tests.house.sources import BASE

MANUAL = (BASE / "docs/operate.md").read_text()
UNITS = sorted((BASE / "deploy/systemd").glob("*.service"))
COMPOSE = yaml.safe_load((BASE / "deploy/compose.yaml").read_text())
OURS = ("prepare", "web", "live", "engine", "worker", "beat")


def settings_read() -> set[str]:
    """Names of the environment variables that settings.py reads."""
    source = (BASE / "ops_portal/settings.py").read_text()
    named = re.findall(r'env\.\w+\((?:\d+,)?\s*"([A-Z_]+)"', source)
    return {*named, *re.findall(r'_database\("([A-Z_]+)"', source)}


def documented() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", MANUAL, flags=re.MULTILINE))


def test_every_setting_is_documented() -> None:
    assert settings_read() - documented() == set()


def test_every_documented_setting_is_read() -> None:
    assert documented() - settings_read() == {"PORT", "PORTAL_STATE"}


def variables(text: str) -> set[str]:
    return {name.removesuffix("_FILE") for name in re.findall(r"\b([A-Z][A-Z_]+)=", text)}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_sets_only_known_variables(unit: Path) -> None:
    lines = [line for line in unit.read_text().splitlines() if line.startswith("Environment=")]

    assert variables("\n".join(lines).replace("Environment=", "")) <= settings_read()


def test_the_example_environment_sets_only_known_variables() -> None:
    assert variables((BASE / "deploy/systemd/environment.example").read_text()) <= settings_read()


@pytest.mark.needs("systemd-analyze")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for unit in (BASE / "deploy/systemd").glob("ops-portal*"):
        text = unit.read_text().replace("/opt/ops-portal/.venv/bin/", f"{tmp_path}/bin/")
        (tmp_path / unit.name).write_text(text)
    (tmp_path / "bin").mkdir()
    for program in ("python", "granian", "uvicorn", "celery"):
        (tmp_path / "bin" / program).symlink_to("/bin/true")

    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.glob("ops-portal*"))],
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_locked_down(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout[-200:]


@pytest.mark.needs("nginx")
def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "fullchain.pem"
    make = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -days 1"
    )
    subprocess.run(
        [*make.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    site = (BASE / "deploy/nginx.conf").read_text()
    site = site.replace("/etc/ssl/ops-portal", str(tmp_path)).replace(":80;", ":18080;")
    site = site.replace("listen 80;", "listen 18080;").replace("443 ssl", "18443 ssl")
    (tmp_path / "site.conf").write_text(site)
    main = f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
    main += f"http {{ access_log off; include {tmp_path}/site.conf; }}\n"
    (tmp_path / "nginx.conf").write_text(main)

    done = subprocess.run(
        ["nginx", "-t", "-q", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


def test_compose_runs_every_process() -> None:
    assert set(COMPOSE["services"]) == {"postgres", "valkey", *OURS}


@pytest.mark.parametrize("service", OURS)
def test_a_compose_service_runs_something_that_exists(service: str) -> None:
    command = COMPOSE["services"][service]["command"]

    if command[0] == "python":
        assert command[1] == "manage.py"
        assert command[2] in get_commands()
    else:
        assert shutil.which(command[0], path=str(BASE / ".venv/bin"))


@pytest.mark.parametrize("service", OURS)
def test_a_compose_service_reads_known_variables_and_given_secrets(service: str) -> None:
    definition: dict[str, Any] = COMPOSE["services"][service]

    variables = {name.removesuffix("_FILE") for name in definition["environment"]}
    files = {name.removesuffix("_FILE") for name in definition["environment"] if "_FILE" in name}

    assert variables <= settings_read()
    assert files <= set(definition["secrets"]) <= set(COMPOSE["secrets"])
    assert set(definition["depends_on"]) <= set(COMPOSE["services"])


def written_to(folder: Path) -> dict[str, str]:
    """What the commands of the manual leave in deploy/secrets."""
    [block] = [text for text in MANUAL.split("```sh\n") if text.startswith("cp deploy/systemd/env")]
    (folder / "deploy/systemd").mkdir(parents=True)
    (folder / "deploy/systemd/environment.example").touch()
    subprocess.run(["sh", "-euc", block.partition("```")[0]], cwd=folder, check=True)
    return {path.name: path.read_text().strip() for path in (folder / "deploy/secrets").iterdir()}


@pytest.mark.needs("openssl")
def test_the_manual_makes_every_secret_of_the_compose_file(tmp_path: Path) -> None:
    made = written_to(tmp_path)

    assert made.keys() == set(COMPOSE["secrets"])
    Fernet(made["ENCRYPTION_KEYS"].encode())  # refuses what is no key
    assert made["APP_PASSWORD"] in made["DATABASE_URL"]
    assert made["POSTGRES_PASSWORD"] in made["MIGRATE_DATABASE_URL"]


@pytest.mark.parametrize("service", OURS)
def test_a_compose_service_has_no_path_of_the_hosts(service: str) -> None:
    example = (BASE / "deploy/systemd/environment.example").read_text()

    paths = re.findall(r"^([A-Z_]+)=/", example, flags=re.MULTILINE)

    assert len(paths) > 1
    assert set(paths) <= set(COMPOSE["services"][service]["environment"])


def test_a_command_runs_under_the_settings_of_the_units(tmp_path: Path) -> None:
    python = tmp_path / "opt/ops-portal/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$PWD $ALLOWED_HOSTS $(cat "$SECRET_KEY_FILE") $*"\n')
    python.chmod(0o755)
    secrets = tmp_path / "etc/ops-portal/secrets"
    secrets.mkdir(parents=True)
    (secrets / "SECRET_KEY").write_text("secret")
    (secrets.parent / "environment").write_text("ALLOWED_HOSTS=portal.example.com\n")
    script = (BASE / "deploy/systemd/manage.sh").read_text()
    script = script.replace("/etc/", f"{tmp_path}/etc/").replace("/opt/", f"{tmp_path}/opt/")

    done = subprocess.run(["sh", "-c", script, "manage.sh", "bootstrap", "x y"],
                          capture_output=True, text=True, check=True)  # fmt: skip

    said = f"{tmp_path}/opt/ops-portal portal.example.com secret manage.py bootstrap x y"
    assert done.stdout.strip() == said
