"""Sites, their members and their zones."""

from __future__ import annotations

from typing import ClassVar

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import selectors, services
from belvedere.accounts import serializers as shapes
from belvedere.accounts.api.entry import NOTHING
from belvedere.accounts.edits import check_if_match, tagged
from belvedere.accounts.models import Role, Zone
from belvedere.accounts.permissions import Access
from belvedere.accounts.services import NewPerson, NewSite
from belvedere.accounts.views import SiteView, checked


class SitesView(SiteView):
    """The person's sites."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN, "POST": Access.SIGNED_IN}

    @extend_schema(operation_id="sites_list", responses=shapes.SiteSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """By name."""
        sites = selectors.sites_for(self.person).prefetch_related("zones")
        return Response(shapes.SiteSerializer(sites, many=True).data)

    @extend_schema(
        operation_id="sites_create", request=shapes.NewSiteSerializer, responses={201: shapes.SiteSerializer}
    )
    def post(self, request: Request) -> Response:
        """Make a site and own it."""
        site = services.do_create_site(self.person, NewSite(**checked(shapes.NewSiteSerializer(data=request.data))))
        return tagged(shapes.SiteSerializer(site).data, site, status=201)


class SiteDetailView(SiteView):
    """One site."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "PATCH": Role.OWNER}

    @extend_schema(operation_id="sites_get", responses=shapes.SiteSerializer)
    def get(self, _request: Request, **_route: str) -> Response:
        """With its zones in order."""
        return tagged(shapes.SiteSerializer(self.checked_site).data, self.checked_site)

    @extend_schema(operation_id="sites_update", request=shapes.SiteChangeSerializer, responses=shapes.SiteSerializer)
    def patch(self, request: Request, **_route: str) -> Response:
        """Change name, address or time zone."""
        sent = checked(shapes.SiteChangeSerializer(data=request.data, partial=True))
        with transaction.atomic():
            site = services.lock_site(self.checked_site.pk)
            check_if_match(request, site)
            services.do_update_site(site, sent)
        return tagged(shapes.SiteSerializer(site).data, site)


class MembersView(SiteView):
    """Who may do what at a site."""

    required_roles: ClassVar = {"GET": Role.OWNER, "POST": Role.OWNER}

    @extend_schema(operation_id="members_list", responses=shapes.MemberSerializer(many=True))
    def get(self, _request: Request, **_route: str) -> Response:
        """In the order they joined."""
        return Response(shapes.MemberSerializer(selectors.members_of(self.checked_site), many=True).data)

    @extend_schema(
        operation_id="members_create", request=shapes.NewMemberSerializer, responses={201: shapes.MemberSerializer}
    )
    def post(self, request: Request, **_route: str) -> Response:
        """Add somebody who has an account; with a password, make the account too."""
        sent = checked(shapes.NewMemberSerializer(data=request.data))
        role = Role(sent.pop("role"))
        with transaction.atomic():
            user = services.do_find_or_create_person(NewPerson(**{"password": "", **sent}))
            membership = services.do_add_member(self.checked_site, user, role)
        return Response(shapes.MemberSerializer(membership).data, status=201)


class MemberView(SiteView):
    """One member of a site."""

    required_roles: ClassVar = {"PATCH": Role.OWNER, "DELETE": Role.OWNER}

    @extend_schema(
        operation_id="members_update", request=shapes.RoleChangeSerializer, responses=shapes.MemberSerializer
    )
    def patch(self, request: Request, member_id: int, **_route: str) -> Response:
        """Give another role; the last owner stays owner (409)."""
        sent = checked(shapes.RoleChangeSerializer(data=request.data))
        with transaction.atomic():
            site = services.lock_site(self.checked_site.pk)
            membership = get_object_or_404(selectors.members_of(site), pk=member_id)
            services.do_change_role(membership, Role(sent["role"]))
        return Response(shapes.MemberSerializer(membership).data)

    @extend_schema(operation_id="members_delete", request=None, responses={204: NOTHING})
    def delete(self, _request: Request, member_id: int, **_route: str) -> Response:
        """Take the site from somebody; the last owner stays (409)."""
        with transaction.atomic():
            site = services.lock_site(self.checked_site.pk)
            services.do_remove_member(get_object_or_404(selectors.members_of(site), pk=member_id))
        return Response(status=204)


class ZonesView(SiteView):
    """The zones of a site."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "POST": Role.OWNER}

    @extend_schema(operation_id="zones_list", responses=shapes.ZoneSerializer(many=True))
    def get(self, _request: Request, **_route: str) -> Response:
        """In the owner's order."""
        return Response(shapes.ZoneSerializer(selectors.zones_of(self.checked_site), many=True).data)

    @extend_schema(operation_id="zones_create", request=shapes.ZoneSerializer, responses={201: shapes.ZoneSerializer})
    def post(self, request: Request, **_route: str) -> Response:
        """Add a zone, last unless it says where."""
        sent = checked(shapes.ZoneSerializer(data=request.data))
        zone = services.do_save_zone(services.new_zone(self.checked_site, **sent))
        return Response(shapes.ZoneSerializer(zone).data, status=201)


class ZoneView(SiteView):
    """One zone of a site. Zones are part of the site: `If-Match` is the site's."""

    required_roles: ClassVar = {"PATCH": Role.OWNER, "DELETE": Role.OWNER}

    def _locked_zone(self, request: Request, zone_id: int) -> Zone:
        site = services.lock_site(self.checked_site.pk)
        check_if_match(request, site)
        return get_object_or_404(selectors.zones_of(site), pk=zone_id)

    @extend_schema(operation_id="zones_update", request=shapes.ZoneSerializer, responses=shapes.ZoneSerializer)
    def patch(self, request: Request, zone_id: int, **_route: str) -> Response:
        """Rename, annotate or move it."""
        sent = checked(shapes.ZoneSerializer(data=request.data, partial=True))
        with transaction.atomic():
            zone = self._locked_zone(request, zone_id)
            for field, value in sent.items():
                setattr(zone, field, value)
            services.do_save_zone(zone)
        return Response(shapes.ZoneSerializer(zone).data)

    @extend_schema(operation_id="zones_delete", request=None, responses={204: NOTHING})
    def delete(self, request: Request, zone_id: int, **_route: str) -> Response:
        """Its devices and cameras stay, without a zone."""
        with transaction.atomic():
            services.do_delete_zone(self._locked_zone(request, zone_id))
        return Response(status=204)
