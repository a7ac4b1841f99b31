"""The tables of the store in MySQL or MariaDB. `part` is the partition; each belongs to one."""

from __future__ import annotations

import secrets

from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.port import StoreBroken

SCHEMA_VERSION = 2
_END = ") ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
TABLES = (
    "CREATE TABLE IF NOT EXISTS readings_meta(name VARCHAR(32) NOT NULL PRIMARY KEY, value VARCHAR(255) NOT NULL"
    + _END,
    # One row a partition. The first statement of each commit compares and raises `version`.
    "CREATE TABLE IF NOT EXISTS readings_fence(part INT NOT NULL PRIMARY KEY, version BIGINT NOT NULL DEFAULT 0,"
    " next_offset BIGINT NULL, epoch INT NULL, log_n BIGINT NOT NULL DEFAULT 0, folded_n BIGINT NOT NULL DEFAULT 0,"
    " fold_to BIGINT NULL, folded_at DATETIME(3) NOT NULL, outbox_n BIGINT NOT NULL DEFAULT 0, seen VARCHAR(255) NULL,"
    " retained_at DATETIME(3) NULL, retained_to BIGINT NOT NULL DEFAULT 0,"
    " topic_id VARCHAR(64) NOT NULL DEFAULT '', attempts INT NOT NULL DEFAULT 0,"
    " lease_owner VARCHAR(128) NOT NULL DEFAULT '', lease_until DATETIME(3) NULL" + _END,
    "CREATE TABLE IF NOT EXISTS readings_log(part INT NOT NULL, n BIGINT NOT NULL, heard_ms BIGINT NOT NULL,"
    " data MEDIUMBLOB NOT NULL, moved MEDIUMBLOB NOT NULL, PRIMARY KEY(part, n)" + _END,
    "CREATE TABLE IF NOT EXISTS readings_head(part INT NOT NULL, series BIGINT NOT NULL, ts BIGINT NOT NULL,"
    " heard_ms BIGINT NOT NULL, shown_ms BIGINT NOT NULL, shown_value DOUBLE NOT NULL, shown_ts BIGINT NOT NULL,"
    " PRIMARY KEY(part, series)" + _END,
    "CREATE TABLE IF NOT EXISTS readings_horizon(part INT NOT NULL, series BIGINT NOT NULL, raw_ms BIGINT NOT NULL,"
    " tier_ms BIGINT NOT NULL, PRIMARY KEY(part, series)" + _END,
    "CREATE TABLE IF NOT EXISTS readings_rule_state(part INT NOT NULL, rule BIGINT NOT NULL, series BIGINT NOT NULL,"
    " state BLOB NOT NULL, PRIMARY KEY(part, rule, series)" + _END,
    "CREATE TABLE IF NOT EXISTS readings_rule_history(part INT NOT NULL, rule BIGINT NOT NULL, series BIGINT NOT NULL,"
    " data BLOB NOT NULL, PRIMARY KEY(part, rule, series)" + _END,
    "CREATE TABLE IF NOT EXISTS readings_outbox(part INT NOT NULL, n BIGINT NOT NULL, site BIGINT NOT NULL,"
    " rule BIGINT NOT NULL, rule_version BIGINT NOT NULL, series BIGINT NOT NULL, ts BIGINT NOT NULL,"
    " kind VARCHAR(16) NOT NULL, value DOUBLE NULL, PRIMARY KEY(part, n)" + _END,
    "CREATE TABLE IF NOT EXISTS readings_quarantine(id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " device VARCHAR(64) NOT NULL, at_ms BIGINT NOT NULL, reason VARCHAR(64) NOT NULL, position INT NOT NULL,"
    " detail TEXT NOT NULL, body MEDIUMBLOB NOT NULL, KEY readings_quarantine_device(device, id)" + _END,
    "CREATE TABLE IF NOT EXISTS readings_refused(device VARCHAR(64) NOT NULL, reason VARCHAR(64) NOT NULL,"
    " n BIGINT NOT NULL, PRIMARY KEY(device, reason)" + _END,
)


def create_tables(mysql: MySql, partitions: int) -> None:
    """Create what is missing. Raises StoreBroken where the tables are of another version or number of partitions."""
    for statement in TABLES:
        mysql.execute(statement)
    _change_from_1(mysql)
    meta = {"version": str(SCHEMA_VERSION), "partitions": str(partitions), "store_id": secrets.token_hex(13)}
    mysql.execute(
        "INSERT IGNORE INTO readings_meta VALUES (%s,%s),(%s,%s),(%s,%s)",
        [cell for row in meta.items() for cell in row],
    )
    check_tables(mysql, partitions)
    rows = ",".join(["(%s,NOW(3))"] * partitions)
    mysql.execute(
        f"INSERT IGNORE INTO readings_fence(part, folded_at) VALUES {rows}",  # noqa: S608  (placeholders)
        list(range(partitions)),
    )


def _change_from_1(mysql: MySql) -> None:
    """Add what version 1 did not have: the epoch of the last record."""
    if mysql.fetch("SELECT value FROM readings_meta WHERE name='version'") == [("1",)]:
        if not mysql.fetch("SHOW COLUMNS FROM readings_fence LIKE 'epoch'"):  # it is no transaction
            mysql.execute("ALTER TABLE readings_fence ADD COLUMN epoch INT NULL AFTER next_offset")
        mysql.execute("UPDATE readings_meta SET value='2' WHERE name='version'")


def check_tables(mysql: MySql, partitions: int) -> None:
    """Raise StoreBroken where the tables are missing, or of another version or number of partitions."""
    meta = dict(mysql.fetch("SELECT name, value FROM readings_meta"))
    if meta.get("version") != str(SCHEMA_VERSION):
        raise StoreBroken(f"The readings' tables have version {meta.get('version')}, not {SCHEMA_VERSION}.")
    if meta.get("partitions") != str(partitions):
        raise StoreBroken(
            f"The readings are in {meta.get('partitions')} partitions, BELVEDERE_PARTITIONS says {partitions}:"
            " the number of a system that holds readings cannot change."
        )


def load_store_id(mysql: MySql) -> str:
    """Return the id of all partitions together."""
    return str(mysql.fetch("SELECT value FROM readings_meta WHERE name='store_id'")[0][0])
