# ruff: noqa: S608  (names come from the models; every value is bound)
"""The SQL statements between a transition and its alert event, without Django's ORM.

registry/sql.py says why.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db import connection

from belvedere.accounts.models import Site, Zone
from belvedere.alerts.models import Alert, AlertLog, AlertState, OutboxCursor, Silence
from belvedere.alerts.silencing import is_date_trusted
from belvedere.devices.models import Device, Series
from belvedere.registry.sql import columns_of, execute, fetch_all, placeholders
from belvedere.rules.book import Scope, WatchedSeries
from belvedere.rules.models import Rule


class RuleRow(NamedTuple):
    """What an alert takes from its rule."""

    id: int
    site_id: int
    site: str
    name: str
    name_code: str
    severity: str
    condition: dict[str, Any]
    enabled: bool
    scope: Scope


class SeriesRow(NamedTuple):
    """What an alert takes from its series."""

    watched: WatchedSeries
    unit: str
    device_name: str
    zone: str
    zone_id: int | None
    retired: bool


class LogRow(NamedTuple):
    """Where a site's log stands. seq: None where it has none yet."""

    site: str
    seq: int | None


def load_rules(ids: set[int]) -> dict[int, RuleRow]:
    """Those that still exist."""
    rule, site = Rule._meta.db_table, Site._meta.db_table
    rows = fetch_all(
        "SELECT r.id, r.site_id, s.slug, r.name, r.name_code, r.severity, r.condition, r.enabled,"
        " r.metric, r.device_id, r.series_id"
        f" FROM {rule} r JOIN {site} s ON s.id = r.site_id WHERE r.id IN ({placeholders(ids)})",
        list(ids),
    )
    return {row[0]: _make_rule(*row) for row in rows}


def load_series(ids: set[int]) -> dict[int, SeriesRow]:
    """Those that still exist."""
    series, device, zone = Series._meta.db_table, Device._meta.db_table, Zone._meta.db_table
    rows = fetch_all(
        "SELECT s.id, s.device_id, s.site_id, s.metric, s.unit, d.name, z.name, z.id, d.retired_at IS NOT NULL"
        f" FROM {series} s JOIN {device} d ON d.id = s.device_id LEFT JOIN {zone} z ON z.id = d.zone_id"
        f" WHERE s.id IN ({placeholders(ids)})",
        list(ids),
    )
    return {
        row[0]: SeriesRow(WatchedSeries(*row[:4]), row[4], row[5], row[6] or "", row[7], bool(row[8])) for row in rows
    }


def load_latest_alert(rule_id: int, subject: str) -> Alert | None:
    """The newest alert of the rule about the subject."""
    names, columns = columns_of(Alert)
    rows = fetch_all(
        f"SELECT {', '.join(columns)} FROM {Alert._meta.db_table}"
        " WHERE rule_id = %s AND subject = %s ORDER BY id DESC LIMIT 1",
        [rule_id, subject],
    )
    if not rows:
        return None
    values = dict(zip(names, rows[0], strict=True))
    for name in ("condition", "spans"):
        values[name] = json.loads(values[name])
    return Alert.from_db(connection.alias, names, list(values.values()))


class SilenceRow(NamedTuple):
    """What a silence covers, and until when. None: whichever."""

    site_id: int
    rule_id: int | None
    series_id: int | None
    device_id: str | None
    zone_id: int | None
    camera: str
    to_ms: int


def load_silences(site_ids: Collection[int], at_ms: int) -> list[SilenceRow]:
    """Those of these sites that hold at this moment; none while the server's date is in doubt."""
    if not is_date_trusted()():
        return []
    rows = fetch_all(
        f"SELECT site_id, rule_id, series_id, device_id, zone_id, camera, to_ms FROM {Silence._meta.db_table}"
        f" WHERE site_id IN ({placeholders(site_ids)}) AND to_ms > %s AND from_ms <= %s",
        [*site_ids, at_ms, at_ms],
    )
    return [SilenceRow(*row) for row in rows]


class Counts(NamedTuple):
    """The alerts of a site that are not over. silenced: of those that are open. By severity: of all that are active."""

    active: int
    open: int
    acknowledged: int
    silenced: int
    critical: int
    warning: int
    info: int


def count_active(site_id: int) -> Counts:
    """One statement over an index that has all it needs."""
    rows = fetch_all(
        f"SELECT state, severity, silenced_until_ms IS NOT NULL, COUNT(*) FROM {Alert._meta.db_table}"
        f" WHERE site_id = %s AND state IN ('{AlertState.OPEN}', '{AlertState.ACKNOWLEDGED}') GROUP BY 1, 2, 3",
        [site_id],
    )
    return make_counts(rows)


def make_counts(rows: Iterable[tuple[str, str, int, int]]) -> Counts:
    """Of (state, severity, silenced or not, how many)."""
    sums = dict.fromkeys(Counts._fields, 0)
    for state, severity, silenced, count in rows:
        sums["active"] += count
        sums[state] += count
        sums[severity] += count
        if silenced and state == AlertState.OPEN:
            sums["silenced"] += count
    return Counts(**sums)


def lock_log(site_id: int) -> LogRow | None:
    """Lock the site's row and then its log's, until the transaction ends; None where there is no such site.

    An outer join is read from its left side on: that makes the order of the two locks.
    """
    site, log = Site._meta.db_table, AlertLog._meta.db_table
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    rows = fetch_all(
        f"SELECT s.slug, l.seq FROM {site} s LEFT JOIN {log} l ON l.site_id = s.id WHERE s.id = %s{lock}", [site_id]
    )
    return LogRow(*rows[0]) if rows else None


def set_log_seq(site_id: int, seq: int) -> None:
    """Where the site's log stands now."""
    execute(f"UPDATE {AlertLog._meta.db_table} SET seq = %s WHERE site_id = %s", [seq, site_id])


def move_cursor(store_id: str, before: int, after: int) -> bool:
    """Compare and set: False where the cursor was not at `before`."""
    table = OutboxCursor._meta.db_table
    return (
        execute(f"UPDATE {table} SET last_id = %s WHERE store_id = %s AND last_id = %s", [after, store_id, before]) == 1
    )


def _make_rule(
    rule_id: int,
    site_id: int,
    site: str,
    name: str,
    name_code: str,
    severity: str,
    condition: str,
    enabled: int,
    metric: str,
    device_id: str | None,
    series_id: int | None,
) -> RuleRow:
    scope = Scope(site_id, metric, device_id, series_id)
    return RuleRow(rule_id, site_id, site, name, name_code, severity, _parse_json(condition), bool(enabled), scope)


def _parse_json(text: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(text)
    return loaded
