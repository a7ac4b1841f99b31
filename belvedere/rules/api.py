"""Rules over REST."""

from __future__ import annotations

from typing import ClassVar

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.models import Role, Site
from belvedere.accounts.permissions import Access
from belvedere.accounts.selectors import list_sites
from belvedere.accounts.views import SiteView
from belvedere.rules import selectors, services
from belvedere.rules import serializers as shapes
from belvedere.rules.conditions import to_json
from belvedere.rules.models import Rule
from belvedere.rules.templates import TEMPLATES
from belvedere.web_api.edits import answer_with_version, check_if_match
from belvedere.web_api.rest import checked

SITE = OpenApiParameter("site", str, description="Slug of the site; without it, of all sites one is a member of.")


class RulesView(SiteView):
    """The rules of a site."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "POST": Role.OWNER}

    @extend_schema(operation_id="rules_list", parameters=[SITE], responses=shapes.RuleSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """In the order they were made."""
        sites = [self.site] if self.site else list_sites(self.person)
        rules = list(selectors.rules_of(sites))
        context = {"watched": selectors.describe_watched(rules)}
        return Response(shapes.RuleSerializer(rules, many=True, context=context).data)

    @extend_schema(
        operation_id="rules_create", request=shapes.NewRuleSerializer, responses={201: shapes.RuleSerializer}
    )
    def post(self, request: Request) -> Response:
        """It judges the present values at once, then every reading."""
        sent = checked(shapes.NewRuleSerializer(data=request.data))
        rule = services.do_create_rule(self.checked_site, sent)
        return answer_with_version(shapes.RuleSerializer(rule).data, rule, status=201)


class RuleView(SiteView):
    """One rule."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "PATCH": Role.OWNER, "DELETE": Role.OWNER}

    def site_of(self, _request: Request, rule_id: int) -> Site:
        """The rule's own."""
        return get_object_or_404(Rule.objects.select_related("site"), pk=rule_id).site

    @extend_schema(operation_id="rules_get", responses=shapes.RuleSerializer)
    def get(self, _request: Request, rule_id: int) -> Response:
        """As it is now."""
        rule = get_object_or_404(Rule.objects.select_related("site"), pk=rule_id)
        return answer_with_version(shapes.RuleSerializer(rule).data, rule)

    @extend_schema(operation_id="rules_update", request=shapes.RuleChangeSerializer, responses=shapes.RuleSerializer)
    def patch(self, request: Request, rule_id: int) -> Response:
        """Another condition judges the present values at once; open alerts end where it is cleared or switched off."""
        sent = checked(shapes.RuleChangeSerializer(data=request.data, partial=True))
        with transaction.atomic():
            rule = services.lock_rule(rule_id)
            check_if_match(request, rule)
            services.do_save_rule(rule, sent)
        return answer_with_version(shapes.RuleSerializer(rule).data, rule)

    @extend_schema(operation_id="rules_delete", request=None, responses={204: OpenApiResponse(description="Deleted.")})
    def delete(self, request: Request, rule_id: int) -> Response:
        """Its open alerts are resolved; the log keeps what they were."""
        with transaction.atomic():
            rule = services.lock_rule(rule_id)
            check_if_match(request, rule)
            services.do_delete_rule(rule)
        return Response(status=204)


class RuleTemplatesView(SiteView):
    """The ready rules."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN}

    @extend_schema(operation_id="rules_templates", responses=shapes.RuleTemplateSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """Every new site has them, switched off."""
        ready = [{**t._asdict(), "name": t.name, "condition": to_json(t.condition)} for t in TEMPLATES]
        return Response(shapes.RuleTemplateSerializer(ready, many=True).data)
