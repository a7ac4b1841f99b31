"""What is deleted is logged in the transaction that deletes, also when a camera goes with its site."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from belvedere.cameras.models import Camera
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append


@receiver(post_delete, sender=Camera)
def log_the_deletion(instance: Camera, **_kwargs: Any) -> None:
    """Its supervisor lets it go."""
    append(ChangeKind.CAMERA, instance.pk, site_id=instance.site_id)
