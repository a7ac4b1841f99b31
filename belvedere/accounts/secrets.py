"""Secrets at rest (camera passwords): Fernet, with the installation's own key."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretError(Exception):
    """A stored secret that this installation's key does not open; it must be typed in again."""

    permanent = True


def _box() -> MultiFernet:
    """The first key encrypts, each may decrypt: put a new one in the first line of the file to rotate."""
    return MultiFernet([Fernet(key) for key in settings.KEYS.encryption_key.split()])


def encrypt(text: str) -> str:
    """The text, unreadable without `encryption-key`."""
    return _box().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """The text that was encrypted. Raises SecretError, never gives the stored form back."""
    try:
        return _box().decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise SecretError("A stored password cannot be read with this encryption-key: enter it again.") from error
