"""Invitations to become a member of a site.

The answers to an owner never show whether an account of a name exists: an invitation for an unknown name is made too,
and waits like any other.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import structlog
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from belvedere.accounts import audit, services
from belvedere.accounts.authentication import digest_token
from belvedere.accounts.backends import find_user
from belvedere.accounts.models import Invitation, Membership, Outcome, Role, Site, User
from belvedere.accounts.names import look_alike_keys, name_key
from belvedere.accounts.services import NewPerson
from belvedere.web_api.problems import Problem

log = structlog.get_logger(__name__)

EXPIRES_AFTER = timedelta(days=7)
MAX_PENDING = 50  # a site; more than a family or a shift needs


def list_pending_of_site(site: Site) -> QuerySet[Invitation]:
    """The invitations of the site that can be accepted, newest first."""
    return Invitation.objects.pending(timezone.now()).filter(site=site).select_related("made_by").order_by("-id")


def list_pending_of_person(user: User) -> QuerySet[Invitation]:
    """The invitations that this person can accept, newest first."""
    rows = Invitation.objects.pending(timezone.now()).filter(invited=user)
    return rows.select_related("site", "made_by").order_by("-id")


# --- the owner


def find_known_person(name: str, email: str = "") -> User | None:
    """The account of this user name, of one that looks like it, or of this e-mail address."""
    user = find_user(name) or User.objects.filter(name_key__in=look_alike_keys(name)).first()
    if user is None and email:
        user = find_user(email)
    return user


def do_invite(site: Site, owner: User, role: Role, name: str, person: User | None) -> Invitation:
    """Invite `person`, whom the owner called `name`. Raises 409 for a member and for a name that is invited already."""
    with transaction.atomic():
        site = services.lock_site(site.pk)
        if person is not None and Membership.objects.filter(site=site, user=person).exists():
            raise Problem(409, "already_member", f"{name} is a member of this site already.")
        waiting = [name_key(known) for known in list_pending_of_site(site).values_list("name", flat=True)]
        if name_key(name) in waiting:
            raise Problem(409, "already_invited", f"{name} is invited already.")
        _check_room(len(waiting))
        invited = person if person is not None and person.is_active else None
        return _create_invitation(site, owner, role, name=name, invited=invited)


def do_invite_by_code(site: Site, owner: User, role: Role) -> tuple[Invitation, str]:
    """Create an invitation that the first who shows the code can accept; the code is not stored."""
    code = secrets.token_urlsafe(24)
    with transaction.atomic():
        site = services.lock_site(site.pk)
        _check_room(list_pending_of_site(site).count())
        return _create_invitation(site, owner, role, digest=digest_token(code)), code


def do_add_or_invite(site: Site, owner: User, role: Role, person: NewPerson) -> Membership | None:
    """Create an account that is a member; where the name or address has an account, invite that one and give None.

    Raises as `do_invite` and `check_person` do.
    """
    user = services.check_person(person)
    known = find_known_person(person.username, person.email)
    if known is None:
        with transaction.atomic():
            user = services.do_create_person(user, person.password)
            return services.do_add_member(site, user, role, by=owner)
    make_password(person.password)  # as long as the other branch takes
    do_invite(site, owner, role, person.username, known)
    return None


@transaction.atomic
def do_withdraw(invitation: Invitation) -> None:
    """Withdraw the invitation: nobody can accept it any more."""
    _end_invitation(invitation, Outcome.WITHDRAWN, None)
    audit.record("member.invitation_withdrawn", invitation.name, site_id=invitation.site_id)


def _check_room(pending: int) -> None:
    if pending >= MAX_PENDING:
        sentence = f"{MAX_PENDING} invitations wait for an answer: withdraw some first."
        raise Problem(409, "too_many_invitations", sentence)


def _create_invitation(
    site: Site, owner: User, role: Role, *, name: str = "", invited: User | None = None, digest: str | None = None
) -> Invitation:
    expires_at = timezone.now() + EXPIRES_AFTER
    made = Invitation.objects.create(
        site=site, role=role, name=name, invited=invited, digest=digest, made_by=owner, expires_at=expires_at
    )
    audit.record("member.invited", name, site_id=site.pk, role=role.value)
    log.info("invitation_made", site=site.slug, role=role, by=owner.username, id=made.pk)
    return made


# --- the invited person


def check_code(code: str) -> Invitation:
    """The invitation of this code. Raises 403 for one that is unknown, used, withdrawn or expired."""
    rows = Invitation.objects.pending(timezone.now()).select_related("site", "made_by")
    invitation = rows.filter(digest=digest_token(code.strip())).first()
    if invitation is None:
        raise no_invitation()
    return invitation


def no_invitation() -> Problem:
    """One problem for all reasons, so that a stranger does not learn which it is."""
    sentence = "This invitation is not known, was used or withdrawn, or has expired: ask for another."
    return Problem(403, "bad_invitation", sentence)


def do_accept(invitation: Invitation, user: User) -> Membership:
    """Make the user a member. Raises 403 where the invitation ended meanwhile, 409 for a member."""
    with transaction.atomic():
        membership = services.do_add_member(invitation.site, user, Role(invitation.role), by=user)
        _end_invitation(invitation, Outcome.ACCEPTED, user)
        others = Invitation.objects.filter(site=invitation.site_id, invited=user, outcome="")
        others.update(outcome=Outcome.ACCEPTED, answered_at=timezone.now(), answered_by=user)
    return membership


def do_join(invitation: Invitation, person: NewPerson) -> User:
    """Create an account that is a member of the site. Raises as `check_new_person` and `do_accept` do."""
    user = services.check_new_person(person)
    with transaction.atomic():
        user = services.do_create_person(user, person.password)
        do_accept(invitation, user)
    return user


def do_decline(invitation: Invitation, user: User) -> None:
    """Decline the invitation; the owner's list does not show it any more."""
    _end_invitation(invitation, Outcome.DECLINED, user)


def _end_invitation(invitation: Invitation, outcome: Outcome, by: User | None) -> None:
    """Set the outcome by compare-and-set: of two answers at once one gets 403."""
    rows = Invitation.objects.pending(timezone.now()).filter(pk=invitation.pk)
    if not rows.update(outcome=outcome, answered_at=timezone.now(), answered_by=by):
        raise no_invitation()
    log.info("invitation_ended", site=invitation.site.slug, outcome=outcome, id=invitation.pk, by=by and by.username)
