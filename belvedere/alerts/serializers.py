"""The shapes of alerts over REST. AlertSerializer describes what log.body_of returns."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from belvedere.alerts.models import AlertState, EventKind
from belvedere.alerts.several import MOST
from belvedere.rules.models import Severity
from belvedere.rules.names import READY_NAMES
from belvedere.rules.serializers import KINDS


class CameraOfflineConditionSerializer(serializers.Serializer[Any]):
    """No rule's: a camera gives no picture. Alerts of older versions have no more than the kind and the reason."""

    kind = serializers.ChoiceField(["camera_offline"])
    code = serializers.CharField(required=False, help_text="`state_code` of the camera when the alert opened.")
    reason = serializers.CharField(required=False, help_text="The same for people, in English.")
    never_live = serializers.BooleanField(required=False, help_text="It has not shown a picture since it was added.")


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
    title_code = serializers.ChoiceField(
        list(READY_NAMES),
        allow_blank=True,
        help_text="The ready name of its rule, where the title is one. Not in entries of older versions.",
    )
    severity = serializers.ChoiceField(Severity.choices)
    state = serializers.ChoiceField(AlertState.choices)
    condition = AlertConditionField()
    value = serializers.FloatField(allow_null=True, help_text="What opened it.")
    peak = serializers.FloatField(allow_null=True, help_text="The worst since.")
    peak_ms = serializers.IntegerField(allow_null=True, help_text="When that was; null where it is not known.")
    cleared_value = serializers.FloatField(allow_null=True, help_text="What ended it; null where no value did.")
    spans = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(allow_null=True), min_length=2, max_length=2),
        help_text="When it was raised: [from_ms, to_ms], to_ms null while it is. Between them it was not beyond.",
    )
    spans_joined = serializers.IntegerField(help_text="Pauses that were left out of `spans`: the shortest of over 99.")
    flaps = serializers.IntegerField(help_text="How often it came back within 5 min.")
    opened_ms = serializers.IntegerField()
    acknowledged_ms = serializers.IntegerField(allow_null=True)
    acknowledged_by = serializers.CharField(allow_null=True)
    resolved_ms = serializers.IntegerField(allow_null=True)
    resolved_by = serializers.CharField(allow_null=True, help_text="null where it ended by itself.")
    assigned_to = serializers.CharField(allow_null=True, help_text="Name of whoever takes care of it.")
    assigned_username = serializers.CharField(allow_null=True)
    silenced_until_ms = serializers.IntegerField(
        allow_null=True, help_text="While a silence covers it: when that ends. Nobody is called for it."
    )
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


class AlertCountsSerializer(serializers.Serializer[Any]):
    """The alerts of a site that are not over."""

    active = serializers.IntegerField(help_text="open + acknowledged")
    open = serializers.IntegerField()
    acknowledged = serializers.IntegerField()
    silenced = serializers.IntegerField(help_text="Of those that are open.")
    critical = serializers.IntegerField(help_text="Of the active ones; warning and info too.")
    warning = serializers.IntegerField()
    info = serializers.IntegerField()


class ZoneCountsSerializer(AlertCountsSerializer):
    """Of one zone. null: what is in none."""

    zone = serializers.IntegerField(allow_null=True)


class SeriesCountsSerializer(AlertCountsSerializer):
    """Of one series."""

    series = serializers.IntegerField()


class SiteCountsSerializer(AlertCountsSerializer):
    """by_zone, by_series: only where asked for; those without active alerts are left out."""

    seq = serializers.IntegerField(help_text="Number of an event that these counts include.")
    by_zone = ZoneCountsSerializer(many=True, required=False)
    by_series = SeriesCountsSerializer(many=True, required=False)


class AlertFrameSerializer(serializers.Serializer[Any]):
    """An entry of the log, exactly as it goes over the socket."""

    type = serializers.ChoiceField(["event"])
    seq = serializers.IntegerField()
    kind = serializers.ChoiceField(EventKind.choices)
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    alert = AlertSerializer()
    counts = AlertCountsSerializer(required=False, help_text="As of the commit; not in entries of older versions.")
    sent_ms = serializers.IntegerField(required=False, help_text="When the server committed and sent it.")


class AlertLogPageSerializer(serializers.Serializer[Any]):
    """What follows `after`. seq: where the log stands, so that the caller knows whether there is more."""

    log_id = serializers.CharField()
    seq = serializers.IntegerField()
    events = AlertFrameSerializer(many=True)


class CommentSerializer(serializers.Serializer[Any]):
    """What somebody says."""

    text = serializers.CharField(max_length=2000)


class AssignSerializer(serializers.Serializer[Any]):
    """Who takes care of it."""

    user = serializers.CharField(allow_null=True, max_length=150, help_text="User name of a member; null: nobody.")


class SeveralSerializer(serializers.Serializer[Any]):
    """Which alerts of a site."""

    site = serializers.CharField(help_text="Slug.")
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=2**53), min_length=1, max_length=MOST
    )


class AssignSeveralSerializer(SeveralSerializer, AssignSerializer):
    """Which alerts, and who takes care of them."""


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of one."""

    id = serializers.IntegerField()
    code = serializers.CharField(help_text='"done", "not_found", or the code with which it was refused by itself.')
    alert = AlertSerializer(allow_null=True)


class OutcomesSerializer(serializers.Serializer[Any]):
    """In the order of the ids."""

    done = serializers.IntegerField()
    results = OutcomeSerializer(many=True)


class AssigneeSerializer(serializers.Serializer[Any]):
    """A member of the site."""

    username = serializers.CharField()
    name = serializers.CharField()
