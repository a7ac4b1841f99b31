"""A site at one glance: its places with how many series are fresh and how many alerts are open in each.

So that a page of 30,000 series shows where the trouble is before it has loaded any of them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar, NamedTuple

import msgspec
from django.db.models import Count
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from belvedere.accounts.models import Role, Site
from belvedere.accounts.selectors import list_zones
from belvedere.accounts.views import SiteView
from belvedere.alerts.models import Alert, AlertState
from belvedere.devices.models import Device, Series
from belvedere.devices.selectors import presences
from belvedere.devices.site_cache import SiteCache
from belvedere.domain.freshness import budget_seconds, freshness_of
from belvedere.domain.times import now_ms
from belvedere.readings.selectors import latest_values
from belvedere.rules.models import Severity

MAX_KEPT = 64  # sites


class _Layout(NamedTuple):
    """What the registry says of a site. series: (id, zone, budget in ms). devices: (id, zone). Zone None: in none."""

    zones: list[dict[str, Any]]
    series: list[tuple[int, int | None, int]]
    devices: list[tuple[str, int | None]]


def _read_layout(site: Site) -> _Layout:
    in_use = Series.objects.filter(site=site, device__retired_at=None)
    rows = in_use.values_list("id", "device__zone_id", "freshness_seconds", "interval_ms", "metric")
    return _Layout(
        [{"id": zone.pk, "name": zone.name, "note": zone.note} for zone in list_zones(site)],
        [(key, zone, 1000 * budget_seconds(own, interval, metric)) for key, zone, own, interval, metric in rows],
        list(Device.objects.filter(site=site, retired_at=None).values_list("id", "zone_id")),
    )


_layouts: SiteCache[_Layout] = SiteCache(_read_layout, MAX_KEPT)


def describe_site(site: Site, now: int) -> dict[str, Any]:
    """The body of the overview; now: Unix ms."""
    layout = _layouts.get(site)
    values, presence = latest_values()(site.pk), presences()
    states: Counter[tuple[int | None, str]] = Counter()
    for series, zone, budget_ms in layout.series:
        value = values.get(series)
        states[zone, "silent" if value is None else freshness_of(value[0], budget_ms, now)] += 1
    for device, zone in layout.devices:
        states[zone, "devices"] += 1
        known = presence.get(device)
        if known is None or not known.online:
            states[zone, "offline"] += 1
    alerts = Alert.objects.filter(site=site, series__isnull=False).exclude(state=AlertState.RESOLVED)
    for zone, severity, n in (
        alerts.values_list("series__device__zone_id", "severity").annotate(n=Count("id")).order_by()
    ):
        states[zone, severity] += n
    places = [*layout.zones, {"id": None, "name": "", "note": ""}]
    zones = [{**place, **{field: states[place["id"], field] for field in COUNTED}} for place in places]
    for place in zones:
        place["series"] = sum(place[state] for state in FRESHNESS)
    totals = {field: sum(place[field] for place in zones) for field in ("series", *COUNTED)}
    return {**totals, "zones": [each for each in zones if each["id"] is not None or each["series"] or each["devices"]]}


FRESHNESS = ("fresh", "late", "stale", "silent")
COUNTED = (*FRESHNESS, "devices", "offline", *Severity.values)


class CountsSerializer(serializers.Serializer[Any]):
    """fresh, late, stale: series by the age of their value; silent: without any. critical, warning, info: alerts that
    are not resolved. devices: those in use; offline: those of them that are not there.
    """

    series = serializers.IntegerField()
    fresh = serializers.IntegerField()
    late = serializers.IntegerField()
    stale = serializers.IntegerField()
    silent = serializers.IntegerField()
    devices = serializers.IntegerField()
    offline = serializers.IntegerField()
    critical = serializers.IntegerField()
    warning = serializers.IntegerField()
    info = serializers.IntegerField()


class ZoneOverviewSerializer(CountsSerializer):
    """One place; id null: what stands in no zone."""

    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    note = serializers.CharField()


class SiteOverviewSerializer(CountsSerializer):
    """All of the site, and its zones in the owner's order."""

    zones = ZoneOverviewSerializer(many=True)


class OverviewView(SiteView):
    """A site at one glance."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(operation_id="sites_overview", responses=SiteOverviewSerializer)
    def get(self, _request: Request, **_route: str) -> HttpResponse:
        """How many series, devices and alerts there are, and how they are, by zone."""
        body = msgspec.json.encode(describe_site(self.checked_site, now_ms()))
        return HttpResponse(body, content_type="application/json")
