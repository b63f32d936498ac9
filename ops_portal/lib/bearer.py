"""What the apps know of access tokens: which views take one, and which one a person came with."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser


def takes_token[V: Callable[..., Any]](view: V) -> V:
    """Let scripts in by `Authorization: Bearer`. Outermost: no other view looks at the header."""
    view.takes_token = True  # type: ignore[attr-defined]
    return view


def token_of(user: AbstractBaseUser | AnonymousUser | None) -> str:
    """The name of the token that the request of this person came with; blank without one."""
    return getattr(user, "token_name", "")
