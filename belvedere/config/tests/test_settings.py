"""What the unit tests' own settings would hide."""

from __future__ import annotations

from belvedere.config.settings import base


def test_people_are_signed_in_by_what_is_bounded_and_stored_as_hashes() -> None:
    assert base.PASSWORD_HASHERS == ["belvedere.accounts.hashing.QueuedArgon2Hasher"]
    assert base.SESSION_ENGINE == "belvedere.accounts.sessions"


def test_no_other_origin_may_read_files() -> None:
    assert base.WHITENOISE_ALLOW_ALL_ORIGINS is False
