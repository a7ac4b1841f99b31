"""Changes alerts: what rules found, what people did, and subjects that were deleted.

Every change of an alert is one entry of its site's log, in the same transaction (log.py). The log is locked before
the alert is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from belvedere.accounts.models import Site, User
from belvedere.alerts.log import LogWriter, open_log
from belvedere.alerts.models import Alert, AlertState, EventKind
from belvedere.alerts.transitions import IllegalMoveError, Move, is_flap, next_state
from belvedere.domain.times import rfc3339
from belvedere.web_api.problems import Problem

# --- people


@contextmanager
def locked_alert(alert_id: int) -> Iterator[tuple[LogWriter, Alert]]:
    """A transaction on one alert and its site's log. Raises Http404 where it is gone."""
    with transaction.atomic(), open_log(get_object_or_404(Alert, pk=alert_id).site_id) as log:
        alerts = Alert.objects.select_related("site", "acknowledged_by", "resolved_by")
        yield log, get_object_or_404(alerts, pk=alert_id)


def check_move(alert: Alert, move: Move) -> AlertState:
    """The state it would get into. Raises 409, saying who was faster and when."""
    try:
        return next_state(AlertState(alert.state), move)
    except IllegalMoveError as error:
        if error.state is AlertState.RESOLVED:
            said = _format_who_and_when(alert.resolved_by, alert.resolved_ms)
            raise Problem(409, "already_resolved", f"This alert was resolved {said}.") from error
        said = _format_who_and_when(alert.acknowledged_by, alert.acknowledged_ms)
        raise Problem(409, "already_acknowledged", f"This alert was acknowledged {said}.") from error


def do_acknowledge(alert_id: int, person: User, at_ms: int) -> Alert:
    """Mark the alert as being taken care of. Raises 409 where somebody was faster."""
    with locked_alert(alert_id) as (log, alert):
        alert.state = check_move(alert, Move.ACKNOWLEDGE)
        alert.acknowledged_ms, alert.acknowledged_by = at_ms, person
        log.add(alert, EventKind.ACKNOWLEDGED, at_ms, actor=person)
    return alert


def do_resolve(alert_id: int, person: User, at_ms: int) -> Alert:
    """End the alert; the rule raises again only after its condition has cleared. Raises 409 where it has ended."""
    with locked_alert(alert_id) as (log, alert):
        alert.state = check_move(alert, Move.RESOLVE)
        alert.resolved_ms, alert.resolved_by = at_ms, person
        log.add(alert, EventKind.RESOLVED, at_ms, actor=person)
    return alert


def do_comment(alert_id: int, person: User, text: str, at_ms: int) -> Alert:
    """Add a comment, in whatever state the alert is."""
    with locked_alert(alert_id) as (log, alert):
        log.add(alert, EventKind.COMMENTED, at_ms, actor=person, text=text)
    return alert


# --- rules and cameras


def raise_alert(log: LogWriter, fresh: Alert, latest: Alert | None, source: str | None) -> Alert | None:
    """Open `fresh`, or go on with the latest alert of the same subject; None where that is still open."""
    if latest is not None and latest.state != AlertState.RESOLVED:
        return None
    alert = fresh
    if latest is not None and is_flap(latest.resolved_ms, latest.resolved_by_id is not None, fresh.opened_ms):
        alert = latest
        alert.state = next_state(AlertState.RESOLVED, Move.REOPEN)
        alert.flaps += 1
        alert.value = alert.peak = fresh.value
        alert.title, alert.severity, alert.condition = fresh.title, fresh.severity, fresh.condition
        alert.acknowledged_ms = alert.acknowledged_by = alert.resolved_ms = None
    log.add(alert, EventKind.OPENED, fresh.opened_ms, source=source)
    return alert


def clear_alert(log: LogWriter, latest: Alert | None, at_ms: int, source: str | None = None, text: str = "") -> bool:
    """End it without a person. False where there was nothing open."""
    if latest is None or latest.state == AlertState.RESOLVED:
        return False
    latest.state = next_state(AlertState(latest.state), Move.RESOLVE)
    latest.resolved_ms = max(at_ms, latest.opened_ms)
    log.add(latest, EventKind.RESOLVED, latest.resolved_ms, source=source, text=text)
    return True


def find_latest(site_id: int, subject: str) -> Alert | None:
    """The newest alert about a subject that no rule watches."""
    return Alert.objects.filter(rule__isnull=True, subject=subject, site_id=site_id).order_by("-id").first()


@transaction.atomic
def open_subject(
    site_id: int,
    subject: str,
    title: str,
    severity: str,
    condition: dict[str, Any],
    at_ms: int,
    *,
    name: str = "",
    zone: str = "",
) -> Alert | None:
    """Raise an alert that no rule asked for, e.g. subject "camera:gate". None where one is open already."""
    kind, _, key = subject.partition(":")
    fresh = Alert(
        site_id=site_id,
        subject=subject,
        camera=key if kind == "camera" else "",
        device_name=name,
        zone=zone,
        title=title[:120],
        severity=severity,
        condition=condition,
        opened_ms=at_ms,
    )
    with open_log(site_id) as log:
        return raise_alert(log, fresh, find_latest(site_id, subject), None)


@transaction.atomic
def resolve_subject(site_id: int, subject: str, at_ms: int, text: str = "") -> bool:
    """End what `open_subject` opened. False where nothing was open."""
    if not Site.objects.filter(pk=site_id).exists():
        return False
    with open_log(site_id) as log:
        return clear_alert(log, find_latest(site_id, subject), at_ms, text=text)


# --- deleted subjects and rules


@transaction.atomic
def resolve_all(alerts: QuerySet[Alert], at_ms: int, text: str) -> int:
    """End those that are still open, because nothing watches them any more; the text says why."""
    still_open = alerts.exclude(state=AlertState.RESOLVED)
    site_ids = sorted(set(still_open.values_list("site_id", flat=True)))
    return sum(_clear_all(site_id, still_open.filter(site_id=site_id), at_ms, text) for site_id in site_ids)


def _clear_all(site_id: int, still_open: QuerySet[Alert], at_ms: int, text: str) -> int:
    """The alerts are read after the log is locked: somebody may have resolved one meanwhile."""
    with open_log(site_id) as log:
        found = still_open.select_related("acknowledged_by", "resolved_by").order_by("id")
        return sum(clear_alert(log, alert, at_ms, text=text) for alert in found)


def _format_who_and_when(person: User | None, at_ms: int | None) -> str:
    by = f"by {person.display_name}" if person else "by itself"
    return f"{by} at {rfc3339(at_ms)}" if at_ms is not None else by
