"""What is worth an alert."""

from __future__ import annotations

from django.db import models

from belvedere.accounts.models import Site
from belvedere.devices.models import Device, Series


class Severity(models.TextChoices):
    """How bad it is, mildest first."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Applies(models.TextChoices):
    """Whether a rule minds the away switch of its site."""

    ALWAYS = "always"
    AWAY = "away"
    HOME = "home"


class Rule(models.Model):
    """A condition on one series, a metric of one device, or a metric of the whole site.

    condition: the JSON of rules/conditions.py, validated there. schedule: that of rules/schedules.py, None for all
    hours. Outside it, and while the away switch of the site says so (`applies`), the rule is suspended. name_code: the
    ready name (rules/names.py) that it still has, so that each reader has it in their language; "" once somebody named
    it. version rises with each edit (If-Match).
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="rules")
    name = models.CharField(max_length=120)
    name_code = models.CharField(max_length=40, blank=True, default="")
    metric = models.CharField(max_length=64)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, null=True, blank=True, related_name="rules")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, null=True, blank=True, related_name="rules")
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.WARNING)
    condition = models.JSONField()
    schedule = models.JSONField(null=True, blank=True)
    applies = models.CharField(max_length=10, choices=Applies.choices, default=Applies.ALWAYS)
    enabled = models.BooleanField(default=True)
    template = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name
