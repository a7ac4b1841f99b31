"""What the stream keeps in the registry's database."""

from __future__ import annotations

from django.db import models


class EndpointMark(models.Model):
    """How far one endpoint has heard its devices (inlet.Mark). written_at: the database's time, s.

    heard_since_ms: since when it, or others of its kind before and beside it, have heard them without a long pause.
    low_ms: 0 once it has stopped. began_ms, before_ms: its own last pause, from `before_ms` to `began_ms`.
    """

    endpoint = models.CharField(max_length=64, primary_key=True)
    heard_since_ms = models.BigIntegerField()
    low_ms = models.BigIntegerField()
    began_ms = models.BigIntegerField(default=0, db_default=0)
    before_ms = models.BigIntegerField(default=0, db_default=0)
    written_at = models.BigIntegerField()

    class Meta:
        app_label = "kafka_stream"
