"""Errors as application/problem+json (RFC 9457): {type, title, status, detail, code}, and `errors` where there are any.

`code` is stable, programs and the dashboard's translations hold on to it; `detail` is an English sentence.
`errors` maps a field to what is wrong with it; what concerns no single field is under "".
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

CONTENT_TYPE = "application/problem+json"
BEARER_CHALLENGE = 'Bearer realm="belvedere"'
SIGN_IN = "Sign in, or send a bearer token."
TRY_AGAIN_SECONDS = 5

_encode = msgspec.json.Encoder().encode


class Problem(Exception):
    """An error answer. Raise it below a REST view or an ASGI application; services raise it too.

    errors: field -> sentences. more: further members of the document. headers: what this answer has beside those
    that every problem has.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Mapping[str, list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.more = more or {}
        self.headers = _make_headers(status) | dict(headers or {})

    def document(self) -> dict[str, Any]:
        """The members of the body."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": int(self.status),
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            document["errors"] = dict(self.errors)
        return document | dict(self.more)

    def body(self) -> bytes:
        """The encoded document."""
        return _encode(self.document())


def _make_headers(status: int) -> dict[str, str]:
    """What belongs to each such answer. RFC 9110 §15.5.2: a 401 says how to sign in."""
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
    return headers | {"WWW-Authenticate": BEARER_CHALLENGE} if status == HTTPStatus.UNAUTHORIZED else headers


def not_authenticated(detail: str = SIGN_IN) -> Problem:
    """Nobody that this server knows."""
    return Problem(401, "not_authenticated", detail)


def method_not_allowed(*allowed: str) -> Problem:
    """There is something at this address, but not by this method."""
    return Problem(405, "method_not_allowed", f"Only {', '.join(allowed)}.", headers={"Allow": ", ".join(allowed)})


def unknown_address() -> Problem:
    """No part of the program answers here."""
    return Problem(404, "not_found", "There is nothing at this address.")


def unknown_site() -> Problem:
    """The same to a stranger of the site as for one that does not exist."""
    return Problem(404, "not_found", "There is no such site, or it is not yours to see.")


def registry_failed() -> Problem:
    """belvedere.db is locked, full or unreadable: nothing that the caller did."""
    sentence = "The database does not answer, or its disk is full. Try again soon."
    return Problem(503, "try_again", sentence, headers={"Retry-After": str(TRY_AGAIN_SECONDS)})
