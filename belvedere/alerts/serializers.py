"""The shapes of alerts over REST. AlertSerializer describes what log.body_of returns."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from belvedere.alerts.models import AlertState, EventKind
from belvedere.rules.models import Severity
from belvedere.rules.serializers import KINDS


class CameraOfflineConditionSerializer(serializers.Serializer[Any]):
    """No rule's: a camera gives no picture."""

    kind = serializers.ChoiceField(["camera_offline"])


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="AlertCondition",
        serializers={**KINDS, "camera_offline": CameraOfflineConditionSerializer},
        resource_type_field_name="kind",
    )
)
class AlertConditionField(serializers.JSONField):
    """The rule's condition as it was when the alert opened."""


class AlertSerializer(serializers.Serializer[Any]):
    """One trouble from opening to resolution. Times are on the series' own time line."""

    id = serializers.IntegerField()
    site = serializers.CharField(help_text="Slug.")
    rule = serializers.IntegerField(allow_null=True)
    series = serializers.IntegerField(allow_null=True)
    device = serializers.CharField(allow_null=True)
    device_name = serializers.CharField(help_text="As it was when the alert opened; zone, metric and unit too.")
    camera = serializers.CharField(help_text='Id of the camera it is about, or "".')
    zone = serializers.CharField(help_text='Name of the zone, or "".')
    metric = serializers.CharField()
    unit = serializers.CharField()
    title = serializers.CharField()
    severity = serializers.ChoiceField(Severity.choices)
    state = serializers.ChoiceField(AlertState.choices)
    condition = AlertConditionField()
    value = serializers.FloatField(allow_null=True, help_text="What opened it.")
    peak = serializers.FloatField(allow_null=True, help_text="The worst since.")
    flaps = serializers.IntegerField(help_text="How often it came back within 5 min.")
    opened_ms = serializers.IntegerField()
    acknowledged_ms = serializers.IntegerField(allow_null=True)
    acknowledged_by = serializers.CharField(allow_null=True)
    resolved_ms = serializers.IntegerField(allow_null=True)
    resolved_by = serializers.CharField(allow_null=True, help_text="null where it ended by itself.")
    last_seq = serializers.IntegerField(help_text="Number of its newest event.")


class AlertEventSerializer(serializers.Serializer[Any]):
    """One line of an alert's own history."""

    seq = serializers.IntegerField()
    kind = serializers.ChoiceField(EventKind.choices)
    at_ms = serializers.IntegerField()
    actor = serializers.CharField(allow_null=True)
    text = serializers.CharField()


class AlertDetailSerializer(AlertSerializer):
    """An alert with its history, oldest first."""

    events = AlertEventSerializer(many=True)


class AlertPageSerializer(serializers.Serializer[Any]):
    """Newest first."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = AlertSerializer(many=True)


class AlertFrameSerializer(serializers.Serializer[Any]):
    """An entry of the log, exactly as it goes over the socket."""

    type = serializers.ChoiceField(["event"])
    seq = serializers.IntegerField()
    kind = serializers.ChoiceField(EventKind.choices)
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    alert = AlertSerializer()


class AlertLogPageSerializer(serializers.Serializer[Any]):
    """What follows `after`. seq: where the log stands, so that the caller knows whether there is more."""

    log_id = serializers.CharField()
    seq = serializers.IntegerField()
    events = AlertFrameSerializer(many=True)


class CommentSerializer(serializers.Serializer[Any]):
    """What somebody says."""

    text = serializers.CharField(max_length=2000)
