"""Answers to requests that never reach an application."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

_WORDS = {
    HTTPStatus.BAD_REQUEST: ("invalid", "This is no HTTP request that the server understands."),
    HTTPStatus.REQUEST_TIMEOUT: ("too_slow", "The request did not come in time."),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: ("head_too_large", "Address and headers together have at most 64 KB."),
    HTTPStatus.SERVICE_UNAVAILABLE: ("try_again", "Requests from this address hold too much memory. Try again soon."),
}
RETRY_AFTER_SECONDS = 5


def refusal(status: HTTPStatus) -> bytes:
    """Headers and body of the answer, without its first line; the connection ends with it."""
    code, detail = _WORDS[status]
    body = msgspec.json.encode(
        {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail, "code": code}
    )
    retry = b"retry-after: %d\r\n" % RETRY_AFTER_SECONDS if status is HTTPStatus.SERVICE_UNAVAILABLE else b""
    return b"content-type: application/problem+json\r\ncontent-length: %d\r\nconnection: close\r\n%s\r\n%s" % (
        len(body),
        retry,
        body,
    )
