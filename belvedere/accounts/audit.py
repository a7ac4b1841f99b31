"""Records who did what, in the transaction that does it. Passwords, secrets and codes are never recorded.

`kind` is `group.verb`; the pages have a sentence for each. Services call `record` as a step of their own; the person,
the address and the token are those of the request that is served.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from datetime import timedelta
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework.request import Request

from belvedere.accounts.models import AuditEntry, Membership, Site, Token, User

PAGE = 50
KEPT = timedelta(days=365)
# Failed sign-ins are the only entries that strangers can cause: so many are kept, and they push out no others.
KEPT_FAILURES = 10_000
SAME_FAILURE = timedelta(hours=1)  # of one account from one address: counted in one entry
FAILED = "account.sign_in_failed"

Detail = str | int | bool | list[str] | None


class AuditGroup(models.TextChoices):
    """What an entry is about: the part of its kind before the dot."""

    ACCOUNT = "account"
    TOKEN = "token"  # noqa: S105  (a word)
    MEMBER = "member"
    SITE = "site"
    ZONE = "zone"
    DEVICE = "device"
    RULE = "rule"
    SILENCE = "silence"
    CAMERA = "camera"


# Their subject is the user name of a member. An invitation is none of them: who is invited may be no member.
MEMBER_KINDS = frozenset(
    f"{AuditGroup.MEMBER}.{verb}"
    for verb in ("added", "role_changed", "removed", "left", "password_reset", "cameras_selected")
)
# Of these an owner sees what members of the site did, though the entries belong to no site.
_OF_PERSONS = (AuditGroup.ACCOUNT, AuditGroup.TOKEN)


class Actor(NamedTuple):
    """Whose request is served. user: None before anybody has signed in; token: the name of the bearer token used."""

    user: User | None = None
    address: str = ""
    token: str = ""


# Set by accounts/views.py. Without one, as in commands and the demo, nothing is recorded.
actor: ContextVar[Actor] = ContextVar("actor", default=Actor())  # noqa: B039  (a NamedTuple does not change)


def find_address(request: Request) -> str:
    """The address that the request came from."""
    return str(request._request.META.get("REMOTE_ADDR", ""))


def find_actor(request: Request) -> Actor:
    """Who sends this request, once it has been authenticated."""
    user = request.user if isinstance(request.user, User) else None
    token = request.auth.name if isinstance(request.auth, Token) else ""
    return Actor(user, find_address(request), token)


def record(
    kind: str, subject: str = "", *, site_id: int | None = None, who: User | None = None, **data: Detail
) -> None:
    """Write an entry. who: in place of the request's person, where nobody is signed in yet."""
    by = actor.get()
    user = who or by.user
    if user is None:
        return
    AuditEntry.objects.create(
        at=timezone.now(),
        kind=kind,
        user=user,
        who=user.username,
        site_id=site_id,
        subject=subject[:254],
        data=data,
        address=by.address[:64],
        token=by.token,
    )


def record_failure(user: User, what: str) -> None:
    """A wrong password for this account. Several of an hour from one address are one entry that counts them."""
    with transaction.atomic():
        same = AuditEntry.objects.filter(user=user, kind=FAILED, address=actor.get().address[:64])
        same = same.filter(at__gt=timezone.now() - SAME_FAILURE, data__what=what)
        entry = same.select_for_update().order_by("-id").first()
        if entry is None:
            record(FAILED, who=user, what=what, times=1)
            return
        entry.data = {**entry.data, "times": entry.data["times"] + 1}
        entry.save(update_fields=["data"])


def list_of_site(site: Site) -> QuerySet[AuditEntry]:
    """What was done at the site, and the sign-ins and tokens of its present members."""
    members = Membership.objects.filter(site=site).values("user")
    of_persons = Q(kind__startswith=f"{_OF_PERSONS[0]}.") | Q(kind__startswith=f"{_OF_PERSONS[1]}.")
    return AuditEntry.objects.filter(Q(site=site) | Q(of_persons, site=None, user__in=members))


def list_of_person(user: User) -> QuerySet[AuditEntry]:
    """What the person did, anywhere."""
    return AuditEntry.objects.filter(user=user)


def read_page(
    entries: QuerySet[AuditEntry], *, before: int | None, query: str, group: str
) -> tuple[list[AuditEntry], int | None]:
    """So many of the newest entries below the id `before`, and the cursor of the next page, None after the last."""
    if before is not None:
        entries = entries.filter(pk__lt=before)
    if group:
        entries = entries.filter(kind__startswith=f"{group}.")
    if query:
        of_person = Q(who__icontains=query) | Q(user__first_name__icontains=query)
        entries = entries.filter(of_person | Q(subject__icontains=query) | Q(address__contains=query))
    found = list(entries.select_related("user").order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def find_names(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """The display names that the members whom these entries are about have now, by user name."""
    subjects = {entry.subject for entry in entries if entry.kind in MEMBER_KINDS}
    return {user.username: user.display_name for user in User.objects.filter(username__in=subjects)} if subjects else {}


def trim() -> None:
    """Delete what is past its time; a scheduled job."""
    AuditEntry.objects.filter(at__lt=timezone.now() - KEPT).delete()
    failures = AuditEntry.objects.filter(kind=FAILED)
    oldest_kept = failures.order_by("-id").values_list("pk", flat=True)[KEPT_FAILURES - 1 : KEPT_FAILURES].first()
    if oldest_kept is not None:
        failures.filter(pk__lt=oldest_kept).delete()
