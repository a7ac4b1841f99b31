"""Alerts and the numbered log of what happened to them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, NamedTuple

from django.conf import settings
from django.db import models

from belvedere.accounts.models import Site, Zone
from belvedere.devices.models import Device, Series
from belvedere.devices.names import make_name
from belvedere.rules.models import Rule, Severity
from belvedere.rules.names import find_names


class AlertState(models.TextChoices):
    """Life cycle; transitions.py holds the table of legal moves."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class EventKind(models.TextChoices):
    """What an entry of the log says."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    COMMENTED = "commented"
    ASSIGNED = "assigned"
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"


class CountedAs(NamedTuple):
    """What the counts of a site (counts.py) tell of an alert."""

    state: str
    severity: str
    silenced: bool

    @classmethod
    def of(cls, alert: Alert) -> CountedAs:
        """As it is now."""
        return cls(alert.state, alert.severity, alert.silenced_until_ms is not None)


class AlertLog(models.Model):
    """The counter of a site's log, locked by its writers (log.lock_log). log_id: another one after a restore."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="alert_log", primary_key=True)
    log_id = models.CharField(max_length=32)
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.site_id}#{self.seq}"


class Alert(models.Model):
    """One trouble from opening to resolution. Its subject is a series or a camera.

    subject: unique text of what it is about ("series:12", "camera:gate").
    open_key: rule and subject while the alert is not resolved, else NULL; unique, so that two are never open at once.
    device_name, zone, metric, unit: as they were when it opened, so that the log outlives what it tells of.
    title_code: the ready name of the rule (rules/names.py) where the title is one.
    words: title, device, zone and metric, folded for search; a ready name and a metric in all languages.
    value: the one that opened it. peak, peak_ms: the worst since, and when. cleared_value: the one that ended it; null
    where something else did. flaps: times it re-opened instead of repeating. spans, spans_joined: spans.py.
    silenced_until_ms: kept by silences.py while a silence covers it, else null.
    counted_as: as it was when it was read or last logged; None before that.
    *_ms: on the series' own time line, or the server's for what people did.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="alerts")
    rule = models.ForeignKey(Rule, on_delete=models.SET_NULL, null=True, related_name="alerts")
    series = models.ForeignKey(Series, on_delete=models.SET_NULL, null=True, related_name="alerts")
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, related_name="alerts")
    camera = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=100)
    device_name = models.CharField(max_length=120, blank=True)
    zone = models.CharField(max_length=120, blank=True)
    metric = models.CharField(max_length=64, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=120)
    title_code = models.CharField(max_length=40, blank=True, default="")
    severity = models.CharField(max_length=10, choices=Severity.choices)
    words = models.TextField(blank=True)
    condition = models.JSONField(default=dict)
    open_key = models.CharField(max_length=140, null=True, unique=True)
    state = models.CharField(max_length=12, choices=AlertState.choices, default=AlertState.OPEN)
    value = models.FloatField(null=True)
    peak = models.FloatField(null=True)
    peak_ms = models.BigIntegerField(null=True)
    cleared_value = models.FloatField(null=True)
    spans = models.JSONField(default=list)
    spans_joined = models.PositiveIntegerField(default=0)
    flaps = models.PositiveIntegerField(default=0)
    opened_ms = models.BigIntegerField()
    acknowledged_ms = models.BigIntegerField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    resolved_ms = models.BigIntegerField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    silenced_until_ms = models.BigIntegerField(null=True)
    last_seq = models.BigIntegerField(default=0)
    counted_as: CountedAs | None = None

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["site", "state", "-opened_ms"]),
            models.Index(fields=["site", "state", "severity", "silenced_until_ms"]),  # counts.py reads no row
            models.Index(fields=["site", "-opened_ms", "-id"]),
            models.Index(fields=["rule", "subject", "-id"]),
            models.Index(fields=["subject", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.state})"

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Alert:
        """Also in part, as where the site is deleted; then nothing is logged of it."""
        alert = super().from_db(db, field_names, values, **options)
        if len(field_names) == len(cls._meta.concrete_fields):
            alert.counted_as = CountedAs.of(alert)
        return alert

    def save(self, *args: Any, **kwargs: Any) -> None:
        """With what follows from other fields."""
        self.set_derived()
        super().save(*args, **kwargs)

    def set_derived(self) -> None:
        """Set open_key and words; to be called before each write of `state`, `rule`, `subject` or `title`."""
        names = find_names(self.title_code)
        self.words = make_name("", self.title, self.metric, self.device_name, self.zone, names).text
        owner = f"site:{self.site_id}" if self.rule_id is None else f"rule:{self.rule_id}"
        self.open_key = None if self.state == AlertState.RESOLVED else f"{owner}/{self.subject}"


class AlertEvent(models.Model):
    """One entry of a site's log.

    frame: the JSON text that clients are sent, with the alert as it was just after. source:
    "rule:subject:ts_ms:kind:row" of a transition, unique, so that a drain run twice adds nothing; null for
    what people did.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="alert_events")
    seq = models.BigIntegerField()
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=EventKind.choices)
    at_ms = models.BigIntegerField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField(blank=True)
    frame = models.TextField()
    source = models.CharField(max_length=200, null=True, unique=True)

    class Meta:
        ordering: ClassVar = ["site", "seq"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "seq"], name="gapless_log")]

    def __str__(self) -> str:
        return f"{self.site_id}#{self.seq} {self.kind}"


class OutboxCursor(models.Model):
    """How far the outbox of a readings store has been copied; one row a store (its id)."""

    store_id = models.CharField(max_length=32, primary_key=True)
    last_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.store_id}@{self.last_id}"


class Silence(models.Model):
    """A time in which alerts are made and logged, and nobody is called for them.

    It covers the alerts that agree with all of rule, series, device, zone and camera that are given: none of them, the
    whole site. Half-open, by the server's clock. ended_by: who ended it before its time; null where it ends by itself.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="silences")
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, null=True, related_name="silences")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, null=True, related_name="silences")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, null=True, related_name="silences")
    zone = models.ForeignKey(Zone, on_delete=models.CASCADE, null=True, related_name="silences")
    camera = models.CharField(max_length=64, blank=True)
    from_ms = models.BigIntegerField()
    to_ms = models.BigIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_ms = models.BigIntegerField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["site", "to_ms"])]

    def __str__(self) -> str:
        return f"{self.site_id} {self.from_ms} to {self.to_ms}"
