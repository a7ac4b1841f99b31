"""Cookies that only go over TLS, wherever the request came by TLS: to this server, or to a proxy it trusts."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


def secure_cookies(get_response: Handler) -> Handler:
    """Django middleware: marks whatever cookie an answer sets."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return middleware
