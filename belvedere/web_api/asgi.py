"""The types of ASGI, and what each application beside Django does with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import msgspec

from belvedere.web_api.problems import Problem

Message: TypeAlias = dict[str, Any]
Scope: TypeAlias = dict[str, Any]
Headers: TypeAlias = list[tuple[bytes, bytes]]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes


# (address, headers) of a GET -> its answer where that is in memory, else None: the application has to be called.
Peek: TypeAlias = Callable[[bytes, Headers], Answer | None]

_encode = msgspec.json.Encoder().encode


def header_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """The first header of this name, "" for none."""
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


def credentials_of(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers that rights depend on: what is kept of a request whose sender is checked again later."""
    return [pair for pair in headers if pair[0] in (b"authorization", b"cookie")]


async def read_body(receive: Receive, limit: int, too_large: str) -> bytes:
    """The whole body. Raises Problem beyond the limit, with this sentence, and where it breaks off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "invalid", "The request broke off.")
        body += message.get("body", b"")
        if len(body) > limit:
            raise Problem(413, "too_large", too_large)
        if not message.get("more_body"):
            return bytes(body)


async def send_head(send: Send, status: int, headers: Mapping[str, str]) -> None:
    """Begin an answer."""
    await send({"type": "http.response.start", "status": status, "headers": _encode_headers(headers)})


async def send_whole(send: Send, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
    """An answer whose body is at hand."""
    await send_head(send, status, {**headers, "content-length": str(len(body))} if status != 204 else headers)
    await send({"type": "http.response.body", "body": body})


async def send_answer(send: Send, answer: Answer, *, with_body: bool) -> None:
    """An answer that was made beforehand. with_body: not for HEAD."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})


async def send_json(send: Send, status: int, document: Mapping[str, Any]) -> None:
    """A JSON document that is true for this moment only."""
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    await send_whole(send, status, headers, _encode(document))


async def send_problem(send: Send, problem: Problem) -> None:
    """An answer that is an error."""
    await send_whole(send, problem.status, problem.headers, problem.body())


async def refuse_socket(scope: Scope, send: Send, problem: Problem) -> None:
    """Answer a handshake with a problem, or with a plain close where the server has no such extension."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 4400 + problem.status % 100})
        return
    headers, body = _encode_headers(problem.headers), problem.body()
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "websocket.http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


def _encode_headers(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
