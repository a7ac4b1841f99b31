"""What is deleted is logged in the transaction that deletes: with a site go the rights of its members.

And each sign-in is noted for the person's list of sessions.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import user_logged_in
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver
from django.http import HttpRequest

from belvedere.accounts.browsers import note_session
from belvedere.accounts.models import Site, User
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append_each


@receiver(pre_delete, sender=Site)
def note_its_members(instance: Site, **_kwargs: Any) -> None:
    """The memberships are gone before the site is."""
    instance.members_before = list(instance.memberships.values_list("user_id", flat=True))


@receiver(post_delete, sender=Site)
def log_the_deletion(instance: Site, **_kwargs: Any) -> None:
    """Devices, rules and cameras of the site have been logged by their own apps."""
    append_each(ChangeKind.PERSON, instance.members_before)


@receiver(user_logged_in)
def list_the_session(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """However the person signed in."""
    note_session(request, user)
