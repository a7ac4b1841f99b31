"""What somebody does who is invited."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth import login
from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import audit, invitations
from belvedere.accounts.api.entry import BACKEND, NOTHING, describe_person
from belvedere.accounts.guessing import guard_guesses, remember_browser
from belvedere.accounts.permissions import Access
from belvedere.accounts.serializers import members as shapes
from belvedere.accounts.serializers.account import MeSerializer, SiteRoleSerializer
from belvedere.accounts.services import NewPerson
from belvedere.accounts.views import SiteView
from belvedere.web_api.rest import checked


class MyInvitationsView(SiteView):
    """What the person is invited to."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN}

    @extend_schema(operation_id="me_invitations", responses=shapes.MyInvitationSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """Newest first."""
        rows = invitations.list_pending_of_person(self.person)
        return Response(shapes.MyInvitationSerializer(rows, many=True).data)


class MyInvitationView(SiteView):
    """One of them."""

    required_roles: ClassVar = {"POST": Access.SIGNED_IN, "DELETE": Access.SIGNED_IN}

    @extend_schema(operation_id="me_invitation_accept", request=None, responses=SiteRoleSerializer)
    def post(self, _request: Request, invitation_id: int) -> Response:
        """Accept: the person is a member from now on."""
        invitation = get_object_or_404(invitations.list_pending_of_person(self.person), pk=invitation_id)
        return Response(SiteRoleSerializer(invitations.do_accept(invitation, self.person)).data)

    @extend_schema(operation_id="me_invitation_decline", request=None, responses={204: NOTHING})
    def delete(self, _request: Request, invitation_id: int) -> Response:
        """Decline."""
        invitation = get_object_or_404(invitations.list_pending_of_person(self.person), pk=invitation_id)
        invitations.do_decline(invitation, self.person)
        return Response(status=204)


class CodeView(SiteView):
    """An invitation by code, read."""

    required_roles: ClassVar = {"POST": Access.ANYONE}

    @extend_schema(
        operation_id="invitation_read", request=shapes.CodeSerializer, responses=shapes.MyInvitationSerializer, auth=[]
    )
    def post(self, request: Request) -> Response:
        """What the code invites to. A POST, so that the code stands in no log of addresses."""
        sent = checked(shapes.CodeSerializer(data=request.data))
        with guard_guesses(request, "invitation", "", None):
            invitation = invitations.check_code(sent["code"])
        return Response(shapes.MyInvitationSerializer(invitation).data)


class AcceptView(SiteView):
    """An invitation by code, for somebody who has an account."""

    required_roles: ClassVar = {"POST": Access.SIGNED_IN}

    @extend_schema(operation_id="invitation_accept", request=shapes.CodeSerializer, responses=SiteRoleSerializer)
    def post(self, request: Request) -> Response:
        """Accept: the person is a member from now on, and the code is used up."""
        sent = checked(shapes.CodeSerializer(data=request.data))
        with guard_guesses(request, "invitation", "", None):
            membership = invitations.do_accept(invitations.check_code(sent["code"]), self.person)
        return Response(SiteRoleSerializer(membership).data)


class JoinView(SiteView):
    """An invitation by code, for somebody without an account."""

    required_roles: ClassVar = {"POST": Access.ANYONE}

    @extend_schema(
        operation_id="invitation_join", request=shapes.JoinSerializer, responses={201: MeSerializer}, auth=[]
    )
    def post(self, request: Request) -> Response:
        """Make the account, a member of the site, and sign in."""
        sent = checked(shapes.JoinSerializer(data=request.data))
        with guard_guesses(request, "invitation", "", None):
            invitation = invitations.check_code(sent.pop("code"))
            user = invitations.do_join(invitation, NewPerson(**sent))
        request._request.session.flush()
        with transaction.atomic():
            login(request._request, user, backend=BACKEND)
            audit.record("account.signed_in", who=user)
        response = Response(describe_person(request, user), status=201)
        remember_browser(request, response, user)
        return response
