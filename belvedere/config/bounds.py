"""A bound on request bodies before Django, which would write a body of any size to the disk first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from belvedere.web_api.asgi import App, Message, Receive, Scope, Send, send_problem
from belvedere.web_api.parsers import MAX_BODY_BYTES, body_too_large

FrameworkApp = Callable[..., Awaitable[None]]  # each framework types its messages in its own way


async def _refuse(send: Send) -> None:
    await send_problem(send, body_too_large())


def _read_content_length(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def bound_bodies(app: FrameworkApp, max_bytes: int = MAX_BODY_BYTES) -> App:
    """The application, behind a 413 for a body over `max_bytes`, announced or not."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if _read_content_length(scope) > max_bytes:
            await _refuse(send)
            return
        seen = 0
        refused = False

        async def counted() -> Message:
            nonlocal seen, refused
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > max_bytes and not refused:
                refused = True
                await _refuse(send)
            return {"type": "http.disconnect"} if refused else message

        await app(scope, counted, send)

    return guarded
