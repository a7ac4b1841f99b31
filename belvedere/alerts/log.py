"""A site's numbered event log. Sockets may miss a message; the log has every entry.

A sequence number is taken under the lock of the site's row and its AlertLog row, in the transaction that changes
the alert. So numbers have no gaps, and nobody sees n+1 before n.

The order of locks is everywhere: the site, its log, then alerts, rules, devices. Several sites are locked in the order
of their ids. Who holds a site's log may read and change its alerts: nobody else does meanwhile.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import msgspec
from django.db import transaction

from belvedere.accounts.models import Site, User
from belvedere.alerts import sql
from belvedere.alerts.counts import Counts, Moves, Place, count_active, find_counts, keep_counts
from belvedere.alerts.models import Alert, AlertEvent, AlertLog, EventKind
from belvedere.domain.provided import Provided
from belvedere.domain.times import now_ms, rfc3339
from belvedere.live.port import Frame, Position
from belvedere.registry.sql import insert, insert_all, update

# What an event can change of an alert: writing the rest again would cost as much as all else.
CHANGING = (
    "title",
    "title_code",
    "severity",
    "words",
    "condition",
    "open_key",
    "state",
    "value",
    "peak",
    "peak_ms",
    "cleared_value",
    "spans",
    "spans_joined",
    "flaps",
    "acknowledged_ms",
    "acknowledged_by_id",
    "resolved_ms",
    "resolved_by_id",
    "assigned_to_id",
    "silenced_until_ms",
    "last_seq",
)
PEOPLE = ("acknowledged_by", "resolved_by", "assigned_to")
PAGE = 500  # entries read at once: about 500 KB of frames


class Publisher(Protocol):
    """Pushes new entries to whoever listens. Implemented by live/hub.py."""

    def publish(self, frames: Sequence[Frame]) -> None:
        """These were committed, in this order. In the thread that committed."""


class Nobody:
    """In a process without sockets: those of others find the entries in the log."""

    def publish(self, frames: Sequence[Frame]) -> None:
        """Nothing."""


publisher: Provided[Publisher] = Provided("hub of sockets", Nobody())


def body_of(alert: Alert, site_slug: str) -> dict[str, Any]:
    """The alert as clients see it, over REST and in frames (serializers.AlertSerializer describes it).

    For lists with PEOPLE at hand (`select_related`).
    """
    return {
        "id": alert.pk,
        "site": site_slug,
        "rule": alert.rule_id,
        "series": alert.series_id,
        "device": alert.device_id,
        "device_name": alert.device_name,
        "camera": alert.camera,
        "zone": alert.zone,
        "metric": alert.metric,
        "unit": alert.unit,
        "title": alert.title,
        "title_code": alert.title_code,
        "severity": alert.severity,
        "state": alert.state,
        "condition": alert.condition,
        "value": alert.value,
        "peak": alert.peak,
        "peak_ms": alert.peak_ms,
        "cleared_value": alert.cleared_value,
        "spans": alert.spans,
        "spans_joined": alert.spans_joined,
        "flaps": alert.flaps,
        "opened_ms": alert.opened_ms,
        "acknowledged_ms": alert.acknowledged_ms,
        "acknowledged_by": _get_display_name(alert.acknowledged_by),
        "resolved_ms": alert.resolved_ms,
        "resolved_by": _get_display_name(alert.resolved_by),
        "assigned_to": _get_display_name(alert.assigned_to),
        "assigned_username": alert.assigned_to.username if alert.assigned_to else None,
        "silenced_until_ms": alert.silenced_until_ms,
        "last_seq": alert.last_seq,
    }


class LogWriter:
    """Adds entries to one site's log, which is locked. Made by `lock_log`. site: its slug. place: where the log is."""

    def __init__(self, site_id: int, site: str, place: Place) -> None:
        self.site_id = site_id
        self._site = site
        self._place = place
        self._seq = place.seq
        self._moves = Moves()
        self._added: list[tuple[dict[str, Any], AlertEvent]] = []

    def add(
        self,
        alert: Alert,
        kind: EventKind,
        at_ms: int,
        *,
        actor: User | None = None,
        text: str = "",
        source: str | None = None,
    ) -> None:
        """Save the alert, as changed by the caller, and its entry."""
        self._seq += 1
        alert.last_seq = self._seq
        alert.set_derived()
        self._moves.note(alert)
        if alert.pk is None:
            insert(alert)
        else:
            update(alert, CHANGING)
        frame = {
            "type": "event",
            "seq": self._seq,
            "kind": kind,
            "at": rfc3339(at_ms),
            "actor": _get_display_name(actor),
            "text": text,
            "alert": body_of(alert, self._site),
        }
        event = AlertEvent(
            site_id=self.site_id,
            seq=self._seq,
            alert_id=alert.pk,
            kind=kind,
            at_ms=at_ms,
            actor=actor,
            text=text,
            source=source,
        )
        self._added.append((frame, event))

    def flush(self) -> None:
        """Write the entries, each with the counts that hold after all of them; they are published after the commit."""
        if not self._added:
            return
        added, self._added = self._added, []
        counts = self._count()
        tail = {"counts": counts._asdict(), "sent_ms": now_ms()}
        for frame, event in added:
            event.frame = msgspec.json.encode(frame | tail).decode()
        insert_all([event for _, event in added])
        sql.set_log_seq(self.site_id, self._seq)
        self._tell(counts, [Frame(event.site_id, event.seq, event.frame) for _, event in added])

    def _count(self) -> Counts:
        """As it is after all that was added."""
        known = find_counts(self.site_id, self._place)
        return count_active(self.site_id) if known is None else self._moves.apply(known)

    def _tell(self, counts: Counts, logged: Sequence[Frame]) -> None:
        place = Place(self._place.log_id, self._seq)

        def tell() -> None:
            keep_counts(self.site_id, place, counts)
            publisher().publish(logged)

        transaction.on_commit(tell, robust=True)


def lock_log(site_id: int) -> LogWriter | None:
    """Lock the site's log until the transaction ends and return its writer; None where the site is gone.

    Call `flush` when everything is added: nothing is in the log before.
    """
    row = sql.lock_log(site_id)
    if row is None:
        return None
    if row.log_id is None or row.seq is None:
        made = AlertLog.objects.create(site_id=site_id, log_id=_make_id())
        return LogWriter(site_id, row.site, Place(made.log_id, made.seq))
    return LogWriter(site_id, row.site, Place(row.log_id, row.seq))


@contextmanager
def open_log(site_id: int) -> Iterator[LogWriter]:
    """Lock a site's log, and flush it at the end. Raises Site.DoesNotExist."""
    log = lock_log(site_id)
    if log is None:
        raise Site.DoesNotExist(f"There is no site {site_id}.")
    yield log
    log.flush()


def position(site_id: int) -> Position:
    """Where the log stands; made for a site that has none yet, because a client must be able to hold on to it."""
    log, _ = AlertLog.objects.get_or_create(site_id=site_id, defaults={"log_id": _make_id()})
    return Position(log.log_id, log.seq)


def positions() -> dict[int, Position]:
    """Of every site that has a log, in one query."""
    rows = AlertLog.objects.values_list("site_id", "log_id", "seq")
    return {site_id: Position(log_id, seq) for site_id, log_id, seq in rows}


def frames_after(site_id: int, after: int, limit: int = PAGE) -> list[Frame]:
    """The entries after a sequence number, in order."""
    rows = AlertEvent.objects.filter(site_id=site_id, seq__gt=after).order_by("seq")
    return [Frame(site_id, seq, frame) for seq, frame in rows.values_list("seq", "frame")[:limit]]


def _make_id() -> str:
    return secrets.token_hex(8)


def _get_display_name(person: User | None) -> str | None:
    return person.display_name if person else None
