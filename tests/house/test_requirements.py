"""What is installed is what pyproject.toml asks for, pinned and with hashes."""

import re
import tomllib

import pytest

from tests.house.sources import BASE

PROJECT = tomllib.loads((BASE / "pyproject.toml").read_text())["project"]
FILES = {
    "requirements.txt": PROJECT["dependencies"],
    "requirements-embedded.txt": PROJECT["optional-dependencies"]["embedded"],
    "requirements-dev.txt": PROJECT["optional-dependencies"]["dev"],
}


def pinned(file: str) -> dict[str, str]:
    text = (BASE / file).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[.*?\])?==(\S+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("file", FILES)
def test_every_direct_requirement_is_pinned(file: str) -> None:
    wanted = dict(
        re.findall(r"^([a-z0-9-]+)(?:\[.*?\])?(?:==)?(.*)$", "\n".join(FILES[file]), re.M)
    )
    have = pinned(file)

    assert set(wanted) <= set(have)
    assert all(have[name] == version for name, version in wanted.items() if version[:1].isdigit())


@pytest.mark.parametrize("file", FILES)
def test_every_pinned_version_has_a_hash(file: str) -> None:
    entries = re.split(r"\n(?=\S)", (BASE / file).read_text())

    bare = [
        entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry
    ]

    assert bare == []


@pytest.mark.parametrize("file", ["requirements-embedded.txt", "requirements-dev.txt"])
def test_the_larger_sets_hold_the_smaller_one_unchanged(file: str) -> None:
    assert pinned("requirements.txt").items() <= pinned(file).items()
