"""Sites with their zones, and the time zones to choose from."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from belvedere.accounts import services
from belvedere.accounts.models import SLUG, Site, Zone


class TimezoneField(serializers.CharField):
    """A name of the tz database."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        name = str(super().to_internal_value(data))
        try:
            services.check_timezone(name)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
        return name


class NewSiteSerializer(serializers.Serializer[Any]):
    """A site to be made."""

    slug = serializers.CharField(max_length=64, validators=[SLUG])
    name = serializers.CharField(max_length=120)
    timezone = TimezoneField(default="Asia/Ho_Chi_Minh")
    address = serializers.CharField(max_length=200, allow_blank=True, default="")
    language = serializers.ChoiceField(choices=settings.LANGUAGES, default="vi")


class ZoneSerializer(serializers.ModelSerializer[Zone]):
    """A named part of a site. Without a position a new zone goes last."""

    note = serializers.CharField(max_length=200, allow_blank=True, required=False)
    position = serializers.IntegerField(min_value=0, max_value=Zone.LAST_POSITION, required=False)

    class Meta:
        model = Zone
        fields = ("id", "name", "note", "position")


class ListedZoneSerializer(ZoneSerializer):
    """A zone, with how much stands in it."""

    device_count = serializers.IntegerField()
    camera_count = serializers.IntegerField()

    class Meta:
        model = Zone
        fields = ("id", "name", "note", "position", "device_count", "camera_count")


class ZoneOrderSerializer(serializers.Serializer[Any]):
    """The ids of all zones of the site in their new order."""

    order = serializers.ListField(child=serializers.IntegerField(), max_length=Zone.LAST_POSITION)


class ZoneDeletionSerializer(serializers.Serializer[Any]):
    """heir: the zone to which devices and cameras go; without it they stay, in no zone."""

    heir = serializers.IntegerField(required=False, allow_null=True, default=None)


class SiteSerializer(serializers.ModelSerializer[Site]):
    """A site with its zones in order."""

    language = serializers.ChoiceField(choices=settings.LANGUAGES)
    zones = ZoneSerializer(many=True, read_only=True)
    away_set_by = serializers.CharField(source="away_set_by.display_name", allow_null=True, default=None)

    class Meta:
        model = Site
        fields = (
            "slug",
            "name",
            "address",
            "timezone",
            "language",
            "away",
            "away_set_at",
            "away_set_by",
            "zones",
            "version",
        )
        read_only_fields = fields


class AwaySerializer(serializers.Serializer[Any]):
    """The away switch: whether nobody is at the site."""

    away = serializers.BooleanField()


class SiteChangeSerializer(serializers.Serializer[Any]):
    """What an owner may change; the slug stays, since addresses are built from it."""

    name = serializers.CharField(max_length=120, required=False)
    address = serializers.CharField(max_length=200, allow_blank=True, required=False)
    timezone = TimezoneField(required=False)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)


class TimezoneSerializer(serializers.Serializer[Any]):
    """A time zone. offset_minutes: east of UTC, now."""

    name = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField(allow_blank=True)
    offset_minutes = serializers.IntegerField()
