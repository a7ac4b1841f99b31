"""RTSP 1.0 (RFC 2326) as bytes: requests out; responses and interleaved RTP in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

MAX_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 256 * 1024


class RtspProtocolError(Exception):
    """The other side does not speak RTSP."""


@dataclass(frozen=True)
class Response:
    """headers: names in lower case; a header that came twice has two values."""

    status: int
    phrase: str
    headers: Mapping[str, tuple[str, ...]]
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value, or nothing."""
        return self.headers.get(name, ("",))[0]


class ServerRequest(NamedTuple):
    """A request of the camera to us; nothing here answers them."""

    method: str


class Interleaved(NamedTuple):
    """One RTP or RTCP packet of RFC 2326 §10.12."""

    channel: int
    payload: bytes


Item = Response | ServerRequest | Interleaved


def request(method: str, url: str, cseq: int, headers: Mapping[str, str]) -> bytes:
    """A request without a body."""
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {cseq}", "User-Agent: Belvedere"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Parser:
    """Takes bytes as they come, gives whole messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Item]:
        """What is complete now. Raises RtspProtocolError."""
        buffer = self._buffer
        buffer += data
        position = 0
        while (found := self._next(buffer, position)) is not None:
            item, position = found
            if item is not None:
                yield item
        del buffer[:position]

    def _next(self, buffer: bytearray, at: int) -> tuple[Item | None, int] | None:
        if len(buffer) - at < 4:
            return None
        if buffer[at] == 0x24:  # "$", channel, 16 bits of length
            end = at + 4 + (buffer[at + 2] << 8 | buffer[at + 3])
            if len(buffer) < end:
                return None
            return Interleaved(buffer[at + 1], bytes(memoryview(buffer)[at + 4 : end])), end
        if buffer[at] in b"\r\n":  # stray line ends between messages, as some cameras send them
            return None, at + 1
        return self._message(buffer, at)

    def _message(self, buffer: bytearray, at: int) -> tuple[Item | None, int] | None:
        end = buffer.find(b"\r\n\r\n", at)
        if end < 0:
            if len(buffer) - at > MAX_HEAD_BYTES:
                raise RtspProtocolError("no RTSP message")
            return None
        if end - at > MAX_HEAD_BYTES:
            raise RtspProtocolError("a message head of more than 16 KiB")
        start, headers = _head(bytes(buffer[at:end]))
        length = _content_length(headers)
        if len(buffer) < end + 4 + length:
            return None
        return _item(start, headers, bytes(buffer[end + 4 : end + 4 + length])), end + 4 + length


def _head(data: bytes) -> tuple[str, dict[str, tuple[str, ...]]]:
    start, *lines = data.decode("utf-8", "replace").split("\r\n")
    headers: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers[key] = (*headers.get(key, ()), value.strip())
    return start, headers


def _content_length(headers: Mapping[str, tuple[str, ...]]) -> int:
    text = headers.get("content-length", ("0",))[0]
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > MAX_BODY_BYTES:
        raise RtspProtocolError("a bad Content-Length")
    return int(text)


def _item(start: str, headers: Mapping[str, tuple[str, ...]], body: bytes) -> Item:
    words = start.split(" ", 2)
    if start.startswith("RTSP/"):
        if len(words) < 2 or not (words[1].isascii() and words[1].isdigit()):
            raise RtspProtocolError("a bad status line")
        return Response(int(words[1][:4]), words[2] if len(words) > 2 else "", headers, body)
    if len(words) == 3 and words[2].startswith("RTSP/"):
        return ServerRequest(words[0])
    raise RtspProtocolError("no RTSP message")
