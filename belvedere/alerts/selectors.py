"""Reading alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet

from belvedere.accounts.models import Membership, Site
from belvedere.alerts.counts import NONE, Counts
from belvedere.alerts.log import PEOPLE
from belvedere.alerts.models import Alert, AlertEvent, AlertState
from belvedere.cameras.models import Camera
from belvedere.devices.names import split_query

ACTIVE = "active"
STATES = (*AlertState.values, ACTIVE)
ACTIVE_STATES = (AlertState.OPEN, AlertState.ACKNOWLEDGED)


class Cursor(NamedTuple):
    """Where a page begins: just after (older than) the alert with these."""

    opened_ms: int
    id: int


class Filter(NamedTuple):
    """What a list is asked for. None: whichever. from_ms, to_ms: raised at any time between them.

    text: words that all stand in the title, in the device's or the zone's name or in the metric, whatever their case
    and accents. assigned: a user name.
    """

    state: str | None = None
    series: int | None = None
    severity: str | None = None
    zone: int | None = None
    device: str | None = None
    rule: int | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    text: str | None = None
    assigned: str | None = None


ALL = Filter()


def alerts_of(sites: Iterable[Site], asked: Filter = ALL) -> QuerySet[Alert]:
    """Newest first."""
    alerts = Alert.objects.filter(site__in=sites)
    if asked.state == ACTIVE:
        alerts = alerts.filter(state__in=ACTIVE_STATES)
    elif asked.state is not None:
        alerts = alerts.filter(state=asked.state)
    exact = {
        "series_id": asked.series,
        "severity": asked.severity,
        "device_id": asked.device,
        "rule_id": asked.rule,
        "assigned_to__username": asked.assigned,
    }
    alerts = alerts.filter(**{name: value for name, value in exact.items() if value is not None})
    if asked.zone is not None:
        cameras = Camera.objects.filter(zone=asked.zone).values("id")
        alerts = alerts.filter(Q(device__zone=asked.zone) | Q(camera__in=cameras))
    if asked.from_ms is not None:
        alerts = alerts.filter(Q(resolved_ms__isnull=True) | Q(resolved_ms__gte=asked.from_ms))
    if asked.to_ms is not None:
        alerts = alerts.filter(opened_ms__lte=asked.to_ms)
    for word in split_query(asked.text or ""):
        alerts = alerts.filter(words__contains=word)
    return alerts.select_related("site", *PEOPLE).order_by("-opened_ms", "-id")


def older_than(alerts: QuerySet[Alert], cursor: Cursor) -> QuerySet[Alert]:
    """The rest of the list after the cursor."""
    return alerts.filter(Q(opened_ms__lt=cursor.opened_ms) | Q(opened_ms=cursor.opened_ms, id__lt=cursor.id))


def count_by_zone(site: Site) -> dict[int | None, Counts]:
    """Of the zones that have active alerts. None: what is in none."""
    zones = dict(Camera.objects.filter(site=site).values_list("id", "zone_id"))
    active = Alert.objects.filter(site=site, state__in=ACTIVE_STATES)
    return _count(
        (zones.get(camera) if camera else zone, *rest)
        for zone, camera, *rest in _group(active, "device__zone_id", "camera")
    )


def count_by_series(site: Site) -> dict[int, Counts]:
    """Of the series that have active alerts."""
    active = Alert.objects.filter(site=site, state__in=ACTIVE_STATES, series__isnull=False)
    return _count(_group(active, "series_id"))


def _group(alerts: QuerySet[Alert], *by: str) -> Iterable[Any]:
    marked = ExpressionWrapper(Q(silenced_until_ms__isnull=False), output_field=BooleanField())
    found = alerts.order_by().annotate(marked=marked).values_list(*by, "state", "severity", "marked")
    return found.annotate(n=Count("id"))


def _count(rows: Iterable[Any]) -> dict[Any, Counts]:
    """Of (key, state, severity, silenced or not, how many)."""
    groups: defaultdict[Any, list[Any]] = defaultdict(list)
    for key, *row in rows:
        groups[key].append(row)
    return {key: NONE.add(group) for key, group in groups.items()}


def members_of(site: Site) -> QuerySet[Membership]:
    """Who can take care of an alert."""
    return Membership.objects.filter(site=site).select_related("user").order_by("user__username")


def history_of(alert: Alert) -> QuerySet[AlertEvent]:
    """What happened to it, oldest first."""
    return AlertEvent.objects.filter(alert=alert).select_related("actor").order_by("seq")
