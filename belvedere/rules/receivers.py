"""What belongs into the transaction in which a site is made or a rule is deleted."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.signals import post_delete
from django.dispatch import receiver

from belvedere.accounts.models import Site
from belvedere.accounts.signals import site_created
from belvedere.devices.models import Device
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append
from belvedere.rules import services
from belvedere.rules.models import Rule


@receiver(site_created)
def give_a_new_site_its_templates(site: Site, **_kwargs: Any) -> None:
    """Each site begins with them."""
    services.do_create_templates(site)


@receiver(post_delete, sender=Rule)
def log_the_deletion(instance: Rule, origin: Any, **_kwargs: Any) -> None:
    """Also when its site goes. That of a device says enough: one line in the log for all that goes with it."""
    deleted = origin.model if isinstance(origin, QuerySet) else type(origin)
    if deleted is not Device:
        append(ChangeKind.RULE, instance.pk, site_id=instance.site_id)
