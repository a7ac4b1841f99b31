"""The tokens by which programs read a camera by RTSP, over REST."""

from __future__ import annotations

from typing import ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.api.entry import NOTHING
from belvedere.accounts.models import Role, Token
from belvedere.cameras import rtsp_tokens
from belvedere.cameras import serializers as shapes
from belvedere.cameras.api import OneCameraView
from belvedere.web_api.rest import checked


class RtspTokensView(OneCameraView):
    """The tokens for one camera."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "POST": Role.VIEWER}

    @extend_schema(operation_id="rtsp_tokens_list", responses=shapes.RtspTokenSerializer(many=True))
    def get(self, _request: Request, **_route: str) -> Response:
        """The person's own, newest first; an owner sees everybody's."""
        rows = rtsp_tokens.rtsp_tokens_of(self.camera, self.person)
        return Response(shapes.RtspTokenSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="rtsp_tokens_create",
        request=shapes.RtspTokenRequestSerializer,
        responses={201: shapes.NewRtspTokenSerializer},
    )
    def post(self, request: Request, **_route: str) -> Response:
        """A new token: this answer is the only one that shows it. One made by a bearer token ends with that one."""
        sent = checked(shapes.RtspTokenRequestSerializer(data=request.data))
        maker = request.auth if isinstance(request.auth, Token) else None
        token, secret = rtsp_tokens.do_create_rtsp_token(self.camera, self.person, sent["name"], maker)
        made = {"id": token.pk, "name": token.name, "token": secret}
        return Response(shapes.NewRtspTokenSerializer(made).data, status=201)


class RtspTokenView(OneCameraView):
    """One token."""

    required_roles: ClassVar = {"DELETE": Role.VIEWER}

    @extend_schema(operation_id="rtsp_tokens_delete", request=None, responses={204: NOTHING})
    def delete(self, _request: Request, rtsp_token_id: int, **_route: str) -> Response:
        """It opens nothing any more; what reads with it ends within 5 s."""
        rows = rtsp_tokens.rtsp_tokens_of(self.camera, self.person)
        rtsp_tokens.do_revoke_rtsp_token(get_object_or_404(rows, pk=rtsp_token_id))
        return Response(status=204)
