"""What the unit tests' own settings would hide."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from belvedere.config.settings import base


def test_people_are_signed_in_by_what_is_bounded_and_stored_as_hashes() -> None:
    assert base.PASSWORD_HASHERS == ["belvedere.accounts.hashing.QueuedArgon2Hasher"]
    assert base.SESSION_ENGINE == "belvedere.accounts.sessions"


def test_no_other_origin_may_read_files() -> None:
    assert base.WHITENOISE_ALLOW_ALL_ORIGINS is False


def test_what_is_told_of_an_alert_is_on_the_disk_and_its_commit_copies_no_log(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "belvedere.db")) as db:
        db.executescript(base.SQLITE_INIT)
        found = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")]
        assert found == ["wal", 2, 1]
        assert db.execute("PRAGMA wal_autocheckpoint").fetchone()[0] > 1_000
