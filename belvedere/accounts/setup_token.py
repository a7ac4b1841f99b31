"""The token of the first set-up: a file in the data folder, mode 0600, or given by a setting. No Django here."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from belvedere.accounts.keys import write_private

# No 0/O, 1/I/L: people type this from a console. 20 characters of 31 are 99 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def _find_path(data_dir: Path) -> Path:
    return data_dir / "setup-token"


def make_setup_token() -> str:
    """A new one."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(5))


def ensure_setup_token(data_dir: Path, needed: bool) -> None:
    """Create the token where set-up is needed and there is none; delete it where set-up is not needed."""
    if needed and read_setup_token(data_dir) is not None:
        return
    _find_path(data_dir).unlink(missing_ok=True)
    if needed:
        write_private(_find_path(data_dir), make_setup_token())


def read_setup_token(data_dir: Path, given: str = "") -> str | None:
    """The one that a setting gives, else the file's; None when this installation is set up (or was never started)."""
    if given:
        return given
    try:
        return _find_path(data_dir).read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def matches(data_dir: Path, typed: str, given: str = "") -> bool:
    """Whether this is the token, in any case, with or without spaces and dashes; the comparison takes constant time."""
    token = read_setup_token(data_dir, given)
    return token is not None and hmac.compare_digest(_squeeze(token).encode(), _squeeze(typed).encode())


def _squeeze(token: str) -> str:
    return "".join(letter for letter in token.upper() if letter.isalnum())
