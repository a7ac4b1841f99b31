"""How Django talks to MySQL and MariaDB. The cluster profile does, and tests (settings/test.py)."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

# Texts are the same only letter by letter, as in SQLite: other collations take Pump for pump and Tủ for Tu.
CHARSET = "utf8mb4"
COLLATION = "utf8mb4_bin"


def mysql(url: str) -> dict[str, Any]:
    """The entry of DATABASES for mysql://user:password@host:port/name.

    READ COMMITTED: after a row is locked, a transaction must read what the former holder of the lock wrote.
    """
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "charset": CHARSET,
            "isolation_level": "read committed",
            "init_command": f"SET NAMES {CHARSET} COLLATE {COLLATION}",
        },
        "TEST": {"CHARSET": CHARSET, "COLLATION": COLLATION},
    }
