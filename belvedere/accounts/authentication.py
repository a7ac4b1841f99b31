"""Authentication of REST requests: a program by bearer token, a browser by session."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from belvedere.accounts.browsers import record_request
from belvedere.accounts.keys import hash_with_key
from belvedere.accounts.models import Token, User
from belvedere.accounts.usage import record_use
from belvedere.web_api.problems import BEARER_CHALLENGE

READ_ONLY = "This token may only read."


def digest_token(secret: str) -> str:
    """The digest by which a bearer token is stored and found."""
    return hash_with_key(settings.KEYS.digest_key, secret)


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`. Needs no CSRF token, since no browser sends this header by itself."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        """None without a bearer header; raises 401 for an unknown token, 403 where it may not."""
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        digest = digest_token(secret.strip().decode("latin-1"))
        token = Token.objects.open_at(timezone.now()).select_related("user").filter(digest=digest).first()
        if token is None:
            raise AuthenticationFailed("This token is not known, has expired or was deleted.", code="bad_token")
        if token.read_only and request.method not in SAFE_METHODS:
            raise PermissionDenied(READ_ONLY, code="read_only_token")
        record_use(token.pk)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  (the signature is the framework's)
        """Makes the answer without credentials 401, not 403."""
        return BEARER_CHALLENGE


class CsrfSessionAuthentication(SessionAuthentication):
    """The session cookie; everything but a safe method needs the CSRF token too."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """None without a session."""
        found = super().authenticate(request)
        if found is None or not isinstance(found[0], User):
            return None
        record_request(request._request, found[0])
        return found[0], None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  (the signature is the framework's)
        """Makes the answer without credentials 401, not 403."""
        return BEARER_CHALLENGE
