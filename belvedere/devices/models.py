"""Devices, what they may write, and what they measure."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from belvedere.accounts.models import Site, Zone
from belvedere.domain.metrics import Kind

DEVICE_ID = RegexValidator(r"^[A-Za-z0-9_-]{1,64}\Z", "Use letters, digits, _ and -, at most 64 characters.")


def new_data_key() -> str:
    """With a colon, which no device id has: devices of before there were such keys have their id for one."""
    return f":{secrets.token_hex(8)}"


class Device(models.Model):
    """Something that sends readings. Its id is its MQTT user name; its secret is stored as a keyed hash.

    data_key: what readings.db knows it by. It is never used again, so a device made anew with an old id, perhaps at
    another site, finds nothing of the old one.
    digest: hex HMAC-SHA256 of the secret, empty when the credential is revoked.
    last_seen_ms, online, clock_skew_ms, protocol: presence, written in bulk by devices/presence.py.
    troubles: [at_ms, code, detail] of the last ones, the newest first, written in bulk by devices/troubles.py.
    retired_at: since when it is out of use, None while it is used. It keeps its history, cannot connect, and no rule
    watches it.
    """

    id = models.CharField(primary_key=True, max_length=64, validators=[DEVICE_ID])
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="devices")
    zone = models.ForeignKey(Zone, on_delete=models.SET_NULL, null=True, blank=True, related_name="devices")
    name = models.CharField(max_length=120)
    data_key = models.CharField(max_length=64, unique=True, editable=False, default=new_data_key)
    digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)
    last_seen_ms = models.BigIntegerField(null=True)
    online = models.BooleanField(default=False)
    clock_skew_ms = models.BigIntegerField(null=True)
    protocol = models.CharField(max_length=20, blank=True)
    troubles = models.JSONField(default=list, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    series_before: list[int]  # while it is deleted (receivers.py)

    def __str__(self) -> str:
        return self.id


class Series(models.Model):
    """One metric of one device: what is charted, polled and ruled on.

    freshness_seconds: budget set by a person; None = derived from interval_ms.
    interval_ms: the reporting interval as observed (median), None until known.
    decimals: how many are shown; None = by its data.
    on_word, off_word: what 1 and 0 of a binary one are called; "" = as its metric has it.
    """

    MOST_DECIMALS: ClassVar = 6

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="series")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="series")
    metric = models.CharField(max_length=64)
    name = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in Kind], default=Kind.NUMBER)
    freshness_seconds = models.PositiveIntegerField(null=True)
    interval_ms = models.PositiveIntegerField(null=True)
    raw_days = models.PositiveIntegerField(default=30)
    tier_days = models.PositiveIntegerField(default=366)
    decimals = models.PositiveSmallIntegerField(null=True, blank=True)
    on_word = models.CharField(max_length=24, blank=True, default="")
    off_word = models.CharField(max_length=24, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "metric"], name="one_series_a_metric")]

    def __str__(self) -> str:
        return f"{self.device_id}/{self.metric}"


class PresenceEndpoint(models.Model):
    """A process of a cluster that devices connect to (endpoint_presence.py). beat: rises while it is alive."""

    name = models.CharField(primary_key=True, max_length=32)
    beat = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class PresenceNumber(models.Model):
    """The number of the last write of presence in which a device of a site came or went; site 0: of the last write."""

    site_id = models.BigIntegerField(primary_key=True)
    n = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.site_id} {self.n}"


class DevicePresence(models.Model):
    """A device as one endpoint knows it. device_key: its id, which may be gone. n: the number of the last write."""

    device_key = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=32, db_index=True)
    online = models.BooleanField()
    last_seen_ms = models.BigIntegerField(null=True)
    clock_skew_ms = models.BigIntegerField(null=True)
    protocol = models.CharField(max_length=20, blank=True)
    n = models.PositiveBigIntegerField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device_key", "endpoint"], name="one_presence_an_endpoint")
        ]

    def __str__(self) -> str:
        return f"{self.device_key} at {self.endpoint}"


class DeletedSeries(models.Model):
    """The id of a series that was deleted, written with the deletion itself (receivers.py) and kept for good.

    Only these are purged from readings.db: a series without a row may be one of a newer registry than this.
    """

    series_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.series_id)
