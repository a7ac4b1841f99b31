"""Search over a site, over REST."""

from __future__ import annotations

from typing import Any, ClassVar, get_args

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.models import Role
from belvedere.accounts.views import SiteView
from belvedere.alerts.search import HitKind, find
from belvedere.web_api.language import language_of

MOST_TYPED = 100


class HitSerializer(serializers.Serializer[Any]):
    """Something that was found. state, severity, opened_ms: of an alert only."""

    kind = serializers.ChoiceField(choices=get_args(HitKind))
    id = serializers.CharField()
    name = serializers.CharField()
    device_name = serializers.CharField()
    zone = serializers.CharField()
    state = serializers.CharField(allow_null=True)
    severity = serializers.CharField(allow_null=True)
    opened_ms = serializers.IntegerField(allow_null=True)


class SearchView(SiteView):
    """Everything of a site by its name."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="sites_search",
        parameters=[
            OpenApiParameter("q", str, description="Words that all stand in a name, an id, a metric or a zone.")
        ],
        responses=HitSerializer(many=True),
    )
    def get(self, request: Request, **_route: str) -> Response:
        """At most 8 of each kind, the best first, in any case, accents or not; alerts among the newest 1,000."""
        query = request.query_params.get("q", "")[:MOST_TYPED]
        return Response(find(self.checked_site, query, language_of(request, self.person.language), self.person))
