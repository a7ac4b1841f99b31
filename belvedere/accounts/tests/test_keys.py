"""The installation's keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from belvedere.accounts import setup_token
from belvedere.accounts.keys import (
    DamagedKeyError,
    Given,
    MissingKeyError,
    load_keys,
    make_encryption_key,
    make_secret_key,
    write_private,
)


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


def test_keys_that_are_given_are_used_and_none_is_written(tmp_path: Path) -> None:
    given = Given(make_secret_key(), make_encryption_key(), may_make=False)
    one, other = load_keys(tmp_path / "one", given), load_keys(tmp_path / "other", given)
    assert one == other
    assert (one.secret_key, one.encryption_key) == given[:2]
    assert list((tmp_path / "one").iterdir()) == []


def test_a_process_of_a_cluster_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(MissingKeyError, match="BELVEDERE_SECRET_KEY_FILE"):
        load_keys(tmp_path, Given(may_make=False))
    with pytest.raises(MissingKeyError, match="BELVEDERE_ENCRYPTION_KEY_FILE"):
        load_keys(tmp_path, Given(make_secret_key(), may_make=False))
    assert list(tmp_path.iterdir()) == []
    made = load_keys(tmp_path, Given())
    assert load_keys(tmp_path, Given(may_make=False)) == made, "those of an embedded product that grows"


def test_a_given_key_that_is_damaged_is_named_by_its_setting(tmp_path: Path) -> None:
    with pytest.raises(DamagedKeyError, match="BELVEDERE_SECRET_KEY is damaged"):
        load_keys(tmp_path, Given("short", make_encryption_key()))
    with pytest.raises(DamagedKeyError, match="BELVEDERE_ENCRYPTION_KEY is damaged"):
        load_keys(tmp_path, Given(make_secret_key(), "nonsense"))


def test_a_set_up_code_that_is_given_stands_for_the_file(tmp_path: Path) -> None:
    given = setup_token.make_setup_token()
    assert setup_token.matches(tmp_path, given.lower().replace("-", " "), given)
    assert not setup_token.matches(tmp_path, "", given)
    assert not setup_token.matches(tmp_path, given)


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
