"""Reading alerts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q, QuerySet

from belvedere.accounts.models import Site
from belvedere.alerts.models import Alert, AlertEvent, AlertState

ACTIVE = "active"
STATES = (*AlertState.values, ACTIVE)


class Cursor(NamedTuple):
    """Where a page begins: just after (older than) the alert with these."""

    opened_ms: int
    id: int


def alerts_of(sites: Iterable[Site], state: str | None = None, series_id: int | None = None) -> QuerySet[Alert]:
    """Newest first."""
    alerts = Alert.objects.filter(site__in=sites)
    if state == ACTIVE:
        alerts = alerts.exclude(state=AlertState.RESOLVED)
    elif state is not None:
        alerts = alerts.filter(state=state)
    if series_id is not None:
        alerts = alerts.filter(series_id=series_id)
    return alerts.select_related("site", "acknowledged_by", "resolved_by").order_by("-opened_ms", "-id")


def older_than(alerts: QuerySet[Alert], cursor: Cursor) -> QuerySet[Alert]:
    """The rest of the list after the cursor."""
    return alerts.filter(Q(opened_ms__lt=cursor.opened_ms) | Q(opened_ms=cursor.opened_ms, id__lt=cursor.id))


def history_of(alert: Alert) -> QuerySet[AlertEvent]:
    """What happened to it, oldest first."""
    return AlertEvent.objects.filter(alert=alert).select_related("actor").order_by("seq")
