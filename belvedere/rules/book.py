# ruff: noqa: S608  (names come from the models; every value is bound)
"""In memory, which rules watch which series, for the evaluation of every sample."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import structlog

from belvedere.devices.models import Device, Series
from belvedere.domain.changes import Change, ChangeKind, keys_of
from belvedere.domain.times import now_ms
from belvedere.registry.sql import fetch_all, placeholders
from belvedere.rules.conditions import ConditionError, parse_condition
from belvedere.rules.evaluate.rule import CompiledRule, compile_rule, suspend_rule
from belvedere.rules.models import Applies, Rule
from belvedere.rules.schedules import Schedule, is_within, parse_schedule

log = structlog.get_logger(__name__)

_MINUTE_MS: Final = 60_000  # schedules are in minutes


class Scope(NamedTuple):
    """What a rule watches: one series, else a metric of one device, else a metric of its whole site."""

    site_id: int
    metric: str
    device_id: str | None
    series_id: int | None


class WatchedSeries(NamedTuple):
    """The properties of a series that decide which rules watch it."""

    id: int
    device_id: str
    site_id: int
    metric: str


def covers(scope: Scope, series: WatchedSeries) -> bool:
    """Whether a rule of this scope watches this series."""
    if scope.site_id != series.site_id:
        return False
    if scope.series_id is not None:
        return scope.series_id == series.id
    return scope.metric == series.metric and scope.device_id in (None, series.device_id)


class _Plan(NamedTuple):
    """An enabled rule inside and outside its schedule. away_fits: whether it applies by the site's away switch."""

    inside: CompiledRule
    outside: CompiledRule
    away_fits: bool
    schedule: Schedule | None
    zone: ZoneInfo

    def at(self, now_ms: int | None) -> CompiledRule:
        """The rule as it is to be evaluated now; None: the date is in doubt, which never silences a rule."""
        if not self.away_fits:
            return self.outside
        if self.schedule is None or now_ms is None or is_within(self.schedule, now_ms, self.zone):
            return self.inside
        return self.outside


class _Edition(NamedTuple):
    """A consistent set of look-up tables; replaced as a whole, so that readers need no lock."""

    rules: dict[int, CompiledRule]
    scopes: dict[int, Scope]
    of_series: dict[int, tuple[CompiledRule, ...]]


class RuleBook:
    """The enabled rules. `map_watching` is called for each batch; the other methods are called rarely.

    trusted_now_ms: the server's clock, None while its date is in doubt. A rule outside its schedule is suspended.
    load(), apply() and refresh() use the ORM (call them in a thread); the rest is memory only and may be called from
    any thread. After an edit, whoever keeps states has to look at the pairs that are new or gone, and at those whose
    rule has another condition now.
    """

    def __init__(self, trusted_now_ms: Callable[[], int | None] = now_ms) -> None:
        self._trusted_now_ms = trusted_now_ms
        self._lock = threading.Lock()
        self._plans: dict[int, _Plan] = {}
        self._minute: int | None = -1
        self._series: dict[int, WatchedSeries] = {}
        self._retired: set[str] = set()
        self._edition = _Edition({}, {}, {})

    def load(self) -> None:
        """Read all series and rules."""
        retired = set(Device.objects.exclude(retired_at=None).values_list("id", flat=True))
        rows = Series.objects.values_list("id", "device_id", "site_id", "metric")
        series = {row[0]: WatchedSeries(*row) for row in rows.iterator() if row[1] not in retired}
        with self._lock:
            self._series, self._retired = series, retired
        self.refresh()

    def apply(self, changes: Sequence[Change]) -> None:
        """Watch series that are new, forget those of deleted and retired devices, and read edited rules again."""
        moved = keys_of([change for change in changes if "retired" in change.data], ChangeKind.DEVICE)
        if moved:
            self._note_retired(moved)
        devices = {*moved, *keys_of(changes, ChangeKind.SERIES)} - self._retired
        if devices:
            self._add([series for series in _read_series(devices) if series.id not in self._series])
        deleted = [change for change in changes if change.kind is ChangeKind.DEVICE_DELETED]
        if deleted:
            self._retired = self._retired.difference(change.key for change in deleted)
            self._remove([series_id for change in deleted for series_id in change.data["series"]])
        if deleted or keys_of(changes, ChangeKind.RULE, ChangeKind.SITE):
            self.refresh()

    def refresh(self) -> None:
        """Read the rules again after an edit."""
        plans: dict[int, _Plan] = {}
        scopes: dict[int, Scope] = {}
        for rule in Rule.objects.filter(enabled=True).select_related("site"):
            try:
                plans[rule.id] = _make_plan(rule)
            except ConditionError as error:
                log.error("rule_unusable", rule=rule.id, field=error.field, reason=str(error))
                continue
            scopes[rule.id] = make_scope(rule)
        with self._lock:
            self._plans = plans
            self._edition = _build_edition(_list_rules_at(plans, self._trusted_now_ms()), scopes, self._series)

    def follow_time(self) -> bool:
        """Suspend the rules whose schedule is over, and the reverse; whether there were any. In one thread."""
        now = self._trusted_now_ms()
        minute = None if now is None else now // _MINUTE_MS
        if minute == self._minute:
            return False
        self._minute = minute
        with self._lock:
            rules, edition = _list_rules_at(self._plans, now), self._edition
            if rules == edition.rules:
                return False
            self._edition = _build_edition(rules, edition.scopes, self._series)
        return True

    def _note_retired(self, device_ids: Sequence[str]) -> None:
        """Which of these devices are out of use; nothing watches their series until they come back."""
        rows = Device.objects.filter(pk__in=device_ids).exclude(retired_at=None)
        retired = set(rows.values_list("id", flat=True))
        with self._lock:
            self._retired = self._retired.difference(device_ids) | retired
            left = [series.id for series in self._series.values() if series.device_id in retired] if retired else []
        self._remove(left)

    def _add(self, new: Sequence[WatchedSeries]) -> None:
        """Devices began to send metrics: rules of their devices and sites watch them from now on."""
        with self._lock:
            self._series.update((series.id, series) for series in new)
            edition = self._edition
            edition.of_series.update(_match(edition.rules, edition.scopes, new))

    def _remove(self, series_ids: Sequence[int]) -> None:
        """A no_data rule would wait for them for ever."""
        with self._lock:
            for series_id in series_ids:
                self._series.pop(series_id, None)
                self._edition.of_series.pop(series_id, None)

    def map_watching(self) -> Mapping[int, tuple[CompiledRule, ...]]:
        """Series id -> the rules that watch it; most are not in there. It stays as it is: an edit makes a new one."""
        return self._edition.of_series

    def get_rule(self, rule_id: int) -> CompiledRule | None:
        """The enabled rule of this id."""
        return self._edition.rules.get(rule_id)

    def list_watched(self) -> list[tuple[CompiledRule, int]]:
        """Every (rule, series id), e.g. to load states at the start or to drop those of pairs that are gone."""
        # dict() first: `apply` may add a key meanwhile, from another thread.
        return [(rule, series) for series, rules in dict(self._edition.of_series).items() for rule in rules]

    def list_ticking(self) -> list[tuple[CompiledRule, int]]:
        """The pairs that need every tick (no_data). Others need ticks only while PENDING (`needs_tick`)."""
        return [(rule, series) for rule, series in self.list_watched() if rule.silence]

    def list_awaited(self) -> list[tuple[str, str]]:
        """(device id, metric) of no_data rules that name a device which has never sent that metric.

        A rule on a whole site waits for existing series only, since it cannot know which devices will send the metric.
        """
        edition = self._edition
        scopes = [edition.scopes[rule.id] for rule in edition.rules.values() if rule.silence]
        named = [
            (scope.device_id, scope.metric)
            for scope in scopes
            if scope.device_id and scope.series_id is None and scope.device_id not in self._retired
        ]
        if not named:
            return []
        with self._lock:
            known = {(series.device_id, series.metric) for series in self._series.values()}
        return [pair for pair in named if pair not in known]


def _read_series(device_ids: Collection[str]) -> list[WatchedSeries]:
    """The series of some devices."""
    rows = fetch_all(
        f"SELECT id, device_id, site_id, metric FROM {Series._meta.db_table}"
        f" WHERE device_id IN ({placeholders(device_ids)})",
        list(device_ids),
    )
    return [WatchedSeries(*row) for row in rows]


def make_scope(rule: Rule) -> Scope:
    """The scope of a row."""
    return Scope(rule.site_id, rule.metric, rule.device_id, rule.series_id)


def _make_plan(rule: Rule) -> _Plan:
    """Raises ConditionError. What cannot be read of a schedule never silences: the rule applies always then."""
    inside = compile_rule(rule.id, rule.version, rule.site_id, parse_condition(rule.condition))
    try:
        schedule = None if rule.schedule is None else parse_schedule(rule.schedule)
        zone = ZoneInfo(rule.site.timezone)
    except (ValueError, KeyError, OSError) as error:
        log.error("schedule_unusable", rule=rule.id, reason=repr(error))
        schedule, zone = None, ZoneInfo("UTC")
    away_fits = rule.applies == Applies.ALWAYS or (rule.applies == Applies.AWAY) == rule.site.away
    return _Plan(inside, suspend_rule(inside), away_fits, schedule, zone)


def _list_rules_at(plans: Mapping[int, _Plan], now_ms: int | None) -> dict[int, CompiledRule]:
    return {rule_id: plan.at(now_ms) for rule_id, plan in plans.items()}


def _build_edition(
    rules: dict[int, CompiledRule], scopes: dict[int, Scope], series: dict[int, WatchedSeries]
) -> _Edition:
    return _Edition(rules, scopes, _match(rules, scopes, series.values()))


def _match(
    rules: dict[int, CompiledRule], scopes: dict[int, Scope], series: Iterable[WatchedSeries]
) -> dict[int, tuple[CompiledRule, ...]]:
    """The rules of each series that has any.

    Through (site, metric), so 100 rules on 20,000 series is not 2,000,000 comparisons.
    """
    by_metric: dict[tuple[int, str], list[int]] = defaultdict(list)
    for rule_id, scope in scopes.items():
        by_metric[scope.site_id, scope.metric].append(rule_id)
    of_series: dict[int, tuple[CompiledRule, ...]] = {}
    for one in series:
        found = tuple(rules[i] for i in by_metric.get((one.site_id, one.metric), ()) if covers(scopes[i], one))
        if found:
            of_series[one.id] = found
    return of_series
