"""Reading rules, and what they watch today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from belvedere.accounts.models import Site
from belvedere.devices.models import Series
from belvedere.devices.selectors import metrics_of
from belvedere.domain.metrics import find_metric
from belvedere.rules.models import Rule


class Watched(NamedTuple):
    """series_count: of the series in use. unit: of most of them. place: zone or else device of the one that is meant,
    the device's name for a rule of one device, "" for the whole site.
    """

    series_count: int
    unit: str
    place: str


def rules_of(sites: Iterable[Site]) -> QuerySet[Rule]:
    """In the order they were made."""
    return Rule.objects.filter(site__in=sites).select_related("site", "device").order_by("id")


def describe_watched(rules: Sequence[Rule]) -> dict[int, Watched]:
    """By the rules' ids; three queries, however many rules there are, and one for each site."""
    devices = {rule.device_id for rule in rules if rule.device_id is not None}
    named = Series.objects.select_related("device__zone")
    series = {one.pk: one for one in named.filter(id__in={rule.series_id for rule in rules if rule.series_id})}
    of_devices = {(one.device_id, one.metric): one for one in named.filter(device__in=devices)} if devices else {}
    metrics = {site.pk: metrics_of(site) for site in {rule.site for rule in rules}}
    found = {}
    for rule in rules:
        unit = find_metric(rule.metric).unit
        if rule.series_id is not None or rule.device_id is not None:
            one = series.get(rule.series_id or 0) or of_devices.get((rule.device_id or "", rule.metric))
            found[rule.pk] = Watched(
                int(one is not None and one.device.retired_at is None),
                (one.unit if one else "") or unit,
                _describe_place(rule, one),
            )
        else:
            same = [row for row in metrics[rule.site_id] if row["metric"] == rule.metric]
            # Of two units that as many series have, the metric's own.
            most = max(same, key=lambda row: (row["series_count"], row["unit"] == unit), default={"unit": unit})
            found[rule.pk] = Watched(sum(row["series_count"] for row in same), most["unit"], "")
    return found


def _describe_place(rule: Rule, series: Series | None) -> str:
    if rule.series_id is None or series is None:
        return rule.device.name or rule.device.pk if rule.device else ""
    device = series.device
    return device.zone.name if device.zone else device.name or device.pk
