"""Closes an account."""

from __future__ import annotations

import structlog
from django.db import transaction

from belvedere.accounts import services
from belvedere.accounts.models import Membership, Role, User
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
        memberships.delete()
        user.tokens.all().delete()
        user.is_active = False
        user.email = user.first_name = user.last_name = ""
        user.set_unusable_password()
        user.save()
        services.do_end_sessions(user)
    log.info("account_closed", name=user.username)
