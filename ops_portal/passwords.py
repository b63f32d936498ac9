"""Password rules beside Django's own."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

MAXIMUM_LENGTH = 1000  # characters: hashing more would only cost time


class MaximumLengthValidator:
    """Refuse passwords that are there to cost time."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        if len(password) > MAXIMUM_LENGTH:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return f"Your password can have at most {MAXIMUM_LENGTH} characters."
