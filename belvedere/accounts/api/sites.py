"""Sites and their zones."""

from __future__ import annotations

from typing import ClassVar

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import closing, selectors, services, zones
from belvedere.accounts.api.entry import NOTHING
from belvedere.accounts.models import Role, Site, Zone
from belvedere.accounts.permissions import Access
from belvedere.accounts.serializers import sites as shapes
from belvedere.accounts.services import NewSite
from belvedere.accounts.views import SiteView
from belvedere.web_api.edits import answer_with_version, check_if_match
from belvedere.web_api.rest import checked

SITE_NAME = OpenApiParameter("name", str, required=True, description="The site's name, as typed by the person.")


class SitesView(SiteView):
    """The person's sites."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN, "POST": Access.SIGNED_IN}

    @extend_schema(operation_id="sites_list", responses=shapes.SiteSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """By name."""
        sites = selectors.list_sites(self.person).prefetch_related("zones")
        return Response(shapes.SiteSerializer(sites, many=True).data)

    @extend_schema(
        operation_id="sites_create", request=shapes.NewSiteSerializer, responses={201: shapes.SiteSerializer}
    )
    def post(self, request: Request) -> Response:
        """Make a site and own it; who may is the setting site_founders."""
        services.check_may_make_sites(self.person)
        site = services.do_create_site(self.person, NewSite(**checked(shapes.NewSiteSerializer(data=request.data))))
        return answer_with_version(shapes.SiteSerializer(site).data, site, status=201)


class SiteDetailView(SiteView):
    """One site."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "PATCH": Role.OWNER, "DELETE": Role.OWNER}

    @extend_schema(operation_id="sites_get", responses=shapes.SiteSerializer)
    def get(self, _request: Request, **_route: str) -> Response:
        """With its zones in order."""
        return answer_with_version(shapes.SiteSerializer(self.checked_site).data, self.checked_site)

    @extend_schema(operation_id="sites_update", request=shapes.SiteChangeSerializer, responses=shapes.SiteSerializer)
    def patch(self, request: Request, **_route: str) -> Response:
        """Change name, address, time zone or language."""
        sent = checked(shapes.SiteChangeSerializer(data=request.data, partial=True))
        with transaction.atomic():
            site = services.lock_site(self.checked_site.pk)
            check_if_match(request, site)
            services.do_update_site(site, sent)
        return answer_with_version(shapes.SiteSerializer(site).data, site)

    @extend_schema(operation_id="sites_delete", parameters=[SITE_NAME], request=None, responses={204: NOTHING})
    def delete(self, request: Request, **_route: str) -> Response:
        """Delete it with its devices, rules, alerts and cameras, and in time their readings. 409 for another name."""
        with transaction.atomic():
            site = services.lock_site(self.checked_site.pk)
            closing.do_delete_site(site, self.person, request.query_params.get("name", ""))
        return Response(status=204)


class LeaveView(SiteView):
    """The person's own membership."""

    required_roles: ClassVar = {"DELETE": Access.SIGNED_IN}

    @extend_schema(operation_id="me_leave_site", request=None, responses={204: NOTHING})
    def delete(self, _request: Request, slug: str) -> Response:
        """Leave the site; its last owner stays (409)."""
        with transaction.atomic():
            site = services.lock_site(get_object_or_404(selectors.list_sites(self.person), slug=slug).pk)
            closing.do_leave_site(get_object_or_404(selectors.list_members(site), user=self.person))
        return Response(status=204)


class AwayView(SiteView):
    """The away switch of a site."""

    required_roles: ClassVar = {"PUT": Role.OPERATOR}

    @extend_schema(operation_id="sites_set_away", request=shapes.AwaySerializer, responses=shapes.SiteSerializer)
    def put(self, request: Request, **_route: str) -> Response:
        """Rules that apply only while everybody is away, or only while somebody is there, follow within a second."""
        away = checked(shapes.AwaySerializer(data=request.data))["away"]
        with transaction.atomic():
            site = services.lock_site(self.checked_site.pk)
            services.do_set_away(site, self.person, away, timezone.now())
        return answer_with_version(shapes.SiteSerializer(site).data, site)


class ZonesView(SiteView):
    """The zones of a site."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "POST": Role.OWNER, "PUT": Role.OWNER}

    def _list_zones(self) -> Response:
        site = Site.objects.get(pk=self.checked_site.pk)
        return answer_with_version(
            shapes.ListedZoneSerializer(selectors.list_counted_zones(site), many=True).data, site
        )

    @extend_schema(operation_id="zones_list", responses=shapes.ListedZoneSerializer(many=True))
    def get(self, _request: Request, **_route: str) -> Response:
        """In the owner's order; the ETag is the site's."""
        return self._list_zones()

    @extend_schema(
        operation_id="zones_order",
        request=shapes.ZoneOrderSerializer,
        responses=shapes.ListedZoneSerializer(many=True),
    )
    def put(self, request: Request, **_route: str) -> Response:
        """Give all of them another order. `If-Match` is the site's."""
        order = checked(shapes.ZoneOrderSerializer(data=request.data))["order"]
        with transaction.atomic():
            site = services.lock_site(self.checked_site.pk)
            check_if_match(request, site)
            zones.check_zone_order(site, order)
            zones.do_order_zones(site, order)
        return self._list_zones()

    @extend_schema(operation_id="zones_create", request=shapes.ZoneSerializer, responses={201: shapes.ZoneSerializer})
    def post(self, request: Request, **_route: str) -> Response:
        """Add a zone, last unless it says where."""
        sent = checked(shapes.ZoneSerializer(data=request.data))
        zone = zones.do_edit_zone(zones.make_zone(self.checked_site, **sent))
        return Response(shapes.ZoneSerializer(zone).data, status=201)


class ZoneView(SiteView):
    """One zone of a site. Zones are part of the site: `If-Match` is the site's."""

    required_roles: ClassVar = {"PATCH": Role.OWNER, "DELETE": Role.OWNER}

    def _lock_zone(self, request: Request, zone_id: int) -> Zone:
        site = services.lock_site(self.checked_site.pk)
        check_if_match(request, site)
        return get_object_or_404(selectors.list_zones(site), pk=zone_id)

    @extend_schema(operation_id="zones_update", request=shapes.ZoneSerializer, responses=shapes.ZoneSerializer)
    def patch(self, request: Request, zone_id: int, **_route: str) -> Response:
        """Rename, annotate or move it."""
        sent = checked(shapes.ZoneSerializer(data=request.data, partial=True))
        with transaction.atomic():
            zone = self._lock_zone(request, zone_id)
            for field, value in sent.items():
                setattr(zone, field, value)
            zones.do_edit_zone(zone)
        return Response(shapes.ZoneSerializer(zone).data)

    @extend_schema(
        operation_id="zones_delete",
        request=None,
        parameters=[OpenApiParameter("heir", int, description="The zone to which its devices and cameras go.")],
        responses={204: NOTHING},
    )
    def delete(self, request: Request, zone_id: int, **_route: str) -> Response:
        """Its devices and cameras go to the heir; without one they stay, in no zone."""
        heir_id = checked(shapes.ZoneDeletionSerializer(data=request.query_params))["heir"]
        with transaction.atomic():
            zone = self._lock_zone(request, zone_id)
            others = selectors.list_zones(zone.site).exclude(pk=zone.pk)
            heir = None if heir_id is None else get_object_or_404(others, pk=heir_id)
            zones.do_delete_zone(zone, heir)
        return Response(status=204)
