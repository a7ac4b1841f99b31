"""Secrets at rest (camera passwords): Fernet, with the installation's own key."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretError(Exception):
    """A stored secret cannot be decrypted with this installation's key; it has to be entered again."""

    permanent = True


def _make_fernet() -> MultiFernet:
    """The first key encrypts, all decrypt. To rotate, a new key is put into the first line of the file."""
    return MultiFernet([Fernet(key) for key in settings.KEYS.encryption_key.split()])


def encrypt(text: str) -> str:
    """Encrypt the text with the key of the file `encryption-key`."""
    return _make_fernet().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """Decrypt. Raises SecretError; never gives the stored form back."""
    try:
        return _make_fernet().decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise SecretError("A stored password cannot be read with this encryption-key: enter it again.") from error
