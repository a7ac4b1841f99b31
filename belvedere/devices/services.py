"""Writing devices. What is deleted is logged by receivers.py, because it may go with its site."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from belvedere.accounts import audit
from belvedere.accounts.keys import hash_with_key
from belvedere.accounts.models import Site
from belvedere.accounts.services import lock_row
from belvedere.accounts.zones import find_or_make_zone
from belvedere.devices.models import Device, Series
from belvedere.domain.changes import ChangeKind
from belvedere.domain.metrics import METRICS
from belvedere.registry.log import append
from belvedere.web_api.problems import Problem


def hash_secret(secret: str) -> str:
    """How a device's secret is stored and looked up."""
    return hash_with_key(settings.KEYS.digest_key, secret)


def _make_secret() -> str:
    return secrets.token_urlsafe(32)


def lock_device(device_id: str) -> Device:
    """The device's row, held until the end of the transaction; 404 where it is gone meanwhile."""
    return lock_row(Device.objects.all(), device_id)


def lock_series(series_id: int) -> Series:
    """The series' row, held until the end of the transaction; 404 where it is gone meanwhile."""
    return lock_row(Series.objects.all(), series_id)


def do_create_device(site: Site, device_id: str, name: str, zone_name: str | None = None) -> tuple[Device, str]:
    """A device and its secret, which is not kept. Raises 409 where the id is taken, here or at another site."""
    secret = _make_secret()
    with transaction.atomic():
        zone = find_or_make_zone(site, zone_name)
        try:
            with transaction.atomic():
                device = Device.objects.create(
                    id=device_id, site=site, name=name, zone=zone, digest=hash_secret(secret)
                )
        except IntegrityError as error:
            raise Problem(409, "device_id_taken", "Another device has this id already: choose another.") from error
        audit.record("device.created", device.name, site_id=site.pk, id=device_id)
        append(ChangeKind.DEVICE, device_id, site_id=site.pk)
    return device, secret


@transaction.atomic
def _save(device: Device, done: str, **told: Any) -> None:
    """done: the kind of the audit entry. told: what readers of the registry's log need to know of this edit."""
    device.version += 1
    device.save(update_fields=["name", "zone", "digest", "retired_at", "version"])
    audit.record(done, device.name, site_id=device.site_id, id=device.pk)
    append(ChangeKind.DEVICE, device.pk, site_id=device.site_id, **told)


def do_update_device(device: Device, changes: dict[str, Any]) -> None:
    """Name, zone by name (None takes it out of its zone), and whether it is retired, of a locked device.

    Who retires a device that is retired already changes nothing of that.
    """
    device.name = changes.get("name", device.name)
    if "zone" in changes:
        device.zone = find_or_make_zone(device.site, changes["zone"])
    retired = changes.get("retired", device.retired_at is not None)
    if retired == (device.retired_at is not None):
        _save(device, "device.changed")
        return
    device.retired_at = timezone.now() if retired else None
    _save(device, "device.retired" if retired else "device.brought_back", retired=retired)


def do_rotate_credential(device: Device) -> str:
    """A new secret for a locked device; the old one opens nothing, and the device is disconnected."""
    secret = _make_secret()
    device.digest = hash_secret(secret)
    _save(device, "device.secret_changed")
    return secret


def do_revoke_credential(device: Device) -> None:
    """No secret opens a locked device's account until a new one is made; it is disconnected."""
    device.digest = ""
    _save(device, "device.secret_revoked")


def do_delete_device(device: Device) -> None:
    """The device, its series and their rules are gone; their readings follow with the next retention run."""
    audit.record("device.deleted", device.name, site_id=device.site_id, id=device.pk)
    device.delete()


def check_kind(series: Series, kind: str) -> None:
    """Raise 409 where the metric's name says the kind: what devices send under it is checked by that."""
    known = METRICS.get(series.metric)
    if known is not None and kind != known.kind:
        sentence = f"The metric {series.metric} is always of the kind {known.kind}: send another kind by another name."
        raise Problem(409, "kind_is_fixed", sentence)


@transaction.atomic
def do_update_series(series: Series, changes: dict[str, Any]) -> None:
    """Write the changed fields of a locked series."""
    for field, value in changes.items():
        setattr(series, field, value)
    series.version += 1
    series.save(update_fields=[*changes, "version"])
    audit.record("device.series_changed", str(series), site_id=series.site_id, id=series.pk, fields=sorted(changes))
    append(ChangeKind.SERIES, series.device_id, site_id=series.site_id)
