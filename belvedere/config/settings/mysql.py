"""How Django talks to MySQL and MariaDB. The cluster profile does, and tests (settings/test.py)."""

from __future__ import annotations

from ssl import SSLContext
from typing import Any
from urllib.parse import unquote, urlsplit

# Texts are the same only letter by letter, as in SQLite: other collations take Pump for pump and Tủ for Tu.
CHARSET = "utf8mb4"
COLLATION = "utf8mb4_bin"
# A process that is stopped in the middle of a transaction must not hold its rows for ever. A comment for MySQL, which
# has no such setting and waits for `wait_timeout`.
SILENT_IN_TRANSACTION_SECONDS = 10
# Nobody tells of a host that has lost its power: who waits for its answer has to give up. Longer than a transaction may
# be silent, and than anybody waits for a row, so that the server is the first to end what takes too long.
ANSWER_SECONDS = 15
LOCK_WAIT_SECONDS = 12
CONNECT_SECONDS = 5
INIT = (
    f"SET NAMES {CHARSET} COLLATE {COLLATION}, SESSION innodb_lock_wait_timeout={LOCK_WAIT_SECONDS}"
    f" /*M!100300 , SESSION idle_transaction_timeout={SILENT_IN_TRANSACTION_SECONDS} */"
)


def install_driver() -> None:
    """Let Django use PyMySQL in the place of mysqlclient, which would have to be compiled.

    By default it makes a TLS context for each connection, with all certificates that the system trusts: 24 ms of a
    processor, more than all else that most requests do. They are alike, so one serves all connections.
    """
    import pymysql
    from pymysql.connections import Connection

    make = Connection._create_ssl_ctx
    shared: list[SSLContext] = []

    def find(self: Any, options: Any) -> SSLContext:
        if options or not shared:
            context: SSLContext = make(self, options)
            if options:
                return context
            shared.append(context)
        return shared[0]

    Connection._create_ssl_ctx = find
    pymysql.install_as_MySQLdb()


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
            "init_command": INIT,
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": ANSWER_SECONDS,
            "write_timeout": ANSWER_SECONDS,
        },
        "TEST": {"CHARSET": CHARSET, "COLLATION": COLLATION},
    }
