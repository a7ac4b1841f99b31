"""New sites get their ready rules; whoever holds rules in memory learns of every change after its commit."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from belvedere.accounts.models import Site
from belvedere.accounts.signals import site_created
from belvedere.rules import services
from belvedere.rules.models import Rule
from belvedere.rules.signals import rules_changed


@receiver(site_created)
def give_a_new_site_its_templates(site: Site, **_kwargs: Any) -> None:
    """In the transaction that makes the site."""
    services.do_create_templates(site)


@receiver([post_save, post_delete], sender=Rule)
def tell_that_rules_changed(**_kwargs: Any) -> None:
    """Also when a rule goes because its device went."""
    transaction.on_commit(_tell)


def _tell() -> None:
    rules_changed.send_robust(sender=Rule)
