"""The tables of the registry's log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from belvedere.domain.changes import ChangeKind


class RegistryCounter(models.Model):
    """The number of the newest change, in one row. Whoever appends holds it until the commit."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    n = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.n)


class RegistryChange(models.Model):
    """One change (domain/changes.py). n: in the order of the commits, without gaps; the oldest are trimmed."""

    n = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in ChangeKind])
    key = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    at_ms = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["n"]

    def __str__(self) -> str:
        return f"{self.n} {self.kind} {self.key}"
