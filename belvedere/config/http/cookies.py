"""Marks cookies as Secure where the request came over TLS, to this server or to a trusted proxy."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


def secure_cookies(get_response: Handler) -> Handler:
    """Django middleware that marks each cookie of an answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return middleware
