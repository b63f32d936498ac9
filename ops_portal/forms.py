"""The forms by which a person comes in, or lets a script in."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth.forms import SetPasswordMixin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError


class JoinForm(SetPasswordMixin, forms.Form):  # type: ignore[type-arg]  # not generic at run time
    """Name and password, checked by the password validators."""

    username = forms.CharField(
        label="Your name",
        max_length=40,
        help_text="Shown to others beside what you do.",
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password1, password2 = SetPasswordMixin.create_password_fields()

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError("This name is taken.", code="taken")
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.validate_passwords()
        email = self.email or cleaned.get("email_address", "")
        self.validate_password_for_user(User(username=cleaned.get("username", ""), email=email))
        return cleaned


class SetupForm(JoinForm):
    """The first administrator also gives an address."""

    email_address = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    field_order = ("email_address", "username", "password1", "password2")

    def clean_email_address(self) -> str:
        email: str = self.cleaned_data["email_address"].lower()
        if EmailAddress.objects.filter(email__iexact=email).exists():
            raise ValidationError("This address is taken.", code="taken")
        return email


class TokenForm(forms.Form):
    """The name of an access token, and how long it lives."""

    name = forms.CharField(
        max_length=40,
        help_text="Stands beside your name in the history of alerts.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.ChoiceField(
        label="Ends",
        choices=[("30", "in 30 days"), ("90", "in 90 days"), ("365", "in a year"), ("", "never")],
        initial="90",
        required=False,
    )

    def lifetime(self) -> timedelta | None:
        days: str = self.cleaned_data["days"]
        return timedelta(days=int(days)) if days else None
