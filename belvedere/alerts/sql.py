# ruff: noqa: S608  (names come from the models; every value is bound)
"""The SQL statements between a transition and its alert event, without Django's ORM.

registry/sql.py says why.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

from django.db import connection

from belvedere.accounts.models import Site, Zone
from belvedere.alerts.models import Alert, AlertLog, OutboxCursor, Silence
from belvedere.alerts.silencing import is_date_trusted
from belvedere.devices.models import Device, Series
from belvedere.registry.sql import columns_of, execute, fetch_all, placeholders
from belvedere.rules.book import Scope, WatchedSeries
from belvedere.rules.models import Rule


class RuleRow(NamedTuple):
    """What an alert takes from its rule. has_silences: whether its site has some that are not over."""

    id: int
    site_id: int
    site: str
    name: str
    name_code: str
    severity: str
    condition: dict[str, Any]
    enabled: bool
    scope: Scope
    has_silences: bool


class SeriesRow(NamedTuple):
    """What an alert takes from its series."""

    watched: WatchedSeries
    unit: str
    device_name: str
    zone: str
    zone_id: int | None
    retired: bool


class LogRow(NamedTuple):
    """Where a site's log stands. log_id, seq: None where it has none yet."""

    site: str
    log_id: str | None
    seq: int | None


class Watched(NamedTuple):
    """What a rule found something about. latest: the newest alert of the rule about the series."""

    rule: RuleRow
    series: SeriesRow
    latest: Alert | None


Pair = tuple[int, int]  # of a rule and a series

_RULE = (
    "r.id, r.site_id, t.slug, r.name, r.name_code, r.severity, r.condition, r.enabled,"
    " r.metric, r.device_id, r.series_id"
)
_SERIES = "s.id, s.device_id, s.site_id, s.metric, s.unit, d.name, z.name, z.id, d.retired_at IS NOT NULL"
_RULE_COLUMNS, _SERIES_COLUMNS = 12, 9


def load_watched(pairs: Collection[Pair], at_ms: int) -> dict[Pair, Watched]:
    """Those whose rule and series still exist, at this moment."""
    if not pairs:
        return {}
    named = " UNION ALL ".join(["SELECT %s AS rule_id, %s AS series_id, %s AS subject"] * len(pairs))
    of_pairs = [value for rule_id, series_id in pairs for value in (rule_id, series_id, name_subject(series_id))]
    rows = fetch_all(_make_watched_query().format(pairs=named), [at_ms, *of_pairs])
    return {(row[0], row[_RULE_COLUMNS]): _make_watched(row) for row in rows}


def name_subject(series_id: int) -> str:
    """The subject of an alert about a series."""
    return f"series:{series_id}"


@cache
def _make_watched_query() -> str:
    """With a place for the pairs, from which it is read on: each table gives at most one row a pair, by its key."""
    table = {model: model._meta.db_table for model in (Rule, Site, Series, Device, Zone, Alert, Silence)}
    alert = ", ".join(f"a.{column}" for column in columns_of(Alert)[1])
    return (
        f"SELECT {_RULE}, EXISTS (SELECT 1 FROM {table[Silence]} q WHERE q.site_id = r.site_id AND q.to_ms > %s),"
        f" {_SERIES}, {alert} FROM ({{pairs}}) w"
        f" JOIN {table[Rule]} r ON r.id = w.rule_id JOIN {table[Site]} t ON t.id = r.site_id"
        f" JOIN {table[Series]} s ON s.id = w.series_id JOIN {table[Device]} d ON d.id = s.device_id"
        f" LEFT JOIN {table[Zone]} z ON z.id = d.zone_id"
        f" LEFT JOIN {table[Alert]} a ON a.id ="
        f" (SELECT MAX(x.id) FROM {table[Alert]} x WHERE x.rule_id = w.rule_id AND x.subject = w.subject)"
    )


def _make_watched(row: tuple[Any, ...]) -> Watched:
    first, last = _RULE_COLUMNS, _RULE_COLUMNS + _SERIES_COLUMNS
    return Watched(_make_rule(*row[:first]), _make_series(*row[first:last]), _make_alert(row[last:]))


def _make_series(
    series_id: int,
    device_id: str,
    site_id: int,
    metric: str,
    unit: str,
    device_name: str,
    zone: str | None,
    zone_id: int | None,
    retired: int,
) -> SeriesRow:
    watched = WatchedSeries(series_id, device_id, site_id, metric)
    return SeriesRow(watched, unit, device_name, zone or "", zone_id, bool(retired))


def _make_alert(columns: tuple[Any, ...]) -> Alert | None:
    if columns[0] is None:
        return None
    names = columns_of(Alert)[0]
    values = dict(zip(names, columns, strict=True))
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


def lock_log(site_id: int) -> LogRow | None:
    """Lock the site's row and then its log's, until the transaction ends; None where there is no such site.

    An outer join is read from its left side on: that makes the order of the two locks.
    """
    site, log = Site._meta.db_table, AlertLog._meta.db_table
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    rows = fetch_all(
        f"SELECT s.slug, l.log_id, l.seq FROM {site} s LEFT JOIN {log} l ON l.site_id = s.id WHERE s.id = %s{lock}",
        [site_id],
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
    has_silences: int,
) -> RuleRow:
    scope = Scope(site_id, metric, device_id, series_id)
    parsed = _parse_json(condition)
    return RuleRow(rule_id, site_id, site, name, name_code, severity, parsed, bool(enabled), scope, bool(has_silences))


def _parse_json(text: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(text)
    return loaded
