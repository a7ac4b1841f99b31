"""Closes accounts and sites, and ends a membership of one's own."""

from __future__ import annotations

import structlog
from django.db import transaction

from belvedere.accounts import audit, services
from belvedere.accounts.models import Membership, Role, Site, User
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append
from belvedere.web_api.problems import Problem

log = structlog.get_logger(__name__)


def do_close_account(user: User) -> None:
    """End sessions, tokens and memberships, and delete e-mail and full name.

    The row and the user name stay, so that nobody else can take the name: alerts and comments show it.
    Raises 409 with the names of the sites that would have no owner.
    """
    with transaction.atomic():
        memberships = Membership.objects.filter(user=user).order_by("site_id")
        owned = [services.lock_site(row.site_id) for row in memberships.filter(role=Role.OWNER)]
        orphans = [site.name for site in owned if not services.has_other_owner(site.pk, user.pk)]
        if orphans:
            sentence = f"Make somebody else owner first, of: {', '.join(orphans)}."
            raise Problem(409, "last_owner", sentence, errors={"sites": orphans})
        left = list(memberships.values_list("site_id", flat=True))
        memberships.delete()
        user.tokens.all().delete()
        user.is_active = False
        user.email = user.first_name = user.last_name = ""
        user.set_unusable_password()
        user.save()
        for site_id in left:
            audit.record("member.left", user.username, site_id=site_id, who=user)
        audit.record("account.closed", who=user)
        services.do_end_sessions(user)
    log.info("account_closed", name=user.username)


@transaction.atomic
def do_leave_site(membership: Membership) -> None:
    """End the person's own membership at a locked site; the account stays. Raises 409 for the last owner."""
    services.check_keeps_an_owner(membership)
    audit.record("member.left", membership.user.username, site_id=membership.site_id)
    membership.delete()
    append(ChangeKind.PERSON, membership.user_id, site_id=membership.site_id)


@transaction.atomic
def do_delete_site(site: Site, owner: User, typed_name: str) -> None:
    """Delete a locked site and all it has; readings follow with the next retention run. Raises 409 for another name."""
    if typed_name.strip() != site.name.strip():
        raise Problem(409, "other_name", "Type the name of the site as it is written.", errors={"name": [site.name]})
    audit.record("site.deleted", site.name, who=owner)
    site.delete()
