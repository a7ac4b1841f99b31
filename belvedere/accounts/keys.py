"""The installation's own keys, made at first start, mode 0600."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cryptography.fernet import Fernet


class Keys(NamedTuple):
    """secret_key: Django's. encryption_key: Fernet, for secrets at rest. digest_key: for hashes of random secrets."""

    secret_key: str
    encryption_key: str
    digest_key: bytes


def write_private(path: Path, text: str) -> bool:
    """Create the file with mode 0600; False where it exists already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def _once(path: Path, make: str) -> str:
    if not path.exists():
        write_private(path, make)
    return path.read_text(encoding="ascii").strip()


@cache
def installation_keys(data_dir: Path) -> Keys:
    """Read the keys in this data folder, making folder (0700) and keys where there are none."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = _once(data_dir / "secret-key", secrets.token_urlsafe(64))
    encryption = _once(data_dir / "encryption-key", Fernet.generate_key().decode())
    digest = hashlib.sha256(b"belvedere digest " + secret.encode()).digest()
    return Keys(secret, encryption, digest)


def keyed_hash(key: bytes, secret: str) -> str:
    """Hex HMAC-SHA256 of a 256-bit random secret: as strong as argon2 for those, and 1,000 times faster."""
    return hmac.new(key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
