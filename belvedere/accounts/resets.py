"""Links by which a person chooses a new password. An owner makes one and hands it over; no mail server is needed."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from belvedere.accounts import audit, services
from belvedere.accounts.authentication import digest_token
from belvedere.accounts.models import Membership, PasswordReset, Role, User
from belvedere.web_api.problems import Problem

EXPIRES_AFTER = timedelta(hours=24)


def check_may_reset(owner: User, membership: Membership) -> None:
    """Raise 409 for oneself, and for a member of a site that `owner` does not own: the account opens that one too."""
    if membership.user_id == owner.pk:
        raise Problem(409, "own_password", "Change your own password in your account.")
    owned = Membership.objects.filter(user=owner, role=Role.OWNER).values("site")
    if Membership.objects.filter(user=membership.user_id).exclude(site__in=owned).exists():
        sentence = "This person belongs to a site that you do not own: its owner would lose control of the account."
        raise Problem(409, "member_elsewhere", sentence)


@transaction.atomic
def do_make_reset(owner: User, membership: Membership) -> tuple[str, datetime]:
    """End the member's password and sessions; gives the code of the link and its end. The code is not stored."""
    user, code = membership.user, secrets.token_urlsafe(24)
    expires_at = timezone.now() + EXPIRES_AFTER
    fields = {"digest": digest_token(code), "made_by": owner, "expires_at": expires_at}
    PasswordReset.objects.update_or_create(user=user, defaults=fields)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    audit.record("member.password_reset", user.username, site_id=membership.site_id)
    services.do_end_sessions(user)
    return code, expires_at


def check_code(code: str) -> PasswordReset:
    """The reset of this code. Raises 403 for one that is unknown, used, replaced or expired."""
    rows = PasswordReset.objects.filter(expires_at__gt=timezone.now(), user__is_active=True).select_related("user")
    reset = rows.filter(digest=digest_token(code.strip())).first()
    if reset is None:
        raise _refuse_reset()
    return reset


def _refuse_reset() -> Problem:
    """One problem for all reasons, so that a stranger does not learn which it is."""
    return Problem(403, "bad_reset", "This link is not known, was used or has expired: ask for another.")


@transaction.atomic
def do_use_reset(reset: PasswordReset, password: str) -> User:
    """Set a validated password. Of two at once one gets 403."""
    if not PasswordReset.objects.filter(pk=reset.pk, digest=reset.digest).delete()[0]:
        raise _refuse_reset()
    services.do_change_password(reset.user, password)
    return reset.user
