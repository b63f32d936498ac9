"""The environment: `X`, or `X_FILE` with the path of a file that holds the value."""

from typing import Any

import environ
from environ.fileaware_mapping import FileAwareMapping


class _Variables(FileAwareMapping):
    """A secret's file usually ends with a line break that is no part of the secret."""

    def __getitem__(self, key: str) -> Any:
        return super().__getitem__(key).strip()


class Environment(environ.FileAwareEnv):
    ENVIRON = _Variables()
