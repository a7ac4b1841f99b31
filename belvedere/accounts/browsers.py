"""The sessions that a person has, with browser, address and last use, and the end of one of them.

Uses are kept in memory and saved together, as those of tokens are (usage.py).
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import NamedTuple

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from belvedere.accounts import audit
from belvedere.accounts.models import BrowserSession, User
from belvedere.accounts.sessions import hash_session_key
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append


class _Use(NamedTuple):
    user_id: int
    at: float
    address: str
    agent: str


_uses: dict[str, _Use] = {}
_lock = threading.Lock()


def hash_key_of(request: HttpRequest) -> str:
    """The stored key of the request's session; "" where there is none."""
    key = request.session.session_key
    return hash_session_key(key) if key else ""


def record_request(request: HttpRequest, user: User) -> None:
    """The session of this request was used just now. Thread-safe."""
    key = hash_key_of(request)
    if key:
        address, agent = _read_origin(request)
        _note(key, _Use(user.pk, time.time(), address, agent))


def record_poll(session_key: str, user_id: int) -> None:
    """The session of this stored key was used just now, outside Django. Thread-safe."""
    before = _uses.get(session_key)
    _note(session_key, _Use(user_id, time.time(), before.address if before else "", before.agent if before else ""))


def _note(key: str, use: _Use) -> None:
    with _lock:
        _uses[key] = use


def _read_origin(request: HttpRequest) -> tuple[str, str]:
    return str(request.META.get("REMOTE_ADDR", ""))[:64], str(request.META.get("HTTP_USER_AGENT", ""))[:200]


def note_session(request: HttpRequest, user: User) -> None:
    """The person has just signed in, or got another session key."""
    address, agent = _read_origin(request)
    now = timezone.now()
    fields = {"user": user, "created_at": now, "last_used_at": now, "address": address, "agent": agent}
    BrowserSession.objects.update_or_create(session_key=hash_key_of(request), defaults=fields)


def save_uses() -> None:
    """Save the uses since the last call; a scheduled job. Sessions from before there were such rows get one."""
    with _lock:
        uses = dict(_uses)
        _uses.clear()
    rows = {row.session_key: row for row in BrowserSession.objects.filter(session_key__in=uses)}
    for key, row in rows.items():
        row.last_used_at = datetime.fromtimestamp(uses[key].at, UTC)
        row.address, row.agent = uses[key].address or row.address, uses[key].agent or row.agent
    BrowserSession.objects.bulk_update(rows.values(), ["last_used_at", "address", "agent"], batch_size=100)
    missing = Session.objects.filter(session_key__in=uses.keys() - rows.keys()).values_list("session_key", flat=True)
    new = [_make_row(key, uses[key]) for key in missing]
    BrowserSession.objects.bulk_create(new, ignore_conflicts=True, batch_size=100)


def _make_row(key: str, use: _Use) -> BrowserSession:
    at = datetime.fromtimestamp(use.at, UTC)
    return BrowserSession(
        user_id=use.user_id, session_key=key, created_at=at, last_used_at=at, address=use.address, agent=use.agent
    )


def list_sessions(user: User) -> QuerySet[BrowserSession]:
    """The person's sessions that are open, the one used last first."""
    still_open = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    return BrowserSession.objects.filter(Exists(still_open), user=user).order_by("-last_used_at", "-id")


@transaction.atomic
def do_end_session(row: BrowserSession) -> None:
    """End one session, with its sockets and streams."""
    Session.objects.filter(session_key=row.session_key).delete()
    audit.record("account.session_ended", who=row.user)
    row.delete()
    append(ChangeKind.PERSON, row.user_id)


def forget_ended() -> None:
    """Delete the rows of sessions that are over; a scheduled job."""
    known = Session.objects.filter(session_key=OuterRef("session_key"))
    BrowserSession.objects.filter(~Exists(known)).delete()
