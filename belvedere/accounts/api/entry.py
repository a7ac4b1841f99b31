"""Signing in and out, and oneself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.db import transaction
from django.middleware.csrf import get_token
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import audit, browsers, closing, services
from belvedere.accounts.backends import find_user
from belvedere.accounts.guessing import guard_guesses, remember_browser
from belvedere.accounts.models import User
from belvedere.accounts.permissions import Access
from belvedere.accounts.serializers import account as shapes
from belvedere.accounts.views import SiteView
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append
from belvedere.web_api.problems import Problem
from belvedere.web_api.rest import checked

BACKEND = "belvedere.accounts.backends.NameOrEmailBackend"
NOTHING = OpenApiResponse(description="Done.")


def describe_person(request: Request, user: User) -> dict[str, Any]:
    """The person, and the cookie that a browser needs for whatever it does next."""
    get_token(request._request)
    return dict(shapes.MeSerializer(user).data)


class SessionView(SiteView):
    """A browser's session."""

    required_roles: ClassVar = {"POST": Access.ANYONE, "DELETE": Access.SIGNED_IN}

    @extend_schema(operation_id="sign_in", request=shapes.CredentialsSerializer, responses=shapes.MeSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Sign in: a new session key, and the CSRF cookie."""
        sent = checked(shapes.CredentialsSerializer(data=request.data))
        name = sent["username"].strip()
        with guard_guesses(request, "sign_in", name, find_user(name)):
            user = authenticate(request._request, username=name, password=sent["password"])
            if not isinstance(user, User):
                raise Problem(401, "bad_credentials", "The user name or the password is wrong.")
        request._request.session.flush()  # login() alone keeps the key where the same person signs in again
        with transaction.atomic():
            login(request._request, user)
            audit.record("account.signed_in", who=user)
        response = Response(describe_person(request, user))
        remember_browser(request, response, user)
        return response

    @extend_schema(operation_id="sign_out", request=None, responses={204: NOTHING})
    def delete(self, request: Request) -> Response:
        """Sign out: the session is gone for sockets and streams too, within 5 s."""
        user_id = self.person.pk
        with transaction.atomic():
            logout(request._request)
            audit.record("account.signed_out")
            append(ChangeKind.PERSON, user_id)
        return Response(status=204)


class MeView(SiteView):
    """The person who is signed in."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN, "PATCH": Access.SIGNED_IN}

    @extend_schema(operation_id="me", responses=shapes.MeSerializer)
    def get(self, request: Request) -> Response:
        """Who am I, and where may I do what."""
        return Response(describe_person(request, self.person))

    @extend_schema(operation_id="me_update", request=shapes.MeChangeSerializer, responses=shapes.MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change the language or the name."""
        sent = checked(shapes.MeChangeSerializer(data=request.data, partial=True))
        return Response(describe_person(request, services.do_update_person(self.person, sent)))


class PasswordView(SiteView):
    """The person's own password."""

    required_roles: ClassVar = {"POST": Access.SIGNED_IN}

    @extend_schema(operation_id="me_change_password", request=shapes.PasswordChangeSerializer, responses={204: NOTHING})
    def post(self, request: Request) -> Response:
        """Change it: every other session of this person ends within 5 s; tokens stay."""
        sent = checked(shapes.PasswordChangeSerializer(data=request.data))
        with guard_guesses(request, "password", self.person.username, self.person):
            services.check_current_password(self.person, sent["current_password"])
        services.check_password(sent["password"], self.person)
        services.do_change_password(self.person, sent["password"])
        response = Response(status=204)
        if request.auth is None:
            update_session_auth_hash(request._request, self.person)
            browsers.note_session(request._request, self.person)
            remember_browser(request, response, self.person)
        return response


class CloseView(SiteView):
    """The end of the person's account."""

    required_roles: ClassVar = {"POST": Access.SIGNED_IN}

    @extend_schema(operation_id="me_close", request=shapes.CloseAccountSerializer, responses={204: NOTHING})
    def post(self, request: Request) -> Response:
        """Close it: sessions, tokens and memberships end. 409 names the sites that would have no owner."""
        sent = checked(shapes.CloseAccountSerializer(data=request.data))
        with guard_guesses(request, "password", self.person.username, self.person):
            services.check_current_password(self.person, sent["current_password"])
        closing.do_close_account(self.person)
        if request.auth is None:
            logout(request._request)
        return Response(status=204)
