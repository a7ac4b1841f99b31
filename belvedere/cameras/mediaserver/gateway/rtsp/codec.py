"""RTSP 1.0 (RFC 2326) as bytes: requests out; responses and interleaved RTP in. Pure."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from belvedere.cameras.mediaserver.gateway.errors import over_limit

# What cameras send is a tenth of these; a camera that names more is left.
MAX_HEAD_BYTES = 16 * 1024
MAX_HEADERS = 64
MAX_BODY_BYTES = 64 * 1024
MAX_LINE_END_BYTES = 1024  # between two messages; some cameras send one or two too many
MAX_GARBAGE_BYTES = 64 * 1024  # between two messages of a camera that has sent packets; some send 100 now and then

_LINE_ENDS = re.compile(rb"[\r\n]+")
_METHODS = b"OPTIONS|GET_PARAMETER|SET_PARAMETER|ANNOUNCE|REDIRECT|TEARDOWN|DESCRIBE|SETUP|PLAY|PAUSE|RECORD"
_MESSAGE = re.compile(rb"RTSP/1\.|(?:" + _METHODS + rb") ")
_LONGEST_BEGIN = 14  # of what _MESSAGE finds
# What follows garbage: a packet of RTP or RTCP, which have version 2, or a message.
_AFTER_GARBAGE = re.compile(rb"\$[\x00-\x1f].{2}[\x80-\xbf]|" + _MESSAGE.pattern, re.DOTALL)


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
        """Return the first value of a header, "" for none."""
        return self.headers.get(name, ("",))[0]


class ServerRequest(NamedTuple):
    """A request of the camera to us."""

    method: str
    cseq: str


class Interleaved(NamedTuple):
    """One RTP or RTCP packet of RFC 2326 §10.12."""

    channel: int
    payload: bytes


Item = Response | ServerRequest | Interleaved


def encode_request(method: str, url: str, cseq: int, headers: Mapping[str, str]) -> bytes:
    """Encode a request without a body."""
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {cseq}", "User-Agent: Belvedere"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def encode_answer(request: ServerRequest) -> bytes:
    """Encode the answer to a request of the camera: nothing of what cameras ask for needs more than a yes or a no."""
    known = request.method in ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "ANNOUNCE", "TEARDOWN")
    status = "200 OK" if known else "501 Not Implemented"
    cseq = request.cseq if request.cseq.isascii() and request.cseq.isdigit() else "0"
    return f"RTSP/1.0 {status}\r\nCSeq: {cseq[:10]}\r\nPublic: OPTIONS, GET_PARAMETER\r\n\r\n".encode()


class Parser:
    """Cuts a stream of bytes into messages.

    Once packets have come, what is none is skipped up to the next: some cameras send rubbish between two of them.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._line_ends = 0
        self._garbage = 0
        self._has_packets = False
        self._head: tuple[str, dict[str, tuple[str, ...]], int] | None = None

    def feed(self, data: bytes) -> None:
        """Add bytes; `items` returns the messages."""
        self._buffer += data

    def items(self) -> Generator[Item, None, None]:
        """Yield complete messages; after a break the next call goes on. Raises RtspProtocolError, CameraError."""
        buffer, position, size = self._buffer, 0, len(self._buffer)
        try:
            while size - position >= 4:
                if buffer[position] == 0x24 and not self._garbage:  # "$", channel, 16 bits of length
                    begin, end = position + 4, position + 4 + (buffer[position + 2] << 8 | buffer[position + 3])
                    if size < end:
                        return
                    self._line_ends, self._has_packets = 0, True
                    channel, position = buffer[position + 1], end
                    yield Interleaved(channel, bytes(buffer[begin:end]))
                    continue
                found = self._read_other(buffer, position)
                if found is None:
                    return
                item, position = found
                if item is not None:
                    yield item
        finally:
            del buffer[:position]

    def _read_other(self, buffer: bytearray, at: int) -> tuple[Item | None, int] | None:
        """Read what is no packet."""
        if self._garbage:
            return self._skip_garbage(buffer, at)
        if (ends := _LINE_ENDS.match(buffer, at, at + MAX_LINE_END_BYTES + 1)) is not None:
            self._line_ends += ends.end() - at
            if self._line_ends > MAX_LINE_END_BYTES:
                raise over_limit("more than 1 KiB of line ends")
            return None, ends.end()
        if self._has_packets and self._head is None and _MESSAGE.match(buffer, at) is None:
            return self._skip_garbage(buffer, at) if len(buffer) - at >= _LONGEST_BEGIN else None
        return self._read_message(buffer, at)

    def _skip_garbage(self, buffer: bytearray, at: int) -> tuple[Item | None, int] | None:
        found = _AFTER_GARBAGE.search(buffer, at)
        end = found.start() if found is not None else max(at, len(buffer) - _LONGEST_BEGIN)
        self._garbage += end - at
        if self._garbage > MAX_GARBAGE_BYTES:
            raise RtspProtocolError("more than 64 KiB between two messages")
        if found is not None:
            self._garbage = 0
        return (None, end) if found is not None or end > at else None

    def _read_message(self, buffer: bytearray, at: int) -> tuple[Item | None, int] | None:
        if self._head is None:  # read once, however slowly the body comes
            end = buffer.find(b"\r\n\r\n", at, at + MAX_HEAD_BYTES + 4)
            if end < 0:
                if len(buffer) - at > MAX_HEAD_BYTES:
                    raise over_limit("a message head of more than 16 KiB")
                return None
            start, headers = _parse_head(bytes(buffer[at:end]))
            self._head = start, headers, end + 4 - at
        start, headers, head_bytes = self._head
        body, end = at + head_bytes, at + head_bytes + _parse_content_length(headers)
        if len(buffer) < end:
            return None
        self._head, self._line_ends = None, 0
        return _make_message(start, headers, bytes(buffer[body:end])), end


def _parse_head(data: bytes) -> tuple[str, dict[str, tuple[str, ...]]]:
    if data.count(b"\r\n") > MAX_HEADERS:
        raise over_limit("more than 64 headers")
    start, *lines = data.decode("utf-8", "replace").split("\r\n")
    headers: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers[key] = (*headers.get(key, ()), value.strip())
    return start, headers


def _parse_content_length(headers: Mapping[str, tuple[str, ...]]) -> int:
    text = headers.get("content-length", ("0",))[0]
    if not (text.isascii() and text.isdigit()):
        raise RtspProtocolError("a bad Content-Length")
    if len(text) > 9 or int(text) > MAX_BODY_BYTES:
        raise over_limit("a message body of more than 64 KiB")
    return int(text)


def _make_message(start: str, headers: Mapping[str, tuple[str, ...]], body: bytes) -> Item:
    words = start.split(" ", 2)
    if start.startswith("RTSP/"):
        if len(words) < 2 or not (words[1].isascii() and words[1].isdigit()):
            raise RtspProtocolError("a bad status line")
        return Response(int(words[1][:4]), words[2] if len(words) > 2 else "", headers, body)
    if len(words) == 3 and words[2].startswith("RTSP/"):
        return ServerRequest(words[0], headers.get("cseq", ("",))[0])
    raise RtspProtocolError("no RTSP message")
