"""The environment: `X`, or `X_FILE` with the path of a file that holds the value."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping


class _Variables(FileAwareMapping):
    """A secret's file usually ends with a line break that is no part of the secret."""

    def __getitem__(self, key: str) -> Any:
        return super().__getitem__(key).strip()


class Environment(environ.FileAwareEnv):
    ENVIRON = _Variables()

    def at_least(self, least: int, name: str, *, default: int) -> int:
        """A number that refuses to start when it is smaller."""
        value: int = self.int(name, default=default)
        if value < least:
            raise ImproperlyConfigured(f"{name} must be {least} or more.")
        return value
