"""The members of a site, and the invitations that wait."""

from __future__ import annotations

from typing import ClassVar

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import invitations, selectors, services
from belvedere.accounts.api.entry import NOTHING
from belvedere.accounts.models import Role
from belvedere.accounts.serializers import members as shapes
from belvedere.accounts.services import NewPerson
from belvedere.accounts.views import SiteView
from belvedere.web_api.rest import checked


class MembersView(SiteView):
    """Who may do what at a site."""

    required_roles: ClassVar = {"GET": Role.OWNER, "POST": Role.OWNER}

    @extend_schema(operation_id="members_list", responses=shapes.MemberSerializer(many=True))
    def get(self, _request: Request, **_route: str) -> Response:
        """In the order they joined."""
        return Response(shapes.MemberSerializer(selectors.list_members(self.checked_site), many=True).data)

    @extend_schema(
        operation_id="members_create", request=shapes.NewMemberSerializer, responses={201: shapes.AddedMemberSerializer}
    )
    def post(self, request: Request, **_route: str) -> Response:
        """With a password make an account and a member of it; else, and where somebody has that name, invite.

        The answer is the same for both but for `id`: nobody becomes a member without being asked.
        """
        sent = checked(shapes.NewMemberSerializer(data=request.data))
        role = Role(sent.pop("role"))
        membership = None
        if sent.get("password"):
            membership = invitations.do_add_or_invite(self.checked_site, self.person, role, NewPerson(**sent))
        else:
            known = invitations.find_known_person(sent["username"], sent["email"])
            invitations.do_invite(self.checked_site, self.person, role, sent["username"], known)
        added = {key: sent[key] for key in ("username", "email")} | {"role": role}
        added |= {"id": membership and membership.pk, "name": sent["name"] or sent["username"]}
        return Response(shapes.AddedMemberSerializer(added).data, status=201)


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
            membership = get_object_or_404(selectors.list_members(site), pk=member_id)
            services.do_change_role(membership, Role(sent["role"]))
        return Response(shapes.MemberSerializer(membership).data)

    @extend_schema(operation_id="members_delete", request=None, responses={204: NOTHING})
    def delete(self, _request: Request, member_id: int, **_route: str) -> Response:
        """Take the site from somebody; the last owner stays (409)."""
        with transaction.atomic():
            site = services.lock_site(self.checked_site.pk)
            services.do_remove_member(get_object_or_404(selectors.list_members(site), pk=member_id))
        return Response(status=204)


class InvitationsView(SiteView):
    """Invitations to a site that wait for an answer."""

    required_roles: ClassVar = {"GET": Role.OWNER, "POST": Role.OWNER}

    @extend_schema(operation_id="invitations_list", responses=shapes.InvitationSerializer(many=True))
    def get(self, _request: Request, **_route: str) -> Response:
        """Newest first."""
        rows = invitations.list_pending_of_site(self.checked_site)
        return Response(shapes.InvitationSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="invitations_create",
        request=shapes.InvitationRequestSerializer,
        responses={201: shapes.NewInvitationSerializer},
    )
    def post(self, request: Request, **_route: str) -> Response:
        """Invite an account by user name or e-mail, or whoever shows the code: this answer alone has it."""
        sent = checked(shapes.InvitationRequestSerializer(data=request.data))
        site, role, name, code = self.checked_site, Role(sent["role"]), sent["name"].strip(), ""
        if name:
            known = invitations.find_known_person(name)
            invitation = invitations.do_invite(site, self.person, role, name, known)
        else:
            invitation, code = invitations.do_invite_by_code(site, self.person, role)
        made = {"id": invitation.pk, "name": name, "role": role, "expires_at": invitation.expires_at, "code": code}
        return Response(shapes.NewInvitationSerializer(made).data, status=201)


class InvitationView(SiteView):
    """One invitation to a site."""

    required_roles: ClassVar = {"DELETE": Role.OWNER}

    @extend_schema(operation_id="invitations_delete", request=None, responses={204: NOTHING})
    def delete(self, _request: Request, invitation_id: int, **_route: str) -> Response:
        """Withdraw it."""
        rows = invitations.list_pending_of_site(self.checked_site)
        invitations.do_withdraw(get_object_or_404(rows, pk=invitation_id))
        return Response(status=204)
