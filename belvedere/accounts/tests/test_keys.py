"""The installation's keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from belvedere.accounts import setup_token
from belvedere.accounts.keys import DamagedKeyError, load_keys, write_private


def test_keys_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    made = load_keys(tmp_path / "data")
    load_keys.cache_clear()
    assert load_keys(tmp_path / "data") == made
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    for name in ("secret-key", "encryption-key"):
        assert (tmp_path / "data" / name).stat().st_mode & 0o777 == 0o600


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    one, other = load_keys(tmp_path / "one"), load_keys(tmp_path / "other")
    assert not {one.secret_key, one.encryption_key, one.digest_key} & set(other)


@pytest.mark.parametrize("name", ["secret-key", "encryption-key"])
@pytest.mark.parametrize("content", ["", "nonsense"])
def test_a_damaged_key_is_not_used(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DamagedKeyError, match=name):
        load_keys(tmp_path)


def test_a_secret_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("belvedere.accounts.keys.os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_private(tmp_path / "secret-key", "half of it")
    assert list(tmp_path.iterdir()) == []
    assert write_private(tmp_path / "secret-key", "first")
    assert not write_private(tmp_path / "secret-key", "second")
    assert (tmp_path / "secret-key").read_text() == "first\n"


def test_an_empty_set_up_code_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "setup-token").touch()
    setup_token.ensure_setup_token(tmp_path, needed=True)
    token = setup_token.read_setup_token(tmp_path)
    assert token
    assert setup_token.matches(tmp_path, token)
    assert not setup_token.matches(tmp_path, "")
