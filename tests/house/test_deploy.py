"""What docs/operate.md and deploy/ promise is what the code reads and runs."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
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

    assert variables <= settings_read()
    assert variables <= set(definition["secrets"]) <= set(COMPOSE["secrets"])
    assert set(definition["depends_on"]) <= set(COMPOSE["services"])
