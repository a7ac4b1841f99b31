"""Devices, their credentials and their series over REST."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.api.entry import NOTHING
from belvedere.accounts.models import Role, Site
from belvedere.accounts.permissions import Access
from belvedere.accounts.services import check_owns_every_site
from belvedere.accounts.views import SiteView
from belvedere.devices import lists, selectors, services
from belvedere.devices import serializers as shapes
from belvedere.devices.lists import Wanted
from belvedere.devices.models import Device, Series
from belvedere.domain.metrics import METRICS
from belvedere.domain.units import find_units
from belvedere.web_api.edits import answer_with_version, check_if_match
from belvedere.web_api.language import language_of
from belvedere.web_api.rest import checked

# The catalogues of metrics and units change with a release only.
CATALOGUE_MAX_AGE_SECONDS = 3600
MOST_TYPED = 60  # characters of a search; no unit has more
MAX_PAGE = MAX_IDS = 1_000
MOST_CURSOR = 100

SITE = OpenApiParameter("site", str, description="Slug of a site; without it, all sites of the person.")

PAGING = [
    OpenApiParameter("limit", int, description=f"Rows of a page, at most {MAX_PAGE}; without it, all."),
    OpenApiParameter("cursor", str, description="From the address in `Link` of the page before."),
    OpenApiParameter(
        "q", str, description="Words that all stand in name, id, metric or zone, in any case, accents or not."
    ),
    OpenApiParameter("zone", str, description="Id of a zone; `none` for what stands in no zone."),
    OpenApiParameter("ids", str, description=f"These alone, at most {MAX_IDS}, separated by commas."),
]


def _parse_wanted(request: Request) -> Wanted:
    """What of a list is asked for; raises 400 where it cannot be read."""
    given = request.query_params
    limit, zone, ids = given.get("limit"), given.get("zone"), given.get("ids")
    for name, text in (("limit", limit), ("zone", None if zone == "none" else zone)):
        if text is not None and not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
            raise ValidationError({name: ["Give a whole number of 1 or more."]})
    chosen = None if ids is None else tuple(ids.split(","))
    if chosen is not None and len(chosen) > MAX_IDS:
        raise ValidationError({"ids": [f"Give at most {MAX_IDS}."]})
    return Wanted(
        after=given.get("cursor", "")[:MOST_CURSOR],
        limit=None if limit is None else min(int(limit), MAX_PAGE),
        q=given.get("q", "")[:MOST_TYPED],
        zone=None if zone is None else 0 if zone == "none" else int(zone),
        ids=chosen,
    )


def _respond(request: Request, page: lists.Page) -> HttpResponse:
    """An array in any case, so that who wants all and who wants a page read the same."""
    answer = HttpResponse(msgspec.json.encode(page.rows), content_type="application/json")
    if page.cursor:
        query = request.query_params.copy()
        query["cursor"] = page.cursor
        address = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        answer["Link"] = f'<{address}>; rel="next"'
    return answer


class DevicesView(SiteView):
    """The devices of a site."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "POST": Role.OWNER}

    @extend_schema(
        operation_id="devices_list", parameters=[SITE, *PAGING], responses=shapes.DeviceSerializer(many=True)
    )
    def get(self, request: Request) -> HttpResponse:
        """By id; all of them, or with `limit` a page, whose header `Link` has the address of the next."""
        return _respond(request, lists.list_devices(self.person, self.site, _parse_wanted(request)))

    @extend_schema(
        operation_id="devices_create",
        request=shapes.NewDeviceSerializer,
        responses={201: shapes.DeviceWithSecretSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a device: this answer is the only one that shows its secret."""
        sent = checked(shapes.NewDeviceSerializer(data=request.data))
        device, secret = services.do_create_device(
            self.checked_site, sent["id"], sent["name"] or sent["id"], sent["zone"]
        )
        return answer_with_version(
            shapes.DeviceWithSecretSerializer(device, context={"secret": secret}).data, device, status=201
        )


class OneDeviceView(SiteView):
    """What all routes of one device share: the device's own site decides."""

    def site_of(self, _request: Request, device_id: str, **_route: Any) -> Site:
        """Raises Http404 where there is no such device."""
        return get_object_or_404(Device.objects.select_related("site"), pk=device_id).site


class DeviceView(OneDeviceView):
    """One device."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "PATCH": Role.OWNER, "DELETE": Role.OWNER}

    @extend_schema(operation_id="devices_get", responses=shapes.DeviceDetailSerializer)
    def get(self, _request: Request, device_id: str) -> Response:
        """With its presence as of now, and what went wrong lately."""
        device = get_object_or_404(selectors.devices_of(self.person, self.checked_site), pk=device_id)
        return answer_with_version(shapes.DeviceDetailSerializer(device).data, device)

    @extend_schema(
        operation_id="devices_update", request=shapes.DeviceChangeSerializer, responses=shapes.DeviceSerializer
    )
    def patch(self, request: Request, device_id: str) -> Response:
        """Rename it, move it to another zone of its site, retire it or bring it back."""
        sent = checked(shapes.DeviceChangeSerializer(data=request.data, partial=True))
        with transaction.atomic():
            device = services.lock_device(device_id)
            check_if_match(request, device)
            services.do_update_device(device, sent)
        return answer_with_version(shapes.DeviceSerializer(device).data, device)

    @extend_schema(operation_id="devices_delete", request=None, responses={204: NOTHING})
    def delete(self, request: Request, device_id: str) -> Response:
        """Delete it with its series and their rules; it is disconnected at once."""
        with transaction.atomic():
            device = services.lock_device(device_id)
            check_if_match(request, device)
            services.do_delete_device(device)
        return Response(status=204)


class CredentialView(OneDeviceView):
    """The secret of one device."""

    required_roles: ClassVar = {"POST": Role.OWNER, "DELETE": Role.OWNER}

    @extend_schema(operation_id="devices_rotate_secret", request=None, responses=shapes.SecretSerializer)
    def post(self, _request: Request, device_id: str) -> Response:
        """A new secret, shown once; the old one ends at once, and so does its connection."""
        with transaction.atomic():
            secret = services.do_rotate_credential(services.lock_device(device_id))
        return Response({"secret": secret})

    @extend_schema(operation_id="devices_revoke_secret", request=None, responses={204: NOTHING})
    def delete(self, _request: Request, device_id: str) -> Response:
        """Revoke it: the device is disconnected at once and stays out until it gets a new one."""
        with transaction.atomic():
            services.do_revoke_credential(services.lock_device(device_id))
        return Response(status=204)


class StrangersView(SiteView):
    """Log-ins with ids that no device has."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN}

    @extend_schema(operation_id="strangers_list", responses=shapes.StrangerSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """The last ones since the start, for a person who connects a device and mistyped its id.

        For who owns all sites of the server: the id, and who tried, may belong to any of them.
        """
        check_owns_every_site(self.person)
        found = [one._asdict() for one in selectors.troubles().strangers()]
        return Response(shapes.StrangerSerializer(found, many=True).data)


class MetricsView(SiteView):
    """The metrics that are known by name."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN}

    @extend_schema(operation_id="metrics_list", responses=shapes.MetricSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """Unit, kind and freshness of each; any other metric is a plain number without a unit."""
        rows = [{"metric": name, **metric._asdict()} for name, metric in METRICS.items()]
        answer = Response(shapes.MetricSerializer(rows, many=True).data)
        patch_cache_control(answer, private=True, max_age=CATALOGUE_MAX_AGE_SECONDS)
        return answer


class UnitsView(SiteView):
    """The units that are offered for a series."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN}

    @extend_schema(
        operation_id="units_list",
        parameters=[OpenApiParameter("q", str, description="Symbol, code or name; without it, all units.")],
        responses=shapes.UnitSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Those that fit, the best first. Any other text of at most 20 characters may be a unit as well."""
        found = [unit._asdict() for unit in find_units(request.query_params.get("q", "")[:MOST_TYPED])]
        answer = Response(shapes.UnitSerializer(found, many=True).data)
        patch_cache_control(answer, private=True, max_age=CATALOGUE_MAX_AGE_SECONDS)
        return answer


class SiteSeriesView(SiteView):
    """The series of a site."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="series_list",
        parameters=[
            OpenApiParameter("device", str, description="Of this device alone, also of a retired one."),
            OpenApiParameter("metric", str, description="Of this metric alone."),
            *PAGING,
        ],
        responses=shapes.SeriesSerializer(many=True),
    )
    def get(self, request: Request, **_route: str) -> HttpResponse:
        """Those of devices in use, by id: all, or with `limit` a page, whose `Link` has the address of the next."""
        device, metric = (request.query_params.get(name) for name in ("device", "metric"))
        wanted = _parse_wanted(request)
        language = language_of(request, self.person.language)
        return _respond(request, lists.list_series(self.checked_site, language, wanted, device, metric))


class SiteMetricsView(SiteView):
    """What is measured at a site."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(operation_id="sites_metrics", responses=shapes.SiteMetricSerializer(many=True))
    def get(self, _request: Request, **_route: str) -> Response:
        """Each metric of the series in use, with their number; more than once where units or kinds differ."""
        return Response(shapes.SiteMetricSerializer(selectors.metrics_of(self.checked_site), many=True).data)


class SeriesView(SiteView):
    """One series."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "PATCH": Role.OWNER}

    def site_of(self, _request: Request, series_id: int) -> Site:
        """Raises Http404 where there is no such series."""
        return get_object_or_404(Series.objects.select_related("site"), pk=series_id).site

    def _answer(self, series_id: int) -> Response:
        series = get_object_or_404(selectors.series_of(self.checked_site), pk=series_id)
        language = language_of(self.request, self.person.language)
        return answer_with_version(shapes.SeriesSerializer(series, context={"language": language}).data, series)

    @extend_schema(operation_id="series_get", responses=shapes.SeriesSerializer)
    def get(self, _request: Request, series_id: int) -> Response:
        """Name, unit, kind, budget, retention."""
        return self._answer(series_id)

    @extend_schema(
        operation_id="series_update", request=shapes.SeriesChangeSerializer, responses=shapes.SeriesSerializer
    )
    def patch(self, request: Request, series_id: int) -> Response:
        """Change what is not measured: name, unit, kind, decimals, budget, retention, words."""
        sent = checked(shapes.SeriesChangeSerializer(data=request.data, partial=True))
        with transaction.atomic():
            series = services.lock_series(series_id)
            check_if_match(request, series)
            services.check_kind(series, sent.get("kind", series.kind))
            services.do_update_series(series, sent)
        return self._answer(series_id)
