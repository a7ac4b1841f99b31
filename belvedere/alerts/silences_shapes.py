"""The shapes of silences over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from belvedere.alerts.models import Silence

MOST = 2**53  # the numbers that every client can write
UNTIL = ("30_minutes", "2_hours", "morning")


class SilenceAlertSerializer(serializers.Serializer[Any]):
    """How long to be quiet about the rule of an alert, on its series; or about its camera."""

    until = serializers.ChoiceField(UNTIL, help_text="morning: 7:00 by the clock of the site.")
    reason = serializers.CharField(max_length=300, allow_blank=True, default="")


class SilenceSerializer(serializers.ModelSerializer[Silence]):
    """A time without calls. It covers what agrees with all that is named; the whole site where nothing is."""

    site = serializers.CharField(source="site.slug", help_text="Slug.")
    rule_name = serializers.CharField(source="rule.name", default=None, allow_null=True)
    rule_name_code = serializers.CharField(source="rule.name_code", default=None, allow_null=True)
    device = serializers.CharField(source="device_id", allow_null=True)
    series_name = serializers.CharField(
        source="series.name", default=None, allow_null=True, help_text="What its owner calls it; may be empty."
    )
    metric = serializers.CharField(source="series.metric", default=None, allow_null=True, help_text="Of the series.")
    device_name = serializers.SerializerMethodField(help_text="Of the device, or of the series' device.")
    zone_name = serializers.CharField(source="zone.name", default=None, allow_null=True)
    made_by = serializers.CharField(source="made_by.display_name", default=None, allow_null=True)
    ended_by = serializers.CharField(
        source="ended_by.display_name", default=None, allow_null=True, help_text="null where it ends by itself."
    )

    class Meta:
        model = Silence
        fields: ClassVar = [
            "id",
            "site",
            "rule",
            "rule_name",
            "rule_name_code",
            "series",
            "series_name",
            "metric",
            "device",
            "device_name",
            "zone",
            "zone_name",
            "camera",
            "from_ms",
            "to_ms",
            "reason",
            "made_by",
            "made_ms",
            "ended_by",
        ]

    def get_device_name(self, silence: Silence) -> str | None:
        """The name people know it by."""
        device = silence.device or (silence.series.device if silence.series else None)
        return device.name if device else None


class NewSilenceSerializer(serializers.Serializer[Any]):
    """What is to be quiet, and until when."""

    site = serializers.CharField(help_text="Slug.")
    rule = serializers.IntegerField(min_value=0, max_value=MOST, allow_null=True, default=None)
    series = serializers.IntegerField(min_value=0, max_value=MOST, allow_null=True, default=None)
    device = serializers.CharField(allow_null=True, default=None, max_length=64)
    zone = serializers.IntegerField(min_value=0, max_value=MOST, allow_null=True, default=None)
    camera = serializers.CharField(allow_blank=True, default="", max_length=64)
    from_ms = serializers.IntegerField(
        min_value=0, max_value=MOST, allow_null=True, default=None, help_text="null: from now on."
    )
    to_ms = serializers.IntegerField(min_value=0, max_value=MOST)
    reason = serializers.CharField(max_length=300, allow_blank=True, default="")
