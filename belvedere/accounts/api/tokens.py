"""The person's bearer tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import selectors, services
from belvedere.accounts.api.entry import NOTHING
from belvedere.accounts.models import Token
from belvedere.accounts.permissions import Access
from belvedere.accounts.serializers import tokens as shapes
from belvedere.accounts.views import SiteView
from belvedere.web_api.rest import checked


class TokensView(SiteView):
    """The person's bearer tokens."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN, "POST": Access.SIGNED_IN}

    @extend_schema(operation_id="tokens_list", responses=shapes.TokenSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """The tokens, newest first."""
        return Response(shapes.TokenSerializer(selectors.list_tokens(self.person), many=True).data)

    @extend_schema(
        operation_id="tokens_create", request=shapes.TokenRequestSerializer, responses={201: shapes.NewTokenSerializer}
    )
    def post(self, request: Request) -> Response:
        """A new token: this answer is the only one that shows it. One made by a token ends with that one."""
        sent = checked(shapes.TokenRequestSerializer(data=request.data))
        expires_at = _limit_expiry(sent["expires_in_days"], request.auth)
        token, secret = services.do_create_token(
            self.person, sent["name"], read_only=sent["read_only"], expires_at=expires_at
        )
        made = {"id": token.pk, "name": token.name, "read_only": token.read_only, "expires_at": token.expires_at}
        return Response(shapes.NewTokenSerializer(made | {"token": secret}).data, status=201)


class TokenView(SiteView):
    """One bearer token of the person."""

    required_roles: ClassVar = {"DELETE": Access.SIGNED_IN}

    @extend_schema(operation_id="tokens_delete", request=None, responses={204: NOTHING})
    def delete(self, _request: Request, token_id: int) -> Response:
        """The token opens nothing any more; streams and sockets that it opened close within 5 s."""
        services.do_delete_token(get_object_or_404(selectors.list_tokens(self.person), pk=token_id))
        return Response(status=204)


def _limit_expiry(days: int | None, maker: Any) -> datetime | None:
    """A token must not outlive the one it was made with: whoever found that would have it for ever."""
    ends = [timezone.now() + timedelta(days=days)] if days is not None else []
    if isinstance(maker, Token) and maker.expires_at is not None:
        ends.append(maker.expires_at)
    return min(ends, default=None)
