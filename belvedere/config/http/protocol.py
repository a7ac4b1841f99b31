"""Bounds and deadlines of one HTTP connection.

uvicorn with httptools buffers headers without a limit and waits for a request without an end. No sign-in is needed for
that, so the bounds apply before any application is called.
"""

from __future__ import annotations

import asyncio
from functools import partial
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Response

from belvedere.config.http.hosts import Place
from belvedere.config.http.policy import build_policy_headers
from belvedere.config.http.refusals import build_refusal
from belvedere.web_api.asgi import Peek

MAX_HEAD_BYTES = 64 * 1024  # request line and headers; browsers send 1 KB
# Chunk sizes, their extensions and trailers. A device that writes each byte as a chunk has five bytes for each.
MAX_FRAMING_BYTES = 64 * 1024
MAX_FRAMING_PER_BODY_BYTE = 8
WHOLE_BYTES = 16 * 1024  # a request that is complete within one piece of this size needs no further check
MAX_PIPELINED = 16  # requests that wait for the answer to an earlier one; browsers send none
HEAD_SECONDS = 20.0
BODY_SECONDS = 60.0  # 256 KB, the most there is, over 40 kbit/s
BEYOND_HEAD = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade"))  # more than a head follows
MAPPED = "::ffff:"  # an IPv4 client of a socket that listens on both
WRITE_SECONDS = 60.0  # for the client to take the next 48 KB of an answer


class _TooManyPipelinedError(Exception):
    """Raised in a callback of the parser, since nothing else stops it."""


class _Answered:
    """Stands for uvicorn's cycle of a request that was answered without one."""

    response_complete = True
    message_event = asyncio.Event()  # nobody waits for it


_ANSWERED = _Answered()


def add_policy_to_answers(tls: bool) -> None:
    """Add the policy headers to every answer, uvicorn's own included, by adding them to its status lines.

    As headers of uvicorn's configuration they would be checked byte by byte in each answer: 5 us of the 60 of a poll.
    """
    block = b"".join(b"%s: %s\r\n" % (name.encode(), value.encode()) for name, value in build_policy_headers(tls))
    httptools_impl.STATUS_LINE = {
        status: httptools_impl._get_status_line(status) + block for status in httptools_impl.STATUS_LINE
    }


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol with bounds; see `docs/operations.md`.

    Each poll passes here, so a request in one piece costs few short calls only, and one timer watches the pauses of a
    connection, where uvicorn starts and stops one for each request. peek: asked before the application; what it has is
    written at once, without a task (ADR 20).
    """

    def __init__(self, place: Place, peek: Peek | None = None, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self.ws_protocol_class = partial(CountedWebSocket, place)  # type: ignore[assignment]  # uvicorn only calls it
        self._place = place
        self._peek = peek
        self._has_more = False  # a header says so
        self._headed: object = None  # the scope of the last request whose head is complete
        self._in_body = False
        self._head_bytes = 0
        self._framing_bytes = 0  # around the body, less what is allowed
        self._deadline: asyncio.TimerHandle | None = None
        self._deadline_of = (0, False)
        self._pause_timer: asyncio.TimerHandle | None = None
        self._paused_at = 0.0
        self._write_deadline: asyncio.TimerHandle | None = None
        self._upgraded = False

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        if self.client is not None and self.client[0].startswith(MAPPED):
            self.client = (self.client[0].removeprefix(MAPPED), self.client[1])
        self._paused_at = self.loop.time()
        self._set_deadline(HEAD_SECONDS)
        self._pause_timer = self.loop.call_later(self.timeout_keep_alive, self._check_pause)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._cancel_timers()
        self._place.leave()

    def data_received(self, data: bytes) -> None:
        if self._in_body or self._head_bytes or len(data) > WHOLE_BYTES:
            self._read_pieces(data)
            return
        headed = self._headed
        HttpToolsProtocol.data_received(self, data)
        if self._in_body or self._headed is headed or self.scope is not self._headed:
            self._place.count(len(data))
            self._check(len(data), headed, was_in_body=False)
        elif self._deadline is not None:
            self._cancel_deadline()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._cancel_write_deadline()
        self._write_deadline = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_write_deadline()

    # --- requests that are not whole ---

    def _read_pieces(self, data: bytes) -> None:
        """Feed the parser, at most as many bytes at once as a head may still have."""
        while data and not self._upgraded and not self.transport.is_closing():
            piece = data[: MAX_HEAD_BYTES - self._head_bytes]
            data = data[len(piece) :]
            headed, in_body = self._headed, self._in_body
            if not in_body or not self.cycle.response_complete:  # else it is thrown away
                self._place.count(len(piece))
            HttpToolsProtocol.data_received(self, piece)
            self._check(len(piece), headed, in_body)

    def _check(self, size: int, headed: object, was_in_body: bool) -> None:
        """Check the bounds after a piece of `size` bytes. headed, was_in_body: the state before it."""
        if self._upgraded or self.transport.is_closing():
            return
        all_of_a_head = headed is self._headed and not was_in_body
        if self._in_body:
            self._framing_bytes += size if was_in_body else 0
            self._start_deadline(BODY_SECONDS)
        elif all_of_a_head or self.scope is not self._headed:
            # A head that began inside this piece is counted from the next piece on.
            self._head_bytes += size if all_of_a_head else 0
            self._start_deadline(HEAD_SECONDS)
        else:
            self._cancel_deadline()
        if self._head_bytes >= MAX_HEAD_BYTES or self._framing_bytes > MAX_FRAMING_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._place.takes_too_much:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with the status and close; only close where another answer is being written."""
        if self.transport.is_closing():
            return
        answered = self.cycle is None or self.cycle.response_complete
        waits_for_body = self._in_body and not self.pipeline and not answered and not self.cycle.response_started
        if answered or waits_for_body:
            self.transport.write(httptools_impl.STATUS_LINE[status] + build_refusal(status))
        self.transport.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's sentence says less)
        self._refuse(HTTPStatus.BAD_REQUEST)

    # --- deadlines ---

    def _start_deadline(self, seconds: float) -> None:
        """Start the deadline of a head or body with its first piece; further pieces do not extend it."""
        if self._deadline is None or self._deadline_of != (id(self.scope), self._in_body):
            self._set_deadline(seconds)

    def _set_deadline(self, seconds: float) -> None:
        self._cancel_deadline()
        self._deadline_of = (id(self.scope), self._in_body)
        self._deadline = self.loop.call_later(seconds, self._end_late, seconds)

    def _end_late(self, seconds: float) -> None:
        if self.flow.read_paused:  # the server is the one that does not read
            self._set_deadline(seconds)
        elif not self._in_body and self.scope is self._headed:  # no request has begun
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _check_pause(self) -> None:
        """Close the connection `timeout_keep_alive` after its last answer; before that, check again later."""
        now = self.loop.time()
        if self._deadline is not None or not (self.cycle is None or self.cycle.response_complete):
            self._paused_at = now
        left = self._paused_at + self.timeout_keep_alive - now
        if left > 0:
            self._pause_timer = self.loop.call_later(left, self._check_pause)
        elif self.transport.get_write_buffer_size():
            self.transport.abort()  # nobody reads the last answer: a close would wait for that
        else:
            self.transport.close()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cancel_write_deadline(self) -> None:
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None

    def _cancel_timers(self) -> None:
        self._cancel_deadline()
        self._cancel_write_deadline()
        if self._pause_timer is not None:
            self._pause_timer.cancel()
            self._pause_timer = None

    # --- callbacks of the parser and the application; without super(), which costs as much as they do ---

    def on_message_begin(self) -> None:
        HttpToolsProtocol.on_message_begin(self)
        self._has_more = False

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in BEYOND_HEAD:
            self._has_more = True
            HttpToolsProtocol.on_header(self, name, value)
        else:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            raise _TooManyPipelinedError
        if not self._answer_at_once():
            HttpToolsProtocol.on_headers_complete(self)
        self._headed = self.scope
        self._in_body = True
        self._head_bytes = self._framing_bytes = 0
        if self._has_more and not self.parser.should_upgrade():
            self.headers = []  # trailers are no headers of the request

    def _answer_at_once(self) -> bool:
        """Answer a request that is at its end where the answer is in memory and nothing is written before it."""
        if self._peek is None or self._has_more or self.flow.write_paused or self.transport.is_closing():
            return False
        parser = self.parser
        if parser.get_method() != b"GET" or parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return False
        if self.cycle is not None and not self.cycle.response_complete:
            return False
        answer = self._peek(self.url, self.headers)
        if answer is None:
            return False
        self.cycle = _ANSWERED  # type: ignore[assignment]  # all that uvicorn asks of one that is complete
        headers = [b"%b: %b\r\n" % pair for pair in self.server_state.default_headers + answer.headers]
        self.transport.write(b"".join((httptools_impl.STATUS_LINE[answer.status], *headers, b"\r\n", answer.body)))
        self.on_response_complete()
        return True

    def on_body(self, body: bytes) -> None:
        self._framing_bytes -= len(body) * (1 + MAX_FRAMING_PER_BODY_BYTE)
        HttpToolsProtocol.on_body(self, body)

    def on_message_complete(self) -> None:
        HttpToolsProtocol.on_message_complete(self)
        self._in_body = False

    def on_response_complete(self) -> None:
        """The same as uvicorn's, but with one timer a connection instead of one a request."""
        self.server_state.total_requests += 1
        self._paused_at = self.loop.time()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._place.held_bytes:
            self._place.release()

    def handle_websocket_upgrade(self) -> None:
        self._upgraded = True
        self._cancel_timers()
        self._place.release()
        super().handle_websocket_upgrade()


class CountedWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, counted as the HTTP connection that it was upgraded from."""

    def __init__(self, place: Place, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._place = place
        self._send_response = self.conn.send_response
        self.conn.send_response = self._send_with_policy  # type: ignore[method-assign]  # uvicorn makes the object

    def _send_with_policy(self, response: Response) -> None:
        """Send the answer to a handshake; a refusal gets the policy headers too."""
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            for name, value in build_policy_headers(tls=self.scheme == "wss"):
                response.headers[name] = value
            self.handshake_complete = True  # else uvicorn logs each refusal as an error of the application
        self._send_response(response)

    def handle_ping(self) -> None:
        """Answer a ping, unless the client reads no answers: they would pile up without end."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # RFC 6455 §5.5.3: who has sent another ping meanwhile needs no answer to this

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._place.leave()
