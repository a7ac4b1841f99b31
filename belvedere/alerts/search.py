"""Finding anything of a site by a few typed letters: devices, series, rules, cameras and alerts.

The names of a site are kept folded (no case, no accents), so that a key press of somebody with 30,000 series costs a
few milliseconds and no query but that for the alerts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Literal, NamedTuple, get_args

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.models import Role, Site
from belvedere.accounts.views import SiteView
from belvedere.alerts.models import Alert
from belvedere.alerts.overview import registry_number
from belvedere.cameras.models import Camera
from belvedere.devices.models import Device, Series
from belvedere.domain.folding import fold
from belvedere.domain.metrics import find_metric
from belvedere.rules.models import Rule

KEPT_SECONDS = 60.0
MAX_KEPT = 8  # sites; one of 30,000 series takes 12 MB
MOST_TYPED = 100
OF_A_KIND = 8  # a person who does not find it among these types another letter
NEWEST_ALERTS = 1_000  # older ones are found on the page of alerts, by its filters

HitKind = Literal["alert", "device", "series", "rule", "camera"]


class _Entry(NamedTuple):
    """One thing that can be found. text: all its words, folded, a space before each. own: its name, folded.

    name: empty for a series that goes by its metric. alert: its state, severity and opened_ms.
    """

    text: str
    own: str
    kind: HitKind
    key: str
    name: str
    metric: str
    device_name: str
    zone: str
    alert: Sequence[Any] = (None, None, None)


class _Names(NamedTuple):
    number: int
    read_at: float
    by_kind: list[list[_Entry]]


_kept: dict[int, _Names] = {}


def find(site: Site, query: str, language: str) -> list[dict[str, Any]]:
    """The best of each kind: what begins with the query before what has it within; alerts first, the newest first."""
    asked = fold(query).split()
    if not asked:
        return []
    names = _read_names(site)
    hits = _best(_read_alerts(site), asked)
    for entries in names:
        hits += _best(entries, asked)
    return [_show(each, language) for each in hits]


def _best(entries: list[_Entry], asked: list[str]) -> list[_Entry]:
    """Whole passes in the order of their worth: a pass over 30,000 costs less than a rank for each that matches."""
    for word in asked:
        entries = [each for each in entries if word in each.text]
    whole, begun = " ".join(asked), [f" {word}" for word in asked]
    passes: tuple[Callable[[_Entry], bool], ...] = (
        lambda entry: entry.own == whole,
        lambda entry: entry.own.startswith(whole),
        lambda entry: whole in entry.own,
        lambda entry: all(word in entry.text for word in begun),
        lambda _entry: True,
    )
    found: dict[str, _Entry] = {}
    for fits in passes:
        for entry in entries:
            if len(found) == OF_A_KIND:
                return list(found.values())
            if fits(entry):
                found.setdefault(entry.key, entry)
    return list(found.values())


def _read_names(site: Site) -> list[list[_Entry]]:
    """A list a kind, as they were read for a former call, while the registry stands where it stood."""
    number, now = registry_number()(site.pk), time.monotonic()
    kept = _kept.get(site.pk)
    if kept is not None and kept.number == number and now - kept.read_at < KEPT_SECONDS:
        return kept.by_kind
    by_kind = [list(read(site)) for read in (_devices, _series, _rules, _cameras)]
    if number is not None:
        if len(_kept) >= MAX_KEPT:
            _kept.clear()
        _kept[site.pk] = _Names(number, now, by_kind)
    return by_kind


def _devices(site: Site) -> Iterator[_Entry]:
    rows = Device.objects.filter(site=site).order_by("name", "id").values_list("id", "name", "zone__name")
    for key, name, zone in rows:
        yield _entry("device", key, name or key, zone=zone or "", words=(key,))


def _series(site: Site) -> Iterator[_Entry]:
    rows = Series.objects.filter(site=site, device__retired_at=None).order_by("device__name", "id")
    for key, name, metric, device, device_name, zone in rows.values_list(
        "id", "name", "metric", "device_id", "device__name", "device__zone__name"
    ):
        yield _entry("series", str(key), name, metric, device_name or device, zone or "", (device,))


def _rules(site: Site) -> Iterator[_Entry]:
    rows = Rule.objects.filter(site=site).order_by("name", "id")
    for key, name, metric, device in rows.values_list("id", "name", "metric", "device__name"):
        yield _entry("rule", str(key), name, metric, device or "")


def _cameras(site: Site) -> Iterator[_Entry]:
    rows = Camera.objects.filter(site=site).order_by("name", "id")
    for key, name, zone in rows.values_list("id", "name", "zone__name"):
        yield _entry("camera", key, name or key, zone=zone or "", words=(key,))


def _read_alerts(site: Site) -> list[_Entry]:
    rows = Alert.objects.filter(site=site).order_by("-opened_ms", "-id")
    columns = rows.values_list("id", "title", "metric", "device_name", "zone", "state", "severity", "opened_ms")
    return [
        _entry("alert", str(key), title, metric, device, zone, alert=told)
        for key, title, metric, device, zone, *told in columns[:NEWEST_ALERTS]
    ]


def _entry(
    kind: HitKind,
    key: str,
    name: str,
    metric: str = "",
    device_name: str = "",
    zone: str = "",
    words: tuple[str, ...] = (),
    alert: Sequence[Any] = (None, None, None),
) -> _Entry:
    """With the metric's name in both languages: a person may search in either."""
    known = find_metric(metric) if metric else None
    metrics = (metric, known.name_vi, known.name_en) if known else ()
    text = "".join(f" {fold(each)}" for each in (name, device_name, zone, *words, *metrics) if each)
    own = fold(name or (known.name_vi if known else key))
    return _Entry(text, own, kind, key, name, metric, device_name, zone, alert)


def _show(entry: _Entry, language: str) -> dict[str, Any]:
    state, severity, opened_ms = entry.alert
    return {
        "kind": entry.kind,
        "id": entry.key,
        "name": entry.name or find_metric(entry.metric).name_in(language),
        "device_name": entry.device_name,
        "zone": entry.zone,
        "state": state,
        "severity": severity,
        "opened_ms": opened_ms,
    }


class HitSerializer(serializers.Serializer[Any]):
    """Something that was found. state, severity, opened_ms: of an alert only."""

    kind = serializers.ChoiceField(choices=get_args(HitKind))
    id = serializers.CharField()
    name = serializers.CharField()
    device_name = serializers.CharField()
    zone = serializers.CharField()
    state = serializers.CharField(allow_null=True)
    severity = serializers.CharField(allow_null=True)
    opened_ms = serializers.IntegerField(allow_null=True)


class SearchView(SiteView):
    """Everything of a site by its name."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="sites_search",
        parameters=[
            OpenApiParameter("q", str, description="Words that all stand in a name, an id, a metric or a zone.")
        ],
        responses=HitSerializer(many=True),
    )
    def get(self, request: Request, **_route: str) -> Response:
        """At most 8 of each kind, the best first, in any case, accents or not; alerts among the newest 1,000."""
        query = request.query_params.get("q", "")[:MOST_TYPED]
        return Response(find(self.checked_site, query, self.person.language))
