"""What is deleted here is recorded in the transaction that deletes, also when it goes with its device or site."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from belvedere.devices.models import DeletedSeries, Device, Series
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append


@receiver(post_delete, sender=Series)
def record_the_deletion(instance: Series, **_kwargs: Any) -> None:
    """So that readings.db may forget it too."""
    DeletedSeries.objects.get_or_create(series_id=instance.pk)


@receiver(pre_delete, sender=Device)
def note_its_series(instance: Device, **_kwargs: Any) -> None:
    """They are gone before the device is."""
    instance.series_before = list(instance.series.values_list("pk", flat=True))


@receiver(post_delete, sender=Device)
def log_the_deletion(instance: Device, **_kwargs: Any) -> None:
    """After the series and rules have gone, and their alerts are resolved."""
    append(
        ChangeKind.DEVICE_DELETED,
        instance.pk,
        data_key=instance.data_key,
        site_id=instance.site_id,
        series=instance.series_before,
    )
