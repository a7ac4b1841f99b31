"""The connection to MySQL or MariaDB, and what its errors mean for the store."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import pymysql
from pymysql.constants import CLIENT, CR, ER
from pymysql.cursors import Cursor

from belvedere.readings.store.port import StoreBroken, StoreUnavailable

CONNECT_SECONDS = 5
ANSWER_SECONDS = 15  # a host that has lost its power says nothing
LOCK_WAIT_SECONDS = 5  # a worker that hangs may hold a row; whoever waits for it goes on with another partition
# The server ends a connection that is silent for so long, and with it what a machine without power, or a process that
# is stopped, has left locked. MariaDB can tell such a transaction from a thread that has nothing to ask.
SILENT_SECONDS = 20
SILENT_IN_TRANSACTION_SECONDS = 5
_TRUSTED_SECONDS = 5.0  # a connection that was used so recently is not asked whether it still is one
_LOST = (CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, CR.CR_CONN_HOST_ERROR, CR.CR_CONNECTION_ERROR)
_MISSING = (ER.NO_SUCH_TABLE, ER.BAD_DB_ERROR, ER.BAD_FIELD_ERROR)
_DAMAGED = (ER.NOT_KEYFILE, ER.CRASHED_ON_USAGE)


class OutcomeUnknown(StoreUnavailable):
    """The connection was lost while it committed: it may have happened or not."""


class MySql:
    """One database; each thread has a connection of its own, made when it first asks. So make it after a fork.

    url: mysql://user:password@host:port/name
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target: dict[str, Any] = {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 3306,
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "database": parts.path.lstrip("/"),
        }
        self._local = threading.local()

    def fetch(self, statement: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement outside of a transaction and return its rows. It runs again where the connection was lost."""
        for last in (False, True):
            cursor = self._get_cursor()
            try:
                cursor.execute(statement, arguments)
                return list(cursor.fetchall())
            except pymysql.Error as error:
                if last or not self._drop_if_lost(error):
                    raise explain_error(error) from error
        raise AssertionError("unreachable")

    def execute(self, statement: str, arguments: Sequence[object] = ()) -> int:
        """Run one writing statement in a transaction of its own; return how many rows it found.

        Where the connection was lost it may have run: only for statements that may run twice.
        """
        try:
            return int(self._get_cursor().execute(statement, arguments))
        except pymysql.Error as error:
            self._drop_if_lost(error)
            raise explain_error(error) from error

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Commit what the block does, all or nothing. Raises OutcomeUnknown."""
        cursor = self._get_cursor()
        with self._abandon_on_error():
            cursor.connection.begin()
            yield cursor
        try:
            cursor.connection.commit()
        except pymysql.Error as error:
            self.close()
            raise OutcomeUnknown(str(error)) from error

    @contextmanager
    def snapshot(self) -> Iterator[Cursor]:
        """Read as of one moment."""
        cursor = self._get_cursor()
        with self._abandon_on_error():
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
            yield cursor
            cursor.connection.rollback()

    @contextmanager
    def _abandon_on_error(self) -> Iterator[None]:
        """Leave the transaction where the block fails. Raises StoreUnavailable or StoreBroken."""
        try:
            yield
        except pymysql.Error as error:
            self._abandon(error)
            raise explain_error(error) from error
        except BaseException:  # whatever it is, the connection is in the middle of something
            self._abandon(None)
            raise

    def close(self) -> None:
        """Close the connection of this thread."""
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            with contextlib.suppress(pymysql.Error, OSError):
                connection.close()

    def _get_cursor(self) -> Cursor:
        connection = getattr(self._local, "connection", None)
        if connection is None or not connection.open or not self._is_alive(connection):
            connection = self._local.connection = self._connect()
        self._local.used = time.monotonic()
        cursor: Cursor = connection.cursor()
        return cursor

    def _is_alive(self, connection: Any) -> bool:
        if time.monotonic() - self._local.used < _TRUSTED_SECONDS:
            return True
        try:
            connection.ping(reconnect=False)
        except (pymysql.Error, OSError):
            self.close()
            return False
        return True

    def _connect(self) -> Any:
        try:
            connection = pymysql.connect(
                **self._target,
                charset="utf8mb4",
                collation="utf8mb4_bin",
                autocommit=True,
                client_flag=CLIENT.FOUND_ROWS,  # rows that match count, also where nothing changes
                init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                write_timeout=ANSWER_SECONDS,
            )
            # In UTC, where no hour comes twice: leases and ages are computed with NOW().
            waits = f"innodb_lock_wait_timeout={LOCK_WAIT_SECONDS}, wait_timeout={SILENT_SECONDS}"
            connection.query(f"SET SESSION time_zone='+00:00', {waits}")
            if "MariaDB" in connection.get_server_info():
                connection.query(f"SET SESSION idle_write_transaction_timeout={SILENT_IN_TRANSACTION_SECONDS}")
        except (pymysql.Error, OSError) as error:
            raise explain_error(error) from error
        return connection

    def _abandon(self, error: pymysql.Error | None) -> None:
        """Leave a transaction that is not to be committed."""
        connection = self._local.connection
        if connection is None or (error is not None and self._drop_if_lost(error)):
            return
        try:
            connection.rollback()
        except pymysql.Error:
            self.close()  # the server rolls back what a closed connection left open

    def _drop_if_lost(self, error: pymysql.Error) -> bool:
        """Close the connection if this error means that it is gone; return whether it does."""
        lost = isinstance(error, pymysql.InterfaceError) or (error.args[:1] and error.args[0] in _LOST)
        if lost:
            self.close()
        return bool(lost)


def explain_error(error: Exception) -> Exception:
    """Translate an error of PyMySQL into one of the port; what no waiting and no repair would mend stays what it is."""
    code = error.args[0] if error.args else 0
    if code in (ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT):
        return StoreUnavailable("MySQL: another transaction holds these rows; it is tried again.")
    if code in _MISSING:
        return StoreBroken(f"MySQL has other tables than this program needs ({error}): run `belvedere migrate`.")
    if code in _DAMAGED:
        return StoreBroken(f"MySQL's tables are damaged ({error}): repair them or restore a backup.")
    if not isinstance(error, pymysql.OperationalError | pymysql.InterfaceError | pymysql.InternalError | OSError):
        return error
    return StoreUnavailable(f"MySQL does not answer or cannot write ({error}): storing goes on by itself once it can.")
