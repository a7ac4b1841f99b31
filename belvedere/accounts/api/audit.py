"""Who did what: at a site for its owners, and everybody's own."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import audit
from belvedere.accounts.models import AuditEntry, Role
from belvedere.accounts.permissions import Access
from belvedere.accounts.serializers import audit as shapes
from belvedere.accounts.views import SiteView
from belvedere.web_api.rest import checked

QUERY = [
    OpenApiParameter("cursor", int, description="`next` of the page before."),
    OpenApiParameter("q", str, description="Part of the name of a person or of what was changed, or of an address."),
    OpenApiParameter("kind", str, enum=audit.AuditGroup.values, description="What the entries are about."),
]


def _answer(request: Request, entries: QuerySet[AuditEntry]) -> Response:
    asked = checked(shapes.AuditQuerySerializer(data=request.query_params))
    rows, following = audit.read_page(entries, before=asked["cursor"], query=asked["q"].strip(), group=asked["kind"])
    context = {"names": audit.find_names(rows)}
    return Response(shapes.AuditPageSerializer({"entries": rows, "next": following}, context=context).data)


class SiteAuditView(SiteView):
    """The audit log of a site."""

    required_roles: ClassVar = {"GET": Role.OWNER}

    @extend_schema(operation_id="audit_list", parameters=QUERY, responses=shapes.AuditPageSerializer)
    def get(self, request: Request, **_route: str) -> Response:
        """Newest first: what was done at the site, and the sign-ins and tokens of its members."""
        return _answer(request, audit.list_of_site(self.checked_site))


class MyAuditView(SiteView):
    """The person's own audit log."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN}

    @extend_schema(operation_id="me_audit", parameters=QUERY, responses=shapes.AuditPageSerializer)
    def get(self, request: Request) -> Response:
        """Newest first: what the person did, anywhere, and failed sign-ins to the account."""
        return _answer(request, audit.list_of_person(self.person))
