"""Answers to requests that are refused before an application is called."""

from __future__ import annotations

from http import HTTPStatus

from belvedere.web_api.problems import TRY_AGAIN_SECONDS, Problem

_WORDS = {
    HTTPStatus.BAD_REQUEST: ("invalid", "This is no HTTP request that the server understands."),
    HTTPStatus.REQUEST_TIMEOUT: ("too_slow", "The request did not come in time."),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: ("head_too_large", "Address and headers together have at most 64 KB."),
    HTTPStatus.SERVICE_UNAVAILABLE: ("try_again", "Requests from this address hold too much memory. Try again soon."),
}


def build_refusal(status: HTTPStatus) -> bytes:
    """Headers and body of the answer, without its status line; the connection closes after it."""
    code, detail = _WORDS[status]
    retry = {"Retry-After": str(TRY_AGAIN_SECONDS)} if status is HTTPStatus.SERVICE_UNAVAILABLE else {}
    problem = Problem(status, code, detail, headers={"Connection": "close", **retry})
    body = problem.body()
    headers = {**problem.headers, "Content-Length": str(len(body))}
    return "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n" + body
