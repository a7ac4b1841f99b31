"""Bodies of any size never reach Django."""

from __future__ import annotations

from typing import Any

from belvedere.config.bounds import bound_bodies

Message = dict[str, Any]


async def exchange(headers: list[tuple[bytes, bytes]], chunks: list[bytes]) -> tuple[list[Message], list[Message]]:
    """What the application got, and what the client got, of a request in these chunks with a bound of 10 bytes."""
    got: list[Message] = []
    sent: list[Message] = []
    parts = iter([{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks])

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            got.append(message)
            if message["type"] == "http.disconnect":
                return
            if sum(len(each["body"]) for each in got) == sum(map(len, chunks)):
                await send({"type": "http.response.start", "status": 200})
                return

    async def receive() -> Message:
        return next(parts)

    async def send(message: Message) -> None:
        sent.append(message)

    await bound_bodies(app, 10)({"type": "http", "headers": headers}, receive, send)
    return got, sent


async def test_a_body_within_the_bound_passes() -> None:
    got, sent = await exchange([(b"content-length", b"10")], [b"12345", b"67890"])
    assert [message["body"] for message in got] == [b"12345", b"67890"]
    assert [message.get("status") for message in sent] == [200]


async def test_an_announced_body_over_the_bound_is_refused_unread() -> None:
    got, sent = await exchange([(b"content-length", b"11")], [b"12345678901"])
    assert got == []
    assert sent[0]["status"] == 413


async def test_an_unannounced_body_is_cut_where_it_passes_the_bound() -> None:
    got, sent = await exchange([], [b"123456", b"789012", b"345678"])
    assert [message["type"] for message in got] == ["http.request", "http.disconnect"]
    assert [message.get("status") for message in sent] == [413, None]
