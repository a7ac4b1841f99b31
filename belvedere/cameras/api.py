"""Cameras over REST. Their pictures are in media.py."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.api.entry import NOTHING
from belvedere.accounts.models import Role, Site
from belvedere.accounts.selectors import get_role, list_memberships
from belvedere.accounts.views import SiteView
from belvedere.cameras import publishers, selectors, services
from belvedere.cameras import serializers as shapes
from belvedere.cameras.models import Camera
from belvedere.cameras.record import build_record
from belvedere.web_api.edits import answer_with_version, check_if_match
from belvedere.web_api.rest import checked

SITE = OpenApiParameter("site", str, description="Slug of a site; without it, all sites of the person.")


def _serialize(camera: Camera, role: Role | None) -> dict[str, Any]:
    return dict(shapes.CameraSerializer(build_record(camera, role)).data)


class CamerasView(SiteView):
    """The cameras of a site."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "POST": Role.OWNER}

    @extend_schema(operation_id="cameras_list", parameters=[SITE], responses=shapes.CameraSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """By name."""
        roles = {held.site_id: Role(held.role) for held in list_memberships(self.person)}
        cameras = selectors.cameras_of(self.person, self.site)
        return Response([_serialize(camera, roles.get(camera.site_id)) for camera in cameras])

    @extend_schema(
        operation_id="cameras_create", request=shapes.NewCameraSerializer, responses={201: shapes.CameraSerializer}
    )
    def post(self, request: Request) -> Response:
        """Add a camera; its picture follows within seconds, or its state says why not."""
        sent = checked(shapes.NewCameraSerializer(data=request.data))
        camera = services.do_create_camera(self.checked_site, sent["id"], sent)
        return answer_with_version(_serialize(camera, Role.OWNER), camera, status=201)


class OneCameraView(SiteView):
    """The base of what is about one camera."""

    def site_of(self, _request: Request, camera_id: str, **_route: Any) -> Site:
        """Raises Http404 where there is no such camera."""
        return get_object_or_404(Camera.objects.select_related("site"), pk=camera_id).site

    @property
    def camera(self) -> Camera:
        """The one in the address. Raises Http404."""
        return get_object_or_404(selectors.cameras_of(self.person, self.checked_site), pk=self.kwargs["camera_id"])


class CameraView(OneCameraView):
    """One camera."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "PATCH": Role.OWNER, "DELETE": Role.OWNER}

    @extend_schema(operation_id="cameras_get", responses=shapes.CameraSerializer)
    def get(self, _request: Request, **_route: str) -> Response:
        """With its state as of now."""
        camera = self.camera
        return answer_with_version(_serialize(camera, get_role(self.person, camera.site)), camera)

    @extend_schema(
        operation_id="cameras_update", request=shapes.CameraChangeSerializer, responses=shapes.CameraSerializer
    )
    def patch(self, request: Request, camera_id: str) -> Response:
        """Rename, move, switch on or off, or give another source."""
        sent = checked(shapes.CameraChangeSerializer(data=request.data, partial=True))
        with transaction.atomic():
            camera = services.lock_camera(camera_id)
            check_if_match(request, camera)
            services.do_update_camera(camera, sent)
        return answer_with_version(_serialize(camera, Role.OWNER), camera)

    @extend_schema(operation_id="cameras_delete", request=None, responses={204: NOTHING})
    def delete(self, request: Request, camera_id: str) -> Response:
        """Delete it; whoever watches sees it end."""
        with transaction.atomic():
            camera = services.lock_camera(camera_id)
            check_if_match(request, camera)
            services.do_delete_camera(camera)
        return Response(status=204)


class PublisherView(OneCameraView):
    """The secret with which a camera publishes."""

    required_roles: ClassVar = {"POST": Role.OWNER, "DELETE": Role.OWNER}

    @extend_schema(operation_id="publishers_renew", request=None, responses={201: shapes.PublisherSecretSerializer})
    def post(self, _request: Request, **_route: str) -> Response:
        """Make one, in place of the one before: this answer is the only one that shows it."""
        secret = publishers.do_renew_secret(self.camera)
        return Response(shapes.PublisherSecretSerializer({"secret": secret}).data, status=201)

    @extend_schema(operation_id="publishers_revoke", request=None, responses={204: NOTHING})
    def delete(self, _request: Request, **_route: str) -> Response:
        """Nobody publishes this camera any more; who does is cut off within 5 s."""
        publishers.do_revoke_secret(self.camera)
        return Response(status=204)
