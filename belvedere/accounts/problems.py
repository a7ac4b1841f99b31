"""Errors as application/problem+json (RFC 9457): {type, title, status, detail, code, errors}.

`code` is stable, programs and the dashboard's translations hold on to it; `detail` is an English sentence.
`errors` maps a field to what is wrong with it; what concerns no single field is under "".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import DisallowedHost
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
API_PREFIX = "/api/"

_CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    412: "conflict",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "server_error",
}
TRY_AGAIN_SECONDS = 5
UNKNOWN_HOST = (
    "This server does not answer to the host name in the address: use another, or add this one to --allowed-hosts."
)


class Problem(exceptions.APIException):
    """An error answer: raise it anywhere below a REST view."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Mapping[str, list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.code = code
        self.errors = errors
        self.headers = headers or {}


def registry_failed() -> Problem:
    """belvedere.db is locked, full or unreadable: nothing that the caller did."""
    sentence = "The database does not answer, or its disk is full. Try again soon."
    return Problem(503, "try_again", sentence, headers={"Retry-After": str(TRY_AGAIN_SECONDS)})


def body(status: int, code: str, detail: str, errors: Mapping[str, list[str]] | None = None) -> dict[str, Any]:
    """The members of a problem document."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        document["errors"] = dict(errors)
    return document


def _flat(detail: Any, field: str = "") -> dict[str, list[str]]:
    """Nested validation errors as {"site.slug": ["sentence"]}."""
    if isinstance(detail, Mapping):
        parts = [(key, value) for key, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(item, Mapping | list) for item in detail):
        parts = [(str(index), item) for index, item in enumerate(detail) if item]
    else:
        return {field: [str(item) for item in detail] if isinstance(detail, list) else [str(detail)]}
    errors: dict[str, list[str]] = {}
    for key, value in parts:
        name = "" if key == api_settings.NON_FIELD_ERRORS_KEY else str(key)
        errors.update(_flat(value, ".".join(filter(None, (field, name)))))
    return errors


def _of_api_exception(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, Problem):
        return body(error.status_code, error.code, str(error.detail), error.errors)
    status = error.status_code
    if isinstance(error, exceptions.ValidationError):
        return body(status, "invalid", "Some of what was sent cannot be used.", _flat(error.detail))
    code = _CODES.get(status, "error")
    given = error.get_codes()
    if isinstance(given, str) and given not in ("permission_denied", "authentication_failed", "error"):
        code = given
    detail = str(error.detail)
    if detail.startswith("CSRF Failed"):
        code = "csrf_failed"
    return body(status, code, detail)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = dict(error.headers) if isinstance(error, Problem) else {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def problem_handler(error: Exception, _context: Mapping[str, Any]) -> HttpResponse | None:
    """REST framework's exception handler; None leaves a bug to Django's 500. JSON, whatever the view's renderer."""
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is nothing here, or it is not yours to see.")
    elif isinstance(error, DjangoPermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, OperationalError):
        log.error("registry_failed", error=repr(error))
        error = registry_failed()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    return _response(_of_api_exception(error), _headers(error))


def answer(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A problem from outside REST framework: Django's own handlers."""
    return _response(body(status, code, detail), headers or {})


def _response(document: dict[str, Any], headers: Mapping[str, str]) -> HttpResponse:
    content = json.dumps(document, ensure_ascii=False)
    return HttpResponse(content, status=document["status"], headers=headers, content_type=CONTENT_TYPE)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    if isinstance(exception, DisallowedHost):
        if _is_api(request):
            return answer(400, "unknown_host", UNKNOWN_HOST)
        return HttpResponse(UNKNOWN_HOST, status=400, content_type="text/plain; charset=utf-8")
    if _is_api(request):
        return answer(400, "invalid", "This request cannot be understood.")
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    if _is_api(request):
        return answer(403, "forbidden", "You may not do this.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    if _is_api(request):
        return answer(404, "not_found", "There is nothing at this address.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500."""
    if _is_api(request):
        return answer(500, "server_error", "The server made a mistake; its log says which.")
    return defaults.server_error(request)


def csrf_failure(_request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW."""
    return answer(403, "csrf_failed", f"The CSRF token is missing or wrong: send the csrftoken cookie back. {reason}")
