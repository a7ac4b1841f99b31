"""The keys of the installation: files of mode 0600, created at the first start, or given by settings."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cryptography.fernet import Fernet

MIN_SECRET_LENGTH = 50  # as Django demands; a new key has 86


class Keys(NamedTuple):
    """secret_key: Django's. encryption_key: Fernet, for secrets at rest. digest_key: for hashes of random secrets."""

    secret_key: str
    encryption_key: str
    digest_key: bytes


class DamagedKeyError(Exception):
    """A key file is damaged; the sentence says which and what to do."""

    permanent = True


def write_private(path: Path, text: str) -> bool:
    """Create the file atomically with mode 0600; False where it exists already."""
    with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=path.parent, prefix=f".{path.name}-") as draft:
        draft.write(text + "\n")
        draft.flush()
        os.fsync(draft.fileno())
        try:
            os.link(draft.name, path)
        except FileExistsError:
            return False
    return True


class MissingKeyError(Exception):
    """There is no such key, and this process may not make one; the sentence says what to do."""

    permanent = True


class Given(NamedTuple):
    """Keys from settings, "" for none. may_make: whether one that is neither here nor in its file is made.

    Of several processes none may: each would have its own, and accept no device or session of the others.
    """

    secret: str = ""
    encryption: str = ""
    may_make: bool = True


NONE_GIVEN = Given()


def _read_or_make(path: Path, given: Given, make: Callable[[], str]) -> str:
    if not path.exists():
        if not given.may_make:
            variable = f"BELVEDERE_{path.name.upper().replace('-', '_')}_FILE"
            raise MissingKeyError(
                f"{variable} is not set: all processes of a cluster need the same key, so none of them makes one."
                " `belvedere init-deploy` does, once."
            )
        write_private(path, make())
    return path.read_text(encoding="ascii").strip()


@cache
def load_keys(data_dir: Path, given: Given = NONE_GIVEN) -> Keys:
    """The keys that are given, else those of this data folder; the folder (0700) and missing keys are created.

    Raises OSError where the folder cannot be used, DamagedKeyError, MissingKeyError.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = given.secret or _read_or_make(data_dir / "secret-key", given, make_secret_key)
    encryption = given.encryption or _read_or_make(data_dir / "encryption-key", given, make_encryption_key)
    _check_keys(data_dir, given, secret, encryption)
    digest = hashlib.sha256(b"belvedere digest " + secret.encode()).digest()
    return Keys(secret, encryption, digest)


def make_secret_key() -> str:
    """A new one."""
    return secrets.token_urlsafe(64)


def make_encryption_key() -> str:
    """A new one."""
    return Fernet.generate_key().decode()


def _check_keys(data_dir: Path, given: Given, secret: str, encryption: str) -> None:
    secret_name = "BELVEDERE_SECRET_KEY" if given.secret else data_dir / "secret-key"
    encryption_name = "BELVEDERE_ENCRYPTION_KEY" if given.encryption else data_dir / "encryption-key"
    if len(secret) < MIN_SECRET_LENGTH:
        raise DamagedKeyError(
            f"{secret_name} is damaged: put it back from a backup, or delete it to get a new one"
            " (everybody must sign in again then, and every device and token needs a new secret)."
        )
    try:
        for key in encryption.split() or [""]:
            Fernet(key)
    except ValueError as error:
        raise DamagedKeyError(
            f"{encryption_name} is damaged: put it back from a backup, or delete it to get a new one"
            " (the passwords of cameras must be typed in again then)."
        ) from error


def hash_with_key(key: bytes, secret: str) -> str:
    """Hex HMAC-SHA256 of a 256-bit random secret: as strong as argon2 for those, and 1,000 times faster."""
    return hmac.new(key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
