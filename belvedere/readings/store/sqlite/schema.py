"""The tables of readings.db, and what SQLite's errors mean for the store."""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

from belvedere.readings.store.port import StoreBroken, StoreUnavailable
from belvedere.readings.store.sqlite import damage
from belvedere.readings.tiers import MINUTE, TIERS

SCHEMA_VERSION = 2
CACHE_KIB = 16 * 1024
CHECKPOINT_PAGES = 4000  # 16 MB of log before a checkpoint: rare enough to be cheap, short enough for PUBACK p99

# Since version 2.
FORGETTING = (
    "CREATE TABLE times(id INTEGER PRIMARY KEY, series INTEGER NOT NULL, first_ts INTEGER NOT NULL,"
    " last_ts INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE UNIQUE INDEX times_time ON times(series, first_ts, last_ts)",
    "CREATE TABLE horizon(series INTEGER PRIMARY KEY, raw_ms INTEGER NOT NULL, tier_ms INTEGER NOT NULL,"
    " unlisted_ms INTEGER NOT NULL)",
)
# Version 1 deleted readings without a word; minutes that begin before the first chunk tell of it.
FROM_VERSION_1 = (
    *FORGETTING,
    f"INSERT INTO horizon SELECT series, gone_ms, 0, gone_ms FROM (SELECT series, min(start) AS oldest,"  # noqa: S608  (constants)
    f" coalesce((SELECT min(first_ts) FROM chunk WHERE chunk.series={MINUTE.table}.series),"
    f" max(start)+{MINUTE.width_ms}) AS gone_ms FROM {MINUTE.table} GROUP BY series)"
    f" WHERE oldest+{MINUTE.width_ms}<=gone_ms",
)

TABLES = (
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE log(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, rows BLOB NOT NULL)",
    "CREATE TABLE chunk(id INTEGER PRIMARY KEY, series INTEGER NOT NULL, first_ts INTEGER NOT NULL,"
    " last_ts INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE UNIQUE INDEX chunk_time ON chunk(series, first_ts, last_ts)",
    *FORGETTING,
    "CREATE TABLE head(series INTEGER PRIMARY KEY, ts INTEGER NOT NULL, value REAL NOT NULL)",
    "CREATE TABLE rule_state(rule INTEGER NOT NULL, series INTEGER NOT NULL, state BLOB NOT NULL,"
    " PRIMARY KEY(rule, series)) WITHOUT ROWID",
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, site INTEGER NOT NULL, rule INTEGER NOT NULL,"
    " rule_version INTEGER NOT NULL, series INTEGER NOT NULL, ts INTEGER NOT NULL, kind TEXT NOT NULL, value REAL)",
    "CREATE TABLE quarantine(id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, at_ms INTEGER NOT NULL,"
    " reason TEXT NOT NULL, position INTEGER NOT NULL, detail TEXT NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX quarantine_device ON quarantine(device, id)",
    "CREATE TABLE refused(device TEXT NOT NULL, reason TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY(device, reason)) WITHOUT ROWID",
    *(
        f"CREATE TABLE {tier.table}(series INTEGER NOT NULL, start INTEGER NOT NULL, n INTEGER NOT NULL,"
        " min REAL NOT NULL, max REAL NOT NULL, sum REAL NOT NULL, last REAL NOT NULL,"
        " PRIMARY KEY(series, start)) WITHOUT ROWID"
        for tier in TIERS
    ),
)
# Of later than the first release: made where it is missing.
PRESENT = "CREATE TABLE IF NOT EXISTS present(series INTEGER PRIMARY KEY, ts INTEGER NOT NULL, value REAL NOT NULL)"


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Connect in autocommit mode. The caller keeps threads apart."""
    uri = f"file:{path}?mode={'ro' if read_only else 'rwc'}"
    db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=400, timeout=5)
    db.execute("PRAGMA busy_timeout=5000")
    if read_only:
        db.execute("PRAGMA query_only=1")
        return db
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    db.execute("PRAGMA journal_size_limit=67108864")
    return db


def create(db: sqlite3.Connection) -> str:
    """Create or upgrade the tables; return the id of this store. Raises StoreBroken."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        _run_statements(db, TABLES, first=True)
    elif version == 1:
        _run_statements(db, FROM_VERSION_1)
    elif version != SCHEMA_VERSION:
        raise StoreBroken(f"readings.db has version {version}, this program knows {SCHEMA_VERSION}; update Belvedere")
    for statement in (PRESENT, *damage.TABLES):
        db.execute(statement)
    store_id = db.execute("SELECT value FROM meta WHERE key='store_id'").fetchone()
    if store_id is None:
        raise make_damage_error("its id is lost")
    return str(store_id[0])


def _run_statements(db: sqlite3.Connection, statements: tuple[str, ...], *, first: bool = False) -> None:
    db.execute("BEGIN IMMEDIATE")
    for statement in statements:
        db.execute(statement)
    if first:
        db.execute("INSERT INTO meta VALUES('store_id', ?)", (secrets.token_hex(16),))
    db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    db.execute("COMMIT")


def explain_error(error: sqlite3.Error) -> StoreUnavailable | StoreBroken:
    """Translate an error of SQLite into one of the port."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name == "SQLITE_FULL":
        return StoreUnavailable("The disk is full: make room, and storing goes on by itself.")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreUnavailable("readings.db is locked by another program: close it, and storing goes on by itself.")
    if name.startswith("SQLITE_IOERR_FSYNC"):
        return StoreBroken("The disk refused to keep readings.db (fsync failed): check the disk.", disk_lies=True)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR")):
        return StoreUnavailable(f"readings.db cannot be written ({name}): check the folder's rights and the disk.")
    return make_damage_error(str(error))


def make_damage_error(how: str) -> StoreBroken:
    """Make the error for stored data that cannot be read."""
    return StoreBroken(f"readings.db is damaged ({how}): restore a backup, or move it away to start anew.")
