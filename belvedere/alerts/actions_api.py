"""Acting on alerts over REST: one at a time, and several."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from belvedere.accounts.models import Role, Site, User
from belvedere.accounts.views import SiteView
from belvedere.alerts import selectors, services, silences
from belvedere.alerts import serializers as shapes
from belvedere.alerts.api import AlertObjectView, respond
from belvedere.alerts.log import body_of
from belvedere.alerts.several import Act, do_several
from belvedere.alerts.silences_shapes import SilenceAlertSerializer
from belvedere.alerts.silencing import find_next_morning
from belvedere.domain.times import now_ms
from belvedere.web_api.problems import Problem
from belvedere.web_api.rest import checked

OF_SITE = OpenApiParameter("site", str, required=True, description="Slug of the site.")


class AcknowledgeView(AlertObjectView):
    """Somebody takes care of it."""

    required_roles: ClassVar = {"POST": Role.OPERATOR}

    @extend_schema(operation_id="alerts_acknowledge", request=None, responses=shapes.AlertSerializer)
    def post(self, _request: Request, alert_id: int) -> HttpResponse:
        """409 "already_acknowledged" where somebody was faster."""
        return self.answer(services.do_acknowledge(alert_id, self.person, now_ms()))


class ResolveView(AlertObjectView):
    """Somebody says that it is over."""

    required_roles: ClassVar = {"POST": Role.OPERATOR}

    @extend_schema(operation_id="alerts_resolve", request=None, responses=shapes.AlertSerializer)
    def post(self, _request: Request, alert_id: int) -> HttpResponse:
        """The rule raises again only after its condition has cleared."""
        return self.answer(services.do_resolve(alert_id, self.person, now_ms()))


class CommentsView(AlertObjectView):
    """Somebody says something about it."""

    required_roles: ClassVar = {"POST": Role.OPERATOR}

    @extend_schema(operation_id="alerts_comment", request=shapes.CommentSerializer, responses=shapes.AlertSerializer)
    def post(self, request: Request, alert_id: int) -> HttpResponse:
        """An event of the log like the others; in any state."""
        text = checked(shapes.CommentSerializer(data=request.data))["text"]
        return self.answer(services.do_comment(alert_id, self.person, text, now_ms()))


class AssignView(AlertObjectView):
    """Somebody is to take care of it."""

    required_roles: ClassVar = {"POST": Role.OPERATOR}

    @extend_schema(operation_id="alerts_assign", request=shapes.AssignSerializer, responses=shapes.AlertSerializer)
    def post(self, request: Request, alert_id: int) -> HttpResponse:
        """A member of the site, or null. 409 "already_resolved" where it is over."""
        name = checked(shapes.AssignSerializer(data=request.data))["user"]
        return self.answer(services.do_assign(alert_id, self.person, find_assignee(self.checked_site, name), now_ms()))


class SilenceAlertView(AlertObjectView):
    """Nobody is to be called for it for a time."""

    required_roles: ClassVar = {"POST": Role.OPERATOR}

    @extend_schema(operation_id="alerts_silence", request=SilenceAlertSerializer, responses=shapes.AlertSerializer)
    def post(self, request: Request, alert_id: int) -> HttpResponse:
        """A silence of its rule on its series, or of its camera. 409 "already_resolved" where it is over."""
        sent = checked(SilenceAlertSerializer(data=request.data))
        now = now_ms()
        ends = {
            "30_minutes": now + 30 * 60_000,
            "2_hours": now + 2 * 3_600_000,
            "morning": find_next_morning(now, self.checked_site.timezone),
        }
        return self.answer(silences.do_silence_alert(alert_id, self.person, ends[sent["until"]], sent["reason"], now))


class AssigneesView(SiteView):
    """Who can take care of alerts."""

    required_roles: ClassVar = {"GET": Role.OPERATOR}

    @extend_schema(
        operation_id="alerts_assignees", parameters=[OF_SITE], responses=shapes.AssigneeSerializer(many=True)
    )
    def get(self, _request: Request) -> HttpResponse:
        """The members of the site."""
        if self.site is None:
            raise ValidationError({"site": ["Say which site: its slug."]})
        members = [member.user for member in selectors.members_of(self.site)]
        return respond(msgspec.json.encode([{"username": m.username, "name": m.display_name} for m in members]))


class SeveralView(SiteView):
    """What is done to several alerts of a site."""

    def do(self, ids: list[int], act: Act) -> HttpResponse:
        """Answers for each."""
        results: list[dict[str, Any]] = [
            {
                "id": outcome.id,
                "code": outcome.code,
                "alert": body_of(outcome.alert, self.checked_site.slug) if outcome.alert else None,
            }
            for outcome in do_several(self.checked_site, ids, act)
        ]
        done = sum(result["code"] == "done" for result in results)
        return respond(msgspec.json.encode({"done": done, "results": results}))


class AcknowledgeSeveralView(SeveralView):
    """Somebody takes care of them."""

    required_roles: ClassVar = {"POST": Role.OPERATOR}

    @extend_schema(
        operation_id="alerts_acknowledge_several",
        request=shapes.SeveralSerializer,
        responses=shapes.OutcomesSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """Each by itself: those that somebody else was faster with are told."""
        ids, person, now = checked(shapes.SeveralSerializer(data=request.data))["ids"], self.person, now_ms()
        return self.do(ids, lambda log, alert: services.acknowledge(log, alert, person, now))


class ResolveSeveralView(SeveralView):
    """Somebody says that they are over."""

    required_roles: ClassVar = {"POST": Role.OPERATOR}

    @extend_schema(
        operation_id="alerts_resolve_several", request=shapes.SeveralSerializer, responses=shapes.OutcomesSerializer
    )
    def post(self, request: Request) -> HttpResponse:
        """Each by itself."""
        ids, person, now = checked(shapes.SeveralSerializer(data=request.data))["ids"], self.person, now_ms()
        return self.do(ids, lambda log, alert: services.resolve(log, alert, person, now))


class AssignSeveralView(SeveralView):
    """Somebody is to take care of them."""

    required_roles: ClassVar = {"POST": Role.OPERATOR}

    @extend_schema(
        operation_id="alerts_assign_several",
        request=shapes.AssignSeveralSerializer,
        responses=shapes.OutcomesSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """Each by itself."""
        sent = checked(shapes.AssignSeveralSerializer(data=request.data))
        assignee, person, now = find_assignee(self.checked_site, sent["user"]), self.person, now_ms()
        return self.do(sent["ids"], lambda log, alert: services.assign(log, alert, person, assignee, now))


def find_assignee(site: Site, username: str | None) -> User | None:
    """The member of this name. Raises 400 "not_a_member"."""
    if username is None:
        return None
    member = selectors.members_of(site).filter(user__username=username).first()
    if member is None:
        sentence = "This site has no such member."
        raise Problem(400, "not_a_member", sentence, errors={"user": [sentence]})
    return member.user
