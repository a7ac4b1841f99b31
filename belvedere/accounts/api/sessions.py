"""The person's sessions."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth import logout
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import browsers, services
from belvedere.accounts.api.entry import NOTHING
from belvedere.accounts.permissions import Access
from belvedere.accounts.serializers import account as shapes
from belvedere.accounts.views import SiteView


class SessionsView(SiteView):
    """All sessions of the person."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN, "DELETE": Access.SIGNED_IN}

    @extend_schema(operation_id="sessions_list", responses=shapes.BrowserSessionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The open ones, the one used last first."""
        browsers.save_uses()
        rows = browsers.list_sessions(self.person)
        current = browsers.hash_key_of(request._request) if request.auth is None else ""
        return Response(shapes.BrowserSessionSerializer(rows, many=True, context={"current": current}).data)

    @extend_schema(operation_id="sign_out_everywhere", request=None, responses={204: NOTHING})
    def delete(self, request: Request) -> Response:
        """Sign out everywhere: every session of this person ends, this one too, within 5 s; tokens stay."""
        services.do_sign_out_everywhere(self.person)
        if request.auth is None:
            logout(request._request)
        return Response(status=204)


class OneSessionView(SiteView):
    """One session of the person."""

    required_roles: ClassVar = {"DELETE": Access.SIGNED_IN}

    @extend_schema(operation_id="sessions_delete", request=None, responses={204: NOTHING})
    def delete(self, _request: Request, session_id: int) -> Response:
        """Sign that browser out, with its sockets and streams, within 5 s."""
        browsers.do_end_session(get_object_or_404(browsers.list_sessions(self.person), pk=session_id))
        return Response(status=204)
