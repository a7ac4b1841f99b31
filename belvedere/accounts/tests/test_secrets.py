"""Secrets at rest."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from belvedere.accounts.secrets import SecretError, decrypt, encrypt


def test_a_secret_comes_back_and_is_not_readable_in_between() -> None:
    stored = encrypt("p@ss:/%w")
    assert "p@ss" not in stored
    assert decrypt(stored) == "p@ss:/%w"


def test_another_key_raises_and_never_gives_the_stored_form_back(settings: Settings) -> None:
    stored = encrypt("p@ss")
    settings.KEYS = settings.KEYS._replace(encryption_key=Fernet.generate_key().decode())
    with pytest.raises(SecretError):
        decrypt(stored)


def test_after_a_rotation_old_secrets_are_still_read(settings: Settings) -> None:
    stored = encrypt("p@ss")
    both = Fernet.generate_key().decode() + "\n" + settings.KEYS.encryption_key
    settings.KEYS = settings.KEYS._replace(encryption_key=both)
    assert decrypt(stored) == "p@ss"
