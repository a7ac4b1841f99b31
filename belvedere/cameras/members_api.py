"""Which cameras of a site a viewer may see, over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.models import Role
from belvedere.accounts.selectors import list_members
from belvedere.accounts.services import lock_site
from belvedere.accounts.views import SiteView
from belvedere.cameras import selectors, services
from belvedere.cameras import serializers as shapes
from belvedere.web_api.rest import checked


class MemberCamerasView(SiteView):
    """The cameras of one member."""

    required_roles: ClassVar = {"GET": Role.OWNER, "PUT": Role.OWNER}

    @extend_schema(operation_id="member_cameras_get", responses=shapes.CameraSelectionSerializer)
    def get(self, _request: Request, member_id: int, **_route: Any) -> Response:
        """The cameras that a viewer is limited to; null for all. What is kept of another role rests."""
        membership = get_object_or_404(list_members(self.checked_site), pk=member_id)
        return Response({"cameras": selectors.selection_of(membership)})

    @extend_schema(
        operation_id="member_cameras_set",
        request=shapes.CameraSelectionSerializer,
        responses=shapes.CameraSelectionSerializer,
    )
    def put(self, request: Request, member_id: int, **_route: Any) -> Response:
        """Let a viewer see these cameras only, and none that is added later; null for all."""
        sent = checked(shapes.CameraSelectionSerializer(data=request.data))
        with transaction.atomic():
            site = lock_site(self.checked_site.pk)
            membership = get_object_or_404(list_members(site), pk=member_id)
            services.do_select_cameras(membership, sent["cameras"])
        return Response({"cameras": selectors.selection_of(membership)})
