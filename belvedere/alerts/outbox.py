"""Copies transitions from the outbox of the readings store to the alert tables, exactly once.

The store commits transitions with the readings that caused them. The drain copies them here, in one
transaction with the cursor that says how far it came. A crash before that commit repeats the copy, one
after it does not.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

import structlog
from django.db import DatabaseError, IntegrityError, InterfaceError, connection, transaction

from belvedere.alerts import sql
from belvedere.alerts.log import LogWriter, lock_log
from belvedere.alerts.models import Alert, AlertEvent, AlertState, OutboxCursor
from belvedere.alerts.services import clear_alert, follow_peak, raise_alert
from belvedere.alerts.silencing import Subject, find_end
from belvedere.domain.times import now_ms
from belvedere.readings.store.batch import OutboxRow
from belvedere.readings.store.port import Outbox
from belvedere.registry.sql import update
from belvedere.rules.book import covers
from belvedere.rules.evaluate.phases import Change

log = structlog.get_logger(__name__)

BATCH: Final = 500  # rows a transaction: at most ~0.3 s of write lock when a whole site raises at once
LOOK_SECONDS: Final = 1.0  # how often it looks without being woken
TRIM_SECONDS: Final = 60.0
FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 5.0
TRIES_A_ROW: Final = 3  # a row that fails so often, other than by the database, is skipped and logged


class UnusableRowError(Exception):
    """Rows could not be copied, for another reason than the database: only a change of the code helps."""

    permanent = True


class CursorMovedError(Exception):
    """Somebody else copied these rows: read the cursor again."""

    permanent = False


class Copy:
    """Copies rows in order, inside the caller's transaction, reading what they are about once for all of them."""

    def __init__(self, rows: Sequence[OutboxRow]) -> None:
        self._rows = rows
        # Rules are read under the lock of their site, because who edits one holds it too.
        self._logs = {site_id: lock_log(site_id) for site_id in sorted({row.site_id for row in rows})}
        now = now_ms()
        self._watched = sql.load_watched({(row.rule_id, row.series_id) for row in rows}, now)
        self._latest = {pair: watched.latest for pair, watched in self._watched.items()}
        sites = {watched.rule.site_id for watched in self._watched.values() if watched.rule.has_silences}
        self._silences = sql.load_silences(sites, now) if sites else []

    def run(self) -> None:
        """Copy all rows but those whose rule or series was deleted: its alerts were resolved by the deletion."""
        for row in self._rows:
            log = self._logs[row.site_id]
            if log is not None and (row.rule_id, row.series_id) in self._watched:
                self._copy_row(log, row)
        for log in self._logs.values():
            if log is not None:
                log.flush()

    def _copy_row(self, log: LogWriter, row: OutboxRow) -> None:
        key = (row.rule_id, row.series_id)
        latest, source = self._latest[key], source_of(row)
        if row.kind == Change.OPENED:
            if self._is_watched(row):
                self._latest[key] = raise_alert(log, self._make_alert(row, None), latest, source) or latest
        elif row.kind == Change.REMAINS:
            if self._is_watched(row) and not (latest is not None and latest.resolved_by_id is not None):
                self._latest[key] = raise_alert(log, self._make_alert(row, latest), latest, source) or latest
        elif row.kind == Change.RESOLVED:
            clear_alert(log, latest, row.ts_ms, source, value=row.value)
        elif row.kind == Change.SUSPENDED:
            clear_alert(log, latest, row.ts_ms, source, text="Outside the schedule of the rule.")
        elif latest is not None and latest.state != AlertState.RESOLVED:
            follow_peak(latest, row.value, row.ts_ms)
            update(latest, ["peak", "peak_ms"])

    def _is_watched(self, row: OutboxRow) -> bool:
        """Whether the rule, as it is now, would still look at this series."""
        rule, series, _ = self._watched[row.rule_id, row.series_id]
        return rule.enabled and not series.retired and covers(rule.scope, series.watched)

    def _make_alert(self, row: OutboxRow, ended: Alert | None) -> Alert:
        """The alert that this row opens, not before the end of `ended`, from which it goes on."""
        rule, series, _ = self._watched[row.rule_id, row.series_id]
        opened_ms = max(row.ts_ms, (ended and ended.resolved_ms) or row.ts_ms)
        subject = Subject(rule.site_id, rule.id, row.series_id, series.watched.device_id, series.zone_id)
        return Alert(
            site_id=rule.site_id,
            rule_id=rule.id,
            series_id=row.series_id,
            device_id=series.watched.device_id,
            device_name=series.device_name,
            zone=series.zone,
            metric=series.watched.metric,
            unit=series.unit,
            subject=sql.name_subject(row.series_id),
            title=rule.name,
            title_code=rule.name_code,
            severity=rule.severity,
            condition=rule.condition,
            value=row.value,
            peak=row.value,
            peak_ms=None if row.value is None else opened_ms,
            opened_ms=opened_ms,
            silenced_until_ms=find_end(self._silences, subject),
        )


def source_of(row: OutboxRow) -> str:
    """What makes a transition the same one, however often it is told.

    With its row: a rule may raise, clear and raise again at one millisecond, where a device's clock is ahead of ours.
    """
    return f"{row.rule_id}:{sql.name_subject(row.series_id)}:{row.ts_ms}:{row.kind}:{row.id}"


def drain_once(store: Outbox, limit: int = BATCH, after: int | None = None) -> int:
    """Copy the next rows, if any. Returns the id of the last copied row, which the store may forget.

    after: what the last call returned; None = look it up.
    """
    if after is None:
        after = read_cursor(store)
    try:
        return _copy_next_rows(store, limit, after, look_for_known=False)
    except IntegrityError:
        # Some rows are in the log already although the cursor is before them, e.g. one restored from a backup.
        return _copy_next_rows(store, limit, after, look_for_known=True)


def _copy_next_rows(store: Outbox, limit: int, after: int, *, look_for_known: bool) -> int:
    rows = store.outbox_after(after, limit)
    if not rows:
        return after
    with transaction.atomic():
        _move_cursor(store, after, rows[-1].id)
        _copy_rows(rows, _find_known_sources(rows) if look_for_known else set())
    return rows[-1].id


def _move_cursor(store: Outbox, after: int, last_id: int) -> None:
    """Move the cursor by compare-and-set, which also locks it. Raises CursorMovedError where it was elsewhere."""
    if not sql.move_cursor(store.store_id, after, last_id):
        raise CursorMovedError(f"the cursor of {store.store_id} is not at {after}")


def _find_known_sources(rows: Sequence[OutboxRow]) -> set[str]:
    found = AlertEvent.objects.filter(source__in=[source_of(row) for row in rows])
    return {source for source in found.values_list("source", flat=True) if source is not None}


def _copy_rows(rows: Sequence[OutboxRow], known_sources: set[str]) -> None:
    try:
        Copy([row for row in rows if source_of(row) not in known_sources]).run()
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # no database is to blame: it is this code, or the row
        raise UnusableRowError(f"rows {rows[0].id} to {rows[-1].id}: {error!r}") from error


def skip_row(store: Outbox) -> int:
    """Move the cursor past the next row, which cannot be copied. Returns its id."""
    after = read_cursor(store)
    rows = store.outbox_after(after, 1)
    if not rows:
        return after
    log.error("outbox_row_skipped", row=str(rows[0]))
    _move_cursor(store, after, rows[0].id)
    return rows[0].id


def read_cursor(store: Outbox) -> int:
    """The id of the last copied row. Creates the cursor of a new store."""
    cursor, _ = OutboxCursor.objects.get_or_create(store_id=store.store_id)
    return cursor.last_id


class Drain:
    """The thread that copies new rows to the alert tables. One for each store.

    copy_seconds: of the last 500 times, from `wake` to the commit of the alert's event.
    """

    def __init__(self, store: Outbox) -> None:
        self._store = store
        self._woken = threading.Event()
        self._woken.set()  # an earlier run may have left something
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-drain", daemon=True)
        self._trimmed = time.monotonic()
        self._copied: int | None = None
        self._failures = 0
        self._pauses = 0
        self._woken_at: float | None = None
        self._not_before = 0.0
        self.copy_seconds: deque[float] = deque(maxlen=500)

    def start(self) -> None:
        """Start the thread; it first copies what an earlier run left."""
        self._thread.start()

    def wake(self) -> None:
        """Tell that there are new rows. Any thread, after their commit."""
        self._woken_at = self._woken_at or time.monotonic()
        self._woken.set()

    def stop(self, timeout_seconds: float = 3.0) -> bool:
        """End the thread after its current batch. False where it did not end in time."""
        self._stopping.set()
        self._woken.set()
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def run_once(self) -> None:
        """Copy what it was woken for, in the caller's thread: instead of `start`, for who has a thread of his own."""
        if not self._woken.is_set() or time.monotonic() < self._not_before:
            return
        self._woken.clear()
        try:
            self._catch_up()
            self._trim()
        except Exception as error:  # noqa: BLE001  (nothing else of the caller's may wait for it)
            self._not_before = time.monotonic() + self._note_failure(error)
            self._woken.set()

    @property
    def failing(self) -> bool:
        """Whether the last try failed, for /readyz."""
        return self._failures > 0

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._woken.wait(LOOK_SECONDS)
                self._woken.clear()
                try:
                    self._catch_up()
                    self._trim()
                except Exception as error:  # noqa: BLE001  (the worker loop: nothing may end it)
                    self._back_off(error)
        finally:
            connection.close()

    def _catch_up(self) -> None:
        if self._copied is None:
            self._copied = read_cursor(self._store)
        while not self._stopping.is_set():
            before = self._copied
            if self._failures >= 2 * TRIES_A_ROW:
                self._copied = skip_row(self._store)
                self._failures = 0
            elif self._failures >= TRIES_A_ROW:
                self._copied = drain_once(self._store, 1, before)
                self._failures = TRIES_A_ROW
            else:
                self._copied = drain_once(self._store, BATCH, before)
                self._failures = 0
            self._pauses = 0
            if self._copied == before:
                self._failures = 0
                self._woken_at = None  # the rows it was woken for had been copied already
                return
            self._record_copy_time()

    def _record_copy_time(self) -> None:
        woken_at, self._woken_at = self._woken_at, None
        if woken_at is not None:
            self.copy_seconds.append(time.monotonic() - woken_at)

    def _trim(self) -> None:
        if time.monotonic() - self._trimmed >= TRIM_SECONDS:
            self._trimmed = time.monotonic()
            self._store.outbox_trim(self._copied or 0)

    def _back_off(self, error: Exception) -> None:
        """Wait, longer each time."""
        self._stopping.wait(self._note_failure(error))
        self._woken.set()

    def _note_failure(self, error: Exception) -> float:
        """Seconds to wait. Only a row that cannot be copied itself is tried alone later, then skipped."""
        poisonous = isinstance(error, UnusableRowError)
        self._failures = self._failures + 1 if poisonous else max(1, min(self._failures + 1, TRIES_A_ROW - 1))
        self._copied = None
        log.error("outbox_copy_failed", error=repr(error), failures=self._failures)
        connection.close()
        self._pauses = min(self._pauses + 1, 7)
        return min(LONGEST_PAUSE_SECONDS, float(FIRST_PAUSE_SECONDS * 2**self._pauses))
