"""Set-up, and the list of time zones that it needs."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.auth import login
from django.utils import timezone, translation
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import first_run, selectors, services
from belvedere.accounts.api.entry import BACKEND, describe_person
from belvedere.accounts.guessing import guard_guesses
from belvedere.accounts.permissions import Access
from belvedere.accounts.serializers import first_run as shapes
from belvedere.accounts.serializers.sites import SiteSerializer, TimezoneSerializer
from belvedere.accounts.services import NewPerson, NewSite
from belvedere.accounts.views import SiteView
from belvedere.domain.timezones import find_timezones
from belvedere.web_api.problems import Problem
from belvedere.web_api.rest import checked

MOST_TIMEZONES = 40
LONGEST_QUERY = 100


class SetupView(SiteView):
    """The first run: the code on the console makes one owner, once."""

    required_roles: ClassVar = {"GET": Access.ANYONE, "POST": Access.ANYONE}

    @extend_schema(operation_id="setup_state", responses=shapes.SetupStateSerializer, auth=[])
    def get(self, _request: Request) -> Response:
        """Whether the installation still waits for its first owner."""
        return Response({"needed": selectors.needs_setup()})

    @extend_schema(
        operation_id="setup", request=shapes.SetupSerializer, responses={201: shapes.SetupDoneSerializer}, auth=[]
    )
    def post(self, request: Request) -> Response:
        """Make the first owner and site, and sign the owner in."""
        if not selectors.needs_setup():
            raise Problem(409, "already_set_up", "This installation has an owner already: sign in.")
        sent = checked(shapes.SetupSerializer(data=request.data))
        site = NewSite(**sent.pop("site"))
        token = sent.pop("token")
        with guard_guesses(request, "setup", "", None):
            user, made = first_run.do_setup(settings.ENV.data_dir, token, NewPerson(**sent), site)
        login(request._request, user, backend=BACKEND)
        return Response({"user": describe_person(request, user), "site": SiteSerializer(made).data}, status=201)


class SetupCheckView(SiteView):
    """One step of the set-up, before all of it is sent."""

    required_roles: ClassVar = {"POST": Access.ANYONE}

    @extend_schema(
        operation_id="setup_check",
        request=shapes.SetupCheckSerializer,
        responses={204: OpenApiResponse(description="What was sent can be used.")},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Judge the code, and as much of the owner and the site as is sent. Guesses count as those of the set-up."""
        sent = checked(shapes.SetupCheckSerializer(data=request.data))
        with guard_guesses(request, "setup", "", None):
            first_run.check_token(settings.ENV.data_dir, sent["token"])
        if "username" in sent:
            owner = {key: sent[key] for key in ("username", "password", "email", "name") if key in sent}
            services.check_person(NewPerson(**{"password": "", **owner}))
        return Response(status=204)


class TimezonesView(SiteView):
    """Time zones by city or country."""

    required_roles: ClassVar = {"GET": Access.ANYONE}

    @extend_schema(
        operation_id="timezones_list",
        parameters=[
            OpenApiParameter("q", str, description="A city or country, in Vietnamese or English, or a zone's name.")
        ],
        responses=TimezoneSerializer(many=True),
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """The best matches, named in the language of `Accept-Language`."""
        query = request.query_params.get("q", "")[:LONGEST_QUERY]
        language = "vi" if translation.get_language() == "vi" else "en"
        found = find_timezones(query, language, timezone.now(), MOST_TIMEZONES)
        return Response(TimezoneSerializer([place._asdict() for place in found], many=True).data)
