"""A new password by a link that an owner made."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth import login
from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import audit, resets, selectors, services
from belvedere.accounts.api.entry import BACKEND, describe_person
from belvedere.accounts.guessing import guard_guesses, remember_browser
from belvedere.accounts.models import Role
from belvedere.accounts.permissions import Access
from belvedere.accounts.serializers import resets as shapes
from belvedere.accounts.serializers.account import MeSerializer
from belvedere.accounts.serializers.members import CodeSerializer
from belvedere.accounts.views import SiteView
from belvedere.web_api.rest import checked


class MemberResetView(SiteView):
    """The password of a member."""

    required_roles: ClassVar = {"POST": Role.OWNER}

    @extend_schema(operation_id="members_reset_password", request=None, responses={201: shapes.NewResetSerializer})
    def post(self, _request: Request, member_id: int, **_route: str) -> Response:
        """End it, and the member's sessions. Only this answer has the code of the link to a new one (`/reset#CODE`)."""
        with transaction.atomic():
            site = services.lock_site(self.checked_site.pk)
            membership = get_object_or_404(selectors.list_members(site), pk=member_id)
            resets.check_may_reset(self.person, membership)
            code, expires_at = resets.do_make_reset(self.person, membership)
        return Response(shapes.NewResetSerializer({"code": code, "expires_at": expires_at}).data, status=201)


class ResetReadView(SiteView):
    """A link, read."""

    required_roles: ClassVar = {"POST": Access.ANYONE}

    @extend_schema(operation_id="reset_read", request=CodeSerializer, responses=shapes.ResetSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Whose password it is. A POST, so that the code stands in no log of addresses."""
        sent = checked(CodeSerializer(data=request.data))
        with guard_guesses(request, "reset", "", None):
            reset = resets.check_code(sent["code"])
        return Response(shapes.ResetSerializer(reset.user).data)


class ResetUseView(SiteView):
    """A link, used."""

    required_roles: ClassVar = {"POST": Access.ANYONE}

    @extend_schema(operation_id="reset_use", request=shapes.ResetUseSerializer, responses=MeSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Set the new password, and sign in."""
        sent = checked(shapes.ResetUseSerializer(data=request.data))
        with guard_guesses(request, "reset", "", None):
            reset = resets.check_code(sent["code"])
            services.check_password(sent["password"], reset.user)
            user = resets.do_use_reset(reset, sent["password"])
        request._request.session.flush()
        with transaction.atomic():
            login(request._request, user, backend=BACKEND)
            audit.record("account.signed_in", who=user)
        response = Response(describe_person(request, user))
        remember_browser(request, response, user)
        return response
