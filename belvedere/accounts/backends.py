"""Signing in by user name or e-mail."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from belvedere.accounts.models import User
from belvedere.accounts.names import normalize_name


def find_user(name: str) -> User | None:
    """The account of this user name or e-mail address; None also for an address of several accounts."""
    name = normalize_name(name)
    user = User.objects.filter(username=name).first()
    if user is None and "@" in name:
        same_address = User.objects.filter(email_key=name.lower())[:2]
        user = same_address[0] if len(same_address) == 1 else None
    return user


class NameOrEmailBackend(ModelBackend):
    """Takes a user name or an e-mail address; an unknown name costs as much time as a wrong password."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002  (the signature is the framework's)
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,  # noqa: ARG002  (the signature is the framework's)
    ) -> User | None:
        """The active user with this name and password, else None."""
        if not username or password is None:
            return None
        user = find_user(username)
        if user is None or not user.has_usable_password():
            make_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
