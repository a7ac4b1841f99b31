"""Where REST framework and Django meet the rules of this room: base view, exception handler, Django's own handlers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import DisallowedHost
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.settings import api_settings
from rest_framework.views import APIView, set_rollback

from belvedere.web_api.origin import SAFE_METHODS, refuse_foreign_origin
from belvedere.web_api.problems import Problem, registry_failed, unknown_address

log = structlog.get_logger(__name__)

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
UNKNOWN_HOST = (
    "This server does not answer to the host name in the address: use another, or add this one to --allowed-hosts."
)


class ApiView(APIView):
    """The base of every REST view."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what another page sends, before anybody is asked who it is."""
        if request.method not in SAFE_METHODS:
            refuse_foreign_origin(request.headers.get("Origin", ""), request.get_host())
        super().initial(request, *args, **kwargs)


def checked(serializer: Serializer[Any]) -> dict[str, Any]:
    """What was sent, validated; raises the 400 that names each wrong field."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _flatten(detail: Any, field: str = "") -> dict[str, list[str]]:
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
        errors.update(_flatten(value, ".".join(filter(None, (field, name)))))
    return errors


def _make_problem(error: exceptions.APIException) -> Problem:
    """The frameworks' own exceptions in this API's words."""
    status = error.status_code
    if isinstance(error, exceptions.ValidationError):
        return Problem(status, "invalid", "Some of what was sent cannot be used.", errors=_flatten(error.detail))
    code = _CODES.get(status, "error")
    given = error.get_codes()
    if isinstance(given, str) and given not in ("permission_denied", "authentication_failed", "error"):
        code = given
    detail = str(error.detail)
    if detail.startswith("CSRF Failed"):
        code = "csrf_failed"
    wait: float | None = getattr(error, "wait", None)
    return Problem(status, code, detail, headers={"Retry-After": str(int(wait))} if wait else None)


def problem_handler(error: Exception, _context: Mapping[str, Any]) -> HttpResponse | None:
    """REST framework's exception handler; None leaves a bug to Django's 500. JSON, whatever the view's renderer."""
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is nothing here, or it is not yours to see.")
    elif isinstance(error, DjangoPermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, OperationalError):
        log.error("registry_failed", error=repr(error))
        error = registry_failed()
    if isinstance(error, exceptions.APIException):
        error = _make_problem(error)
    if not isinstance(error, Problem):
        return None
    set_rollback()
    return answer(error)


def answer(problem: Problem) -> HttpResponse:
    """A problem as Django's answer."""
    body = problem.body()
    return HttpResponse(body, status=problem.status, headers={**problem.headers, "Content-Length": str(len(body))})


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    if isinstance(exception, DisallowedHost):
        if _is_api(request):
            return answer(Problem(400, "unknown_host", UNKNOWN_HOST))
        return HttpResponse(UNKNOWN_HOST, status=400, content_type="text/plain; charset=utf-8")
    if _is_api(request):
        return answer(Problem(400, "invalid", "This request cannot be understood."))
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    if _is_api(request):
        return answer(Problem(403, "forbidden", "You may not do this."))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    if _is_api(request):
        return answer(unknown_address())
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500."""
    if _is_api(request):
        return answer(Problem(500, "server_error", "The server made a mistake; its log says which."))
    return defaults.server_error(request)


def csrf_failure(_request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW."""
    sentence = f"The CSRF token is missing or wrong: send the csrftoken cookie back. {reason}"
    return answer(Problem(403, "csrf_failed", sentence))
