"""A worker that is stopped in the middle of a commit: the row of its partition is free again after a while."""

import pymysql
import pytest

from belvedere.config.settings.mysql import INIT, SILENT_IN_TRANSACTION_SECONDS
from belvedere.readings.store.cluster import mysql as mysql_module
from belvedere.readings.store.cluster.fence import Fence, load_row
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.port import Fenced, StoreUnavailable
from tests.contract.cluster_stores import get_free_partition, needs_servers, servers

pytestmark = needs_servers


def open_fence(partition: int) -> Fence:
    mysql = MySql(servers().mysql_url)
    fence = Fence(mysql, partition)
    with mysql.snapshot() as cursor:
        fence.row = load_row(cursor, partition)
    return fence


def test_a_stopped_workers_transaction_holds_its_partition_only_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql_module, "SILENT_IN_TRANSACTION_SECONDS", 1)
    partition = get_free_partition()
    stopped, other = open_fence(partition), open_fence(partition)
    # The first does not go on in its transaction. The other waits for the row, and no longer than for a lock.
    with (
        pytest.raises((StoreUnavailable, Fenced)),
        stopped.transaction(stopped.row),
        other.transaction(other.row._replace(next_offset=7)),
    ):
        pass
    assert other.row.next_offset == 7
    assert stopped.is_stale()


def test_so_it_is_with_the_registrys_rows_and_mysql_takes_the_setting_for_a_comment() -> None:
    port = int(servers().mysql_url.rpartition(":")[2].partition("/")[0])
    with pymysql.connect(host="127.0.0.1", port=port, user="root", init_command=INIT) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT @@idle_transaction_timeout, @@character_set_client")
        assert cursor.fetchone() == (SILENT_IN_TRANSACTION_SECONDS, "utf8mb4")
