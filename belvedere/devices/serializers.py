"""Shapes of devices and series in the REST API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from belvedere.accounts.models import Zone
from belvedere.devices import selectors
from belvedere.devices.models import DEVICE_ID, Device, Series
from belvedere.devices.names import names_of
from belvedere.domain.details import read_detail
from belvedere.domain.freshness import budget_seconds
from belvedere.domain.metrics import METRICS, Kind, find_metric
from belvedere.domain.trouble import TroubleCode

# Longest freshness budget: a meter that reports once a month.
MAX_FRESHNESS_SECONDS = 31 * 24 * 3600


class ZoneRefSerializer(serializers.ModelSerializer[Zone]):
    """The zone a thing stands in."""

    class Meta:
        model = Zone
        fields = ("id", "name")


DEVICE_FIELDS: tuple[str, ...] = (
    "id",
    "site",
    "zone",
    "name",
    "online",
    "last_seen_ms",
    "clock_skew_ms",
    "protocol",
    "series_count",
    "freshness_seconds",
    "rejected_count",
    "has_credential",
    "retired_at",
    "created_at",
    "version",
)


class DeviceSerializer(serializers.ModelSerializer[Device]):
    """A device as people see it. No secret, no hash of one.

    clock_skew_ms: how far the device's clock is ahead of the server's. rejected_count: readings ever refused.
    has_credential: false after a revocation, until a new secret is made. retired_at: null while it is used.
    freshness_seconds: the budget of its fastest series; null while it has none.
    """

    site = serializers.CharField(source="site.slug")
    zone = ZoneRefSerializer(allow_null=True)
    online = serializers.SerializerMethodField()
    last_seen_ms = serializers.SerializerMethodField()
    clock_skew_ms = serializers.SerializerMethodField()
    protocol = serializers.SerializerMethodField()
    series_count = serializers.SerializerMethodField()
    freshness_seconds = serializers.SerializerMethodField()
    rejected_count = serializers.SerializerMethodField()
    has_credential = serializers.SerializerMethodField()

    class Meta:
        model = Device
        fields = DEVICE_FIELDS

    def get_online(self, device: Device) -> bool:
        """Connected, or heard within its time."""
        return selectors.presence_of(device).online

    def get_last_seen_ms(self, device: Device) -> int | None:
        """When anything last came from it."""
        return selectors.presence_of(device).last_seen_ms

    def get_clock_skew_ms(self, device: Device) -> int | None:
        """Known only for devices that send their own time."""
        return selectors.presence_of(device).clock_skew_ms

    def get_protocol(self, device: Device) -> str:
        """How it last came in: mqtt 3.1.1, mqtt 5, http; empty before the first time."""
        return selectors.presence_of(device).protocol

    def get_series_count(self, device: Device) -> int:
        """Counted by the query for lists."""
        counted: int | None = getattr(device, "series_count", None)
        return device.series.count() if counted is None else counted

    def get_freshness_seconds(self, device: Device) -> int | None:
        """Age up to which the device is fresh."""
        rows = device.series.values_list("freshness_seconds", "interval_ms", "metric")
        return min((budget_seconds(*row) for row in rows), default=None)

    def get_rejected_count(self, device: Device) -> int:
        """Readings refused, whether they are still in quarantine or not."""
        return sum(selectors.refused().refused_counts(device.data_key).values())

    def get_has_credential(self, device: Device) -> bool:
        """Whether any secret opens its account."""
        return bool(device.digest)


class SaidSerializer(serializers.Serializer[Any]):
    """A sentence by its code, for a page that has words of its own (domain/details.py)."""

    code = serializers.CharField()
    params = serializers.DictField(child=serializers.CharField())


class StrangerSerializer(serializers.Serializer[Any]):
    """Somebody who tried to log in with an id that no device has. at_ms: the last time."""

    id = serializers.CharField()
    host = serializers.CharField()
    at_ms = serializers.IntegerField()


class TroubleSerializer(serializers.Serializer[Any]):
    """What went wrong beside the readings. at_ms: the last time. detail: what exactly, in English; said: the same."""

    at_ms = serializers.IntegerField()
    code = serializers.ChoiceField(choices=[(code.value, code.value) for code in TroubleCode])
    detail = serializers.CharField()
    said = SaidSerializer(many=True)


class DeviceDetailSerializer(DeviceSerializer):
    """One device, with its last troubles, the newest first, and how much hangs on it.

    rule_count: rules for this device alone. alert_count: alerts that it raised, of all times.
    """

    troubles = serializers.SerializerMethodField()
    rule_count = serializers.SerializerMethodField()
    alert_count = serializers.SerializerMethodField()

    class Meta:
        model = Device
        fields = (*DEVICE_FIELDS, "troubles", "rule_count", "alert_count")

    def get_rule_count(self, device: Device) -> int:
        """They go with it."""
        return selectors.count_rows_of(device, "rules")

    def get_alert_count(self, device: Device) -> int:
        """They stay, without it."""
        return selectors.count_rows_of(device, "alerts")

    @extend_schema_field(TroubleSerializer(many=True))
    def get_troubles(self, device: Device) -> list[dict[str, Any]]:
        """Five at most."""
        return [
            one._asdict() | {"said": [said._asdict() for said in read_detail(one.detail)]}
            for one in selectors.troubles().list_troubles(device.data_key)
        ]


class NewDeviceSerializer(serializers.Serializer[Any]):
    """A device to be made. zone: by name, made where there is none."""

    site = serializers.CharField(max_length=64)
    id = serializers.CharField(max_length=64, validators=[DEVICE_ID])
    name = serializers.CharField(max_length=120, allow_blank=True, default="")
    zone = serializers.CharField(max_length=120, allow_blank=True, allow_null=True, default=None)


class DeviceWithSecretSerializer(DeviceSerializer):
    """The only answer that shows the secret of a new device."""

    secret = serializers.SerializerMethodField()

    class Meta:
        model = Device
        fields = (*DEVICE_FIELDS, "secret")

    def get_secret(self, _device: Device) -> str:
        """Given by the view, for this answer alone."""
        return str(self.context["secret"])


class DeviceChangeSerializer(serializers.Serializer[Any]):
    """zone: by name, made where there is none; null takes the device out of its zone.

    retired: true keeps it with its history, but disconnected and watched by no rule, until it is false again.
    """

    name = serializers.CharField(max_length=120, required=False)
    zone = serializers.CharField(max_length=120, allow_blank=True, allow_null=True, required=False)
    retired = serializers.BooleanField(required=False)


class SecretSerializer(serializers.Serializer[Any]):
    """A new secret; this answer is the only one that shows it."""

    secret = serializers.CharField()


class MetricSerializer(serializers.Serializer[Any]):
    """What a series of this metric is like until a person says otherwise.

    freshness_seconds: budget until the reporting interval is known. usual: offered for a rule before any series has it.
    """

    metric = serializers.ChoiceField(choices=[(name, name) for name in METRICS])
    unit = serializers.CharField()
    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind])
    freshness_seconds = serializers.IntegerField()
    usual = serializers.BooleanField()


class SiteMetricSerializer(serializers.Serializer[Any]):
    """A metric that series of a site in use have. series_count: those with this unit and kind."""

    metric = serializers.CharField()
    unit = serializers.CharField()
    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind])
    series_count = serializers.IntegerField()


class UnitSerializer(serializers.Serializer[Any]):
    """A unit that may be chosen. ucum: its code in the Unified Code for Units of Measure."""

    symbol = serializers.CharField()
    ucum = serializers.CharField()
    name_vi = serializers.CharField()
    name_en = serializers.CharField()
    quantity_vi = serializers.CharField()
    quantity_en = serializers.CharField()


class SeriesSerializer(serializers.ModelSerializer[Series]):
    """A series with nothing left to guess: name, unit and budget are always filled in.

    own_name, own_freshness_seconds: what a person has set, "" and null where they are derived. decimals: null where
    they follow the data. on_word, off_word: what 1 and 0 are called, "" where that is the metric's own word.
    name_repeats: another series in use of its zone has the same name, so that a page says the device as well.
    """

    site = serializers.CharField(source="site.slug")
    device = serializers.CharField(source="device_id")
    device_name = serializers.CharField(source="device.name")
    zone = ZoneRefSerializer(source="device.zone", allow_null=True)
    name = serializers.SerializerMethodField()
    name_repeats = serializers.SerializerMethodField()
    unit = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind])
    freshness_seconds = serializers.SerializerMethodField()
    own_name = serializers.CharField(source="name")
    own_freshness_seconds = serializers.IntegerField(source="freshness_seconds", allow_null=True)

    class Meta:
        model = Series
        fields = (
            "id",
            "site",
            "device",
            "device_name",
            "zone",
            "metric",
            "name",
            "name_repeats",
            "unit",
            "kind",
            "freshness_seconds",
            "interval_ms",
            "raw_days",
            "tier_days",
            "decimals",
            "on_word",
            "off_word",
            "own_name",
            "own_freshness_seconds",
            "version",
        )

    def get_name(self, series: Series) -> str:
        """As named by a person, else the metric's name in the reader's language."""
        return series.name or find_metric(series.metric).name_in(self._language)

    def get_name_repeats(self, series: Series) -> bool:
        """Whether the name alone tells too little."""
        return str(series.pk) in names_of.get(series.site).find_repeated(self._language)

    @property
    def _language(self) -> str:
        return str(self.context.get("language", ""))

    def get_unit(self, series: Series) -> str:
        """As set by a person, else the metric's."""
        return series.unit or find_metric(series.metric).unit

    def get_freshness_seconds(self, series: Series) -> int:
        """Age up to which a value is fresh."""
        return budget_seconds(series.freshness_seconds, series.interval_ms, series.metric)


class SeriesChangeSerializer(serializers.Serializer[Any]):
    """An empty name, unit or word, and a budget or decimals of null, go back to the default."""

    name = serializers.CharField(max_length=120, allow_blank=True, required=False)
    unit = serializers.CharField(max_length=20, allow_blank=True, required=False)
    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind], required=False)
    freshness_seconds = serializers.IntegerField(
        min_value=1, max_value=MAX_FRESHNESS_SECONDS, allow_null=True, required=False
    )
    raw_days = serializers.IntegerField(min_value=1, max_value=3660, required=False)
    tier_days = serializers.IntegerField(min_value=1, max_value=36_600, required=False)
    decimals = serializers.IntegerField(min_value=0, max_value=Series.MOST_DECIMALS, allow_null=True, required=False)
    on_word = serializers.CharField(max_length=24, allow_blank=True, required=False)
    off_word = serializers.CharField(max_length=24, allow_blank=True, required=False)
