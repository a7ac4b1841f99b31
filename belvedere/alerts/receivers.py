"""Alerts whose rule or series goes away are resolved in the same transaction: nothing would ever clear them."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver

from belvedere.accounts.models import Site
from belvedere.alerts import services
from belvedere.alerts.models import Alert
from belvedere.devices.models import Device, Series
from belvedere.domain.times import now_ms
from belvedere.rules.book import WatchedSeries, covers, make_scope
from belvedere.rules.models import Rule


@receiver(pre_delete, sender=Rule)
def resolve_alerts_of_a_deleted_rule(instance: Rule, origin: Any, **_kwargs: Any) -> None:
    """Not where the whole site goes: its log goes with it."""
    if not isinstance(origin, Site):
        services.resolve_all(Alert.objects.filter(rule=instance), now_ms(), "The rule was deleted.")


@receiver(pre_delete, sender=Series)
def resolve_alerts_of_a_deleted_series(instance: Series, origin: Any, **_kwargs: Any) -> None:
    """Also when its device is deleted."""
    if not isinstance(origin, Site):
        services.resolve_all(Alert.objects.filter(series=instance), now_ms(), "The device was deleted.")


@receiver(post_save, sender=Device)
def resolve_alerts_of_a_retired_device(instance: Device, **_kwargs: Any) -> None:
    """No rule watches it any more."""
    if instance.retired_at is not None:
        services.resolve_all(Alert.objects.filter(series__device=instance), now_ms(), "The device was retired.")


@receiver(post_save, sender=Rule)
def resolve_alerts_that_the_rule_left_behind(instance: Rule, created: bool, **_kwargs: Any) -> None:
    """An edit can switch the rule off, or make it look elsewhere."""
    if created:
        return
    alerts = Alert.objects.filter(rule=instance)
    if not instance.enabled:
        services.resolve_all(alerts, now_ms(), "The rule was switched off.")
        return
    scope = make_scope(instance)
    watched = Series.objects.filter(alerts__in=alerts.exclude(state="resolved"))
    left = [
        row[0]
        for row in watched.values_list("id", "device_id", "site_id", "metric")
        if not covers(scope, WatchedSeries(*row))
    ]
    if left:
        services.resolve_all(alerts.filter(series__in=left), now_ms(), "The rule looks elsewhere now.")
