"""The short cut's frames, as a client's own parser reads them, and when the short cut must not be taken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from belvedere.live.wire import decode, encode, find_transport, find_wire


def read_frames(data: bytes) -> list[Frame]:
    """All frames of a server's stream."""
    reader = StreamReader()
    reader.feed_data(data)
    frames = []
    while reader.buffer:
        parsing = Frame.parse(reader.read_exact, mask=False)
        try:
            while True:
                next(parsing)
        except StopIteration as end:
            frames.append(end.value)
    return frames


# RFC 6455 §5.2 writes the length in 1, 3 or 9 bytes: 125 | 126 and 65,535 | 65,536 are where they meet.
@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 65_537, 200_000])
def test_a_text_of_any_length_reaches_the_client_whole_and_the_next_one_too(size: int) -> None:
    text = "x" * size
    first, second = read_frames(encode(text) + encode("next"))
    assert (first.opcode, first.fin, bytes(first.data).decode()) == (Opcode.TEXT, True, text)
    assert bytes(second.data) == b"next"
    assert decode(encode(text)) == text, "where it goes through ASGI after all"


def test_the_length_is_that_of_the_bytes_not_of_the_letters() -> None:
    text = "Nhiệt độ " * 12
    (frame,) = read_frames(encode(text))
    assert bytes(frame.data).decode() == text


class Protocol:
    """uvicorn's, as far as the short cut looks at it."""

    def __init__(self) -> None:
        self.transport = Transport()
        self.writable = asyncio.Event()
        self.writable.set()
        self.close_sent = False
        self.conn: Any = Connection()

    async def send(self, message: dict[str, Any]) -> None:
        raise AssertionError(message)


class Connection:
    extensions: list[object] = []  # noqa: RUF012  (read only)


class Transport:
    def __init__(self) -> None:
        self.written = b""
        self.closing = False

    def write(self, data: bytes) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closing


async def test_a_frame_goes_straight_to_the_transport() -> None:
    protocol = Protocol()
    wire = find_wire(protocol.send)
    assert wire is not None
    assert wire.write(encode("hello"))
    assert protocol.transport.written == b"\x81\x05hello"
    assert find_transport(protocol.send) is protocol.transport  # type: ignore[comparison-overlap]  # a double


@pytest.mark.parametrize("obstacle", ["a full buffer", "a close that was sent", "a connection that goes down"])
async def test_nothing_is_written_where_it_would_have_to_wait_or_come_too_late(obstacle: str) -> None:
    protocol = Protocol()
    wire = find_wire(protocol.send)
    assert wire is not None
    match obstacle:
        case "a full buffer":
            protocol.writable.clear()
        case "a close that was sent":
            protocol.close_sent = True
        case _:
            protocol.transport.closing = True
    assert not wire.write(b"frame")
    assert protocol.transport.written == b""


async def test_where_the_server_looks_different_or_compresses_the_short_cut_is_not_taken() -> None:
    async def send(message: dict[str, Any]) -> None:
        """Of no protocol at all."""

    assert find_wire(send) is None
    assert find_transport(send) is None
    compressing = Protocol()
    compressing.conn.extensions = ["permessage-deflate"]
    assert find_wire(compressing.send) is None
    compressing.conn.extensions = []
    unknown = Protocol()
    unknown.writable = None  # type: ignore[assignment]  # as in a uvicorn that works otherwise
    assert find_wire(unknown.send) is None
    older = Protocol()
    del older.close_sent
    assert find_wire(older.send) is None
    del (gone := Protocol()).conn
    assert find_wire(gone.send) is None
