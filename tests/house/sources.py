"""The files that the architecture tests read."""

from pathlib import Path

BASE = Path(__file__).resolve().parents[2]
FOLDERS = ("ops_portal", "alerts", "analytics", "health", "tests", "bench")


def python_files() -> list[Path]:
    """Every Python file of ours but migrations, relative to the repository."""
    return _files("*.py", without="migrations")


def modules() -> list[Path]:
    """Every JavaScript module of ours; vendored files are others' work."""
    return _files("*.js", without="vendor")


def migrations() -> list[Path]:
    found = (BASE / app for app in FOLDERS)
    paths = [path for folder in found for path in folder.glob("migrations/*.py")]
    return sorted(path.relative_to(BASE) for path in paths if path.name != "__init__.py")


def _files(pattern: str, *, without: str) -> list[Path]:
    found = [path for folder in FOLDERS for path in (BASE / folder).rglob(pattern)]
    return sorted(path.relative_to(BASE) for path in found if without not in path.parts)
