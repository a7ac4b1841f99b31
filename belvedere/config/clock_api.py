"""A person says that the server's clock is right: what the dashboard's banner asks for while it is in doubt."""

from __future__ import annotations

from typing import ClassVar

import structlog
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import selectors
from belvedere.accounts.api.entry import NOTHING
from belvedere.accounts.permissions import Access
from belvedere.accounts.views import SiteView
from belvedere.config.clock import clock, tell_confirmed

log = structlog.get_logger(__name__)


class ConfirmView(SiteView):
    """The clock of this server, which belongs to no site: who operates any of them may speak of it."""

    required_roles: ClassVar = {"POST": Access.SIGNED_IN}

    @extend_schema(operation_id="clock_confirm", request=None, responses={204: NOTHING})
    def post(self, _request: Request) -> Response:
        """The time that the server's clock shows is right. Nothing happens where it is not in doubt."""
        if not selectors.operates(self.person):
            raise PermissionDenied("This needs the role operator or owner at a site.")
        doubt = clock().confirm()
        tell_confirmed()(clock().now_ms())
        if doubt is not None:
            person = self.person.get_username()
            log.info("clock_confirmed", by=person, expected_ms=doubt.expected_ms, now_ms=clock().now_ms())
        return Response(status=204)
