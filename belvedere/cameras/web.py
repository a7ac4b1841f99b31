"""What the ASGI applications of cameras need of HTTP: types, problem bodies, the Origin rule, a bounded body."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from belvedere.accounts import problems

Scope = dict[str, Any]
Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class HttpProblem(Exception):
    """An answer that is an error, sent as application/problem+json."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.body = json.dumps(problems.body(status, code, detail)).encode()
        self.headers = {"content-type": problems.CONTENT_TYPE, "cache-control": "no-store"} | dict(headers or {})


def header_of(scope: Scope, name: bytes) -> str:
    """The first header of this name, "" for none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def check_origin(scope: Scope) -> None:
    """Cookies travel by themselves: what changes something must come from our own page, or carry a bearer token.

    Raises HttpProblem.
    """
    if scope["method"] == "GET" or header_of(scope, b"authorization").lower().startswith("bearer "):
        return
    host = header_of(scope, b"host").lower()
    origin = urlsplit(header_of(scope, b"origin")).netloc.lower()
    if not host or origin != host or not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        raise HttpProblem(403, "bad_origin", "This request does not come from the dashboard's own page.")


async def read_body(receive: Receive, limit: int, too_large: str) -> bytes:
    """The whole body. Raises HttpProblem beyond the limit, with this sentence, and where it breaks off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HttpProblem(400, "invalid", "The request broke off.")
        body += message.get("body", b"")
        if len(body) > limit:
            raise HttpProblem(413, "too_large", too_large)
        if not message.get("more_body"):
            return bytes(body)


async def send_head(send: Send, status: int, headers: Mapping[str, str]) -> None:
    """Begin an answer."""
    sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": sent})


async def send_whole(send: Send, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
    """An answer whose body is at hand."""
    await send_head(send, status, {**headers, "content-length": str(len(body))} if status != 204 else headers)
    await send({"type": "http.response.body", "body": body})


async def send_problem(send: Send, problem: HttpProblem) -> None:
    """An answer that is an error."""
    await send_whole(send, problem.status, problem.headers, problem.body)
