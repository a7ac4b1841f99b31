"""What the stream keeps in the registry's database."""

from __future__ import annotations

from django.db import models


class EndpointMark(models.Model):
    """How far one endpoint has heard its devices (inlet.Mark). written_at: the database's time, s."""

    endpoint = models.CharField(max_length=64, primary_key=True)
    heard_since_ms = models.BigIntegerField()
    low_ms = models.BigIntegerField()
    written_at = models.BigIntegerField()

    class Meta:
        app_label = "kafka_stream"
