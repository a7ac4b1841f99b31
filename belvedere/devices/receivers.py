"""What is deleted here is recorded, so that readings.db may forget it too."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from belvedere.devices.models import DeletedSeries, Series


@receiver(post_delete, sender=Series)
def record_the_deletion(instance: Series, **_kwargs: Any) -> None:
    """In the transaction that deletes, also when a series goes because its device or site went."""
    DeletedSeries.objects.get_or_create(series_id=instance.pk)
