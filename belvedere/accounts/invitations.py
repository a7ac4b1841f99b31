"""How somebody becomes a member: invited by an owner, and asked.

What an owner is told never depends on whether a name is somebody's: an invitation for nobody waits like any other.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import structlog
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from belvedere.accounts import services
from belvedere.accounts.authentication import token_digest
from belvedere.accounts.backends import user_named
from belvedere.accounts.models import Invitation, Membership, Outcome, Role, Site, User
from belvedere.accounts.names import look_alike_keys, name_key
from belvedere.accounts.services import NewPerson
from belvedere.web_api.problems import Problem

log = structlog.get_logger(__name__)

EXPIRES_AFTER = timedelta(days=7)
MAX_PENDING = 50  # a site: a family or a shift; beyond, somebody tries names


def pending_of_site(site: Site) -> QuerySet[Invitation]:
    """What the owner waits for, newest first."""
    return Invitation.objects.pending(timezone.now()).filter(site=site).select_related("made_by").order_by("-id")


def pending_of_person(user: User) -> QuerySet[Invitation]:
    """What this person is asked, newest first."""
    rows = Invitation.objects.pending(timezone.now()).filter(invited=user)
    return rows.select_related("site", "made_by").order_by("-id")


# --- the owner


def person_known_as(name: str, email: str = "") -> User | None:
    """The account of this user name or one that looks like it, or of this address."""
    user = user_named(name) or User.objects.filter(name_key__in=look_alike_keys(name)).first()
    if user is None and email:
        user = user_named(email)
    return user


def do_invite(site: Site, owner: User, role: Role, name: str, person: User | None) -> Invitation:
    """Ask `person`, whom the owner called `name`. Raises 409 for a member, and where that name waits already."""
    with transaction.atomic():
        site = services.lock_site(site.pk)
        if person is not None and Membership.objects.filter(site=site, user=person).exists():
            raise Problem(409, "already_member", f"{name} is a member of this site already.")
        waiting = [name_key(known) for known in pending_of_site(site).values_list("name", flat=True)]
        if name_key(name) in waiting:
            raise Problem(409, "already_invited", f"{name} is invited already.")
        _check_place(len(waiting))
        invited = person if person is not None and person.is_active else None
        return _make(site, owner, role, name=name, invited=invited)


def do_invite_by_code(site: Site, owner: User, role: Role) -> tuple[Invitation, str]:
    """An invitation for whoever shows the code, once; the code is not kept."""
    code = secrets.token_urlsafe(24)
    with transaction.atomic():
        site = services.lock_site(site.pk)
        _check_place(pending_of_site(site).count())
        return _make(site, owner, role, digest=token_digest(code)), code


def do_add_or_invite(site: Site, owner: User, role: Role, person: NewPerson) -> Membership | None:
    """Make an account and a member of it; where the name or the address is somebody's, invite them instead (None).

    Raises as `do_invite` and `check_new_person` do, whichever it is.
    """
    user = services.checked_person(person)
    known = person_known_as(person.username, person.email)
    if known is None:
        with transaction.atomic():
            user = services.do_create_person(user, person.password)
            return services.do_add_member(site, user, role)
    make_password(person.password)  # as long as the other branch takes
    do_invite(site, owner, role, person.username, known)
    return None


def do_withdraw(invitation: Invitation) -> None:
    """Nobody can accept it any more."""
    _end(invitation, Outcome.WITHDRAWN, None)


def _check_place(pending: int) -> None:
    if pending >= MAX_PENDING:
        sentence = f"{MAX_PENDING} invitations wait for an answer: withdraw some first."
        raise Problem(409, "too_many_invitations", sentence)


def _make(
    site: Site, owner: User, role: Role, *, name: str = "", invited: User | None = None, digest: str | None = None
) -> Invitation:
    expires_at = timezone.now() + EXPIRES_AFTER
    made = Invitation.objects.create(
        site=site, role=role, name=name, invited=invited, digest=digest, made_by=owner, expires_at=expires_at
    )
    log.info("invitation_made", site=site.slug, role=role, by=owner.username, id=made.pk)
    return made


# --- the one who is invited


def check_code(code: str) -> Invitation:
    """The invitation of this code. Raises 403 for one that is unknown, used, withdrawn or too old."""
    rows = Invitation.objects.pending(timezone.now()).select_related("site", "made_by")
    invitation = rows.filter(digest=token_digest(code.strip())).first()
    if invitation is None:
        raise no_invitation()
    return invitation


def no_invitation() -> Problem:
    """Which of the reasons it is stays with the owner."""
    sentence = "This invitation is not known, was used or withdrawn, or has expired: ask for another."
    return Problem(403, "bad_invitation", sentence)


def do_accept(invitation: Invitation, user: User) -> Membership:
    """Become a member. Raises 403 where somebody was faster, or it ended meanwhile; 409 for a member."""
    with transaction.atomic():
        membership = services.do_add_member(invitation.site, user, Role(invitation.role))
        _end(invitation, Outcome.ACCEPTED, user)
        others = Invitation.objects.filter(site=invitation.site_id, invited=user, outcome="")
        others.update(outcome=Outcome.ACCEPTED, answered_at=timezone.now(), answered_by=user)
    return membership


def do_join(invitation: Invitation, person: NewPerson) -> User:
    """Make an account, a member of the site. Raises as `check_new_person` and `do_accept` do."""
    user = services.check_new_person(person)
    with transaction.atomic():
        user = services.do_create_person(user, person.password)
        do_accept(invitation, user)
    return user


def do_decline(invitation: Invitation, user: User) -> None:
    """The owner sees it no more among those that wait."""
    _end(invitation, Outcome.DECLINED, user)


def _end(invitation: Invitation, outcome: Outcome, by: User | None) -> None:
    """Compare and set: of two that answer at once one gets 403."""
    rows = Invitation.objects.pending(timezone.now()).filter(pk=invitation.pk)
    if not rows.update(outcome=outcome, answered_at=timezone.now(), answered_by=by):
        raise no_invitation()
    log.info("invitation_ended", site=invitation.site.slug, outcome=outcome, id=invitation.pk, by=by and by.username)
