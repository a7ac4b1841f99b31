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
from belvedere.alerts import sql
from belvedere.alerts.log import PEOPLE, LogWriter, open_log
from belvedere.alerts.models import Alert, AlertState, EventKind
from belvedere.alerts.silencing import Subject, find_end
from belvedere.alerts.spans import close_span, open_span
from belvedere.alerts.transitions import IllegalMoveError, Move, is_flap, next_state, pick_worse
from belvedere.domain.times import now_ms, rfc3339
from belvedere.web_api.problems import Problem

# --- people


@contextmanager
def locked_alert(alert_id: int) -> Iterator[tuple[LogWriter, Alert]]:
    """A transaction on one alert and its site's log. Raises Http404 where it is gone."""
    with transaction.atomic(), open_log(get_object_or_404(Alert, pk=alert_id).site_id) as log:
        alerts = Alert.objects.select_related("site", *PEOPLE)
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
        acknowledge(log, alert, person, at_ms)
    return alert


def do_resolve(alert_id: int, person: User, at_ms: int) -> Alert:
    """End the alert; the rule raises again only after its condition has cleared. Raises 409 where it has ended."""
    with locked_alert(alert_id) as (log, alert):
        resolve(log, alert, person, at_ms)
    return alert


def do_assign(alert_id: int, person: User, assignee: User | None, at_ms: int) -> Alert:
    """Say who takes care of it; None = nobody in particular. Raises 409 where it has ended."""
    with locked_alert(alert_id) as (log, alert):
        assign(log, alert, person, assignee, at_ms)
    return alert


def do_comment(alert_id: int, person: User, text: str, at_ms: int) -> Alert:
    """Add a comment, in whatever state the alert is."""
    with locked_alert(alert_id) as (log, alert):
        log.add(alert, EventKind.COMMENTED, at_ms, actor=person, text=text)
    return alert


# --- people, inside a transaction that holds the log


def acknowledge(log: LogWriter, alert: Alert, person: User, at_ms: int) -> None:
    """Raises 409 where somebody was faster."""
    alert.state = check_move(alert, Move.ACKNOWLEDGE)
    alert.acknowledged_ms, alert.acknowledged_by = at_ms, person
    log.add(alert, EventKind.ACKNOWLEDGED, at_ms, actor=person)


def resolve(log: LogWriter, alert: Alert, person: User, at_ms: int) -> None:
    """Raises 409 where it has ended."""
    alert.state = check_move(alert, Move.RESOLVE)
    alert.resolved_ms, alert.resolved_by, alert.cleared_value = at_ms, person, None
    alert.spans = close_span(alert.spans, at_ms)
    alert.silenced_until_ms = None
    log.add(alert, EventKind.RESOLVED, at_ms, actor=person)


def assign(log: LogWriter, alert: Alert, person: User, assignee: User | None, at_ms: int) -> None:
    """The entry's text is the name of the new one. No entry where nothing changes. Raises 409 where it has ended."""
    check_move(alert, Move.RESOLVE)
    if alert.assigned_to_id != (assignee and assignee.pk):
        alert.assigned_to = assignee
        log.add(
            alert, EventKind.ASSIGNED, at_ms, actor=person, text=assignee.display_name if assignee is not None else ""
        )


# --- rules and cameras


def raise_alert(log: LogWriter, fresh: Alert, latest: Alert | None, source: str | None) -> Alert | None:
    """Open `fresh`, or go on with the latest alert of the same subject; None where that is still open."""
    if latest is not None and latest.state != AlertState.RESOLVED:
        return None
    alert = fresh
    if latest is not None and is_flap(latest.resolved_ms, latest.resolved_by_id is not None, fresh.opened_ms):
        alert = _reopen(latest, fresh)
    alert.spans, joined = open_span(alert.spans, fresh.opened_ms)
    alert.spans_joined += joined
    log.add(alert, EventKind.OPENED, fresh.opened_ms, source=source)
    return alert


def _reopen(alert: Alert, fresh: Alert) -> Alert:
    """The value that opened it first stays, and the worst of all its spans."""
    alert.state = next_state(AlertState.RESOLVED, Move.REOPEN)
    alert.flaps += 1
    alert.title, alert.title_code = fresh.title, fresh.title_code
    alert.severity, alert.condition = fresh.severity, fresh.condition
    follow_peak(alert, fresh.value, fresh.opened_ms)
    alert.acknowledged_ms = alert.acknowledged_by = alert.resolved_ms = alert.cleared_value = None
    alert.silenced_until_ms = fresh.silenced_until_ms
    return alert


def follow_peak(alert: Alert, value: float | None, at_ms: int) -> None:
    """Note the value if it is worse than what was."""
    worst = pick_worse(alert.condition, alert.peak, value)
    if worst != alert.peak:
        alert.peak, alert.peak_ms = worst, max(at_ms, alert.opened_ms)


def clear_alert(
    log: LogWriter,
    latest: Alert | None,
    at_ms: int,
    source: str | None = None,
    text: str = "",
    value: float | None = None,
) -> bool:
    """End it without a person; value: the one that did. False where there was nothing open."""
    if latest is None or latest.state == AlertState.RESOLVED:
        return False
    latest.state = next_state(AlertState(latest.state), Move.RESOLVE)
    latest.spans = close_span(latest.spans, at_ms)
    latest.resolved_ms = max(latest.opened_ms, (latest.spans and latest.spans[-1][1]) or at_ms)
    latest.cleared_value = value
    latest.silenced_until_ms = None
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
    zone_id: int | None = None,
) -> Alert | None:
    """Raise an alert that no rule asked for, e.g. subject "camera:gate". None where one is open already."""
    kind, _, key = subject.partition(":")
    covered = Subject(site_id, None, None, None, zone_id, key)
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
        silenced_until_ms=find_end(sql.load_silences([site_id], now_ms()), covered),
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
        found = still_open.select_related(*PEOPLE).order_by("id")
        return sum(clear_alert(log, alert, at_ms, text=text) for alert in found)


def _format_who_and_when(person: User | None, at_ms: int | None) -> str:
    by = f"by {person.display_name}" if person else "by itself"
    return f"{by} at {rfc3339(at_ms)}" if at_ms is not None else by
