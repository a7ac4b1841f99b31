"""The tables that version 1 of the cluster's store made become those of today, with what they hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from belvedere.readings.store.cluster.fence import Fence, load_row
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.place import Place, load_places
from belvedere.readings.store.cluster.schema import TABLES, check_tables, create_tables
from belvedere.readings.store.port import StoreBroken
from tests.contract.cluster_stores import needs_servers, servers

pytestmark = needs_servers

PARTITIONS = 3
DATABASE = "earlier"


@pytest.fixture
def mysql() -> Iterator[MySql]:
    """On a database with the tables of version 1, of which two partitions have been read."""
    url = servers().mysql_url.replace("/belvedere", f"/{DATABASE}")
    servers().mysql.execute(f"CREATE DATABASE {DATABASE}")
    mysql = MySql(url)
    for statement in TABLES:
        mysql.execute(statement.replace(" epoch INT NULL,", ""))
    mysql.execute("INSERT INTO readings_meta VALUES ('version','1'),('partitions',%s),('store_id','s')", (PARTITIONS,))
    mysql.execute(
        "INSERT INTO readings_fence(part, folded_at, version, next_offset, log_n, topic_id)"
        " VALUES (0,NOW(3),7,40,5,'t'),(1,NOW(3),1,9,2,'t'),(2,NOW(3),0,NULL,0,'')"
    )
    yield mysql
    mysql.close()
    servers().mysql.execute(f"DROP DATABASE {DATABASE}")


PLACES = [Place(0, 7, 40, None, "t"), Place(1, 1, 9, None, "t"), Place(2, 0, None, None, "")]


def test_its_rows_stay_and_can_be_committed_to(mysql: MySql) -> None:
    with pytest.raises(StoreBroken, match="version 1, not 2"):
        check_tables(mysql, PARTITIONS)
    create_tables(mysql, PARTITIONS)
    check_tables(mysql, PARTITIONS)
    assert load_places(mysql) == PLACES
    fence = Fence(mysql, 0)
    with mysql.transaction() as cursor:
        fence.row = load_row(cursor, 0)
    with fence.transaction(fence.row._replace(next_offset=44, epoch=3)):
        pass
    assert load_places(mysql)[0] == Place(0, 8, 44, 3, "t")


def test_what_an_end_in_the_middle_has_left_is_finished(mysql: MySql) -> None:
    mysql.execute("ALTER TABLE readings_fence ADD COLUMN epoch INT NULL AFTER next_offset")
    create_tables(mysql, PARTITIONS)
    create_tables(mysql, PARTITIONS)
    assert load_places(mysql) == PLACES


def test_a_version_that_is_not_known_is_refused(mysql: MySql) -> None:
    mysql.execute("UPDATE readings_meta SET value='99' WHERE name='version'")
    with pytest.raises(StoreBroken, match="version 99"):
        create_tables(mysql, PARTITIONS)
    assert not mysql.fetch("SHOW COLUMNS FROM readings_fence LIKE 'epoch'"), "and is left as it is"
