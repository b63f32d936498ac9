"""Static files get their hashed names: every import resolves, and none goes in a circle."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from pytest_django.fixtures import Settings

HASHED = {"staticfiles": {"BACKEND": "ops_portal.static_files.HashedStaticFiles"}}


def test_collecting_gives_each_module_its_hashed_name(settings: Settings, tmp_path: Path) -> None:
    storages: dict[str, Any] = {**settings.STORAGES, **HASHED}
    settings.STORAGES, settings.STATIC_ROOT = storages, tmp_path

    call_command("collectstatic", interactive=False, verbosity=0)

    manifest = (tmp_path / "staticfiles.json").read_text()
    assert '"analytics/js/charts.js"' in manifest
    hashed = next(path for path in (tmp_path / "analytics/js").glob("trading.*.js"))
    script = hashed.read_text()
    assert "./charts." in script
    assert "./charts.js" not in script
    assert "/**" not in script
