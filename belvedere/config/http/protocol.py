"""One HTTP connection that cannot take more than its share: bounds and deadlines for what uvicorn waits for.

uvicorn with httptools keeps whatever a client calls a header, and waits as long as the client likes. Nobody has to
sign in for that, so the bounds stand before any application.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from functools import partial
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Response

from belvedere.config.http.hosts import Place
from belvedere.config.http.policy import policy_headers
from belvedere.config.http.refusals import refusal

MAX_HEAD_BYTES = 64 * 1024  # request line and headers; browsers send 1 KB
# Chunk sizes, their extensions and trailers. A device that writes each byte as a chunk has five bytes for each.
MAX_FRAMING_BYTES = 64 * 1024
MAX_FRAMING_PER_BODY_BYTE = 8
MAX_PIPELINED = 16  # requests that wait for the answer to the one before; browsers send none ahead
HEAD_SECONDS = 20.0
BODY_SECONDS = 60.0  # 256 KB, the most there is, over 40 kbit/s
MAPPED = "::ffff:"  # an IPv4 client of a socket that listens on both
WRITE_SECONDS = 60.0  # for the client to take the next 48 KB of an answer


class Phase(Enum):
    """What the next bytes belong to."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"


class _TooManyPipelinedError(Exception):
    """The parser's call-backs can only stop it by raising."""


def put_policy_into_every_answer(tls: bool) -> None:
    """Also into uvicorn's own: its status line is the one thing that each answer is written with.

    As headers of the configuration they would be checked byte by byte in each answer, 5 us of the 60 of a poll.
    """
    block = b"".join(b"%s: %s\r\n" % (name.encode(), value.encode()) for name, value in policy_headers(tls))
    httptools_impl.STATUS_LINE = {
        status: httptools_impl._get_status_line(status) + block for status in httptools_impl.STATUS_LINE
    }


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol, behind bounds; see `docs/operations.md`."""

    def __init__(self, place: Place, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self.ws_protocol_class = partial(CountedWebSocket, place)  # type: ignore[assignment]  # all that uvicorn does with it is call it
        self._place = place
        self._phase = Phase.IDLE
        self._begun = 0  # requests
        self._head_bytes = 0
        self._body_bytes = self._framed_bytes = 0  # of this request's body, without and with what is around it
        self._deadline: asyncio.TimerHandle | None = None
        self._deadline_of = (0, Phase.IDLE)
        self._write_deadline: asyncio.TimerHandle | None = None
        self._upgraded = False

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        if self.client is not None and self.client[0].startswith(MAPPED):
            self.client = (self.client[0].removeprefix(MAPPED), self.client[1])
        self._set_deadline(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self._unset_deadline()
        self._unset_write_deadline()
        self._place.leave()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, never more at once than a head may still have."""
        while data and not self._upgraded and not self.transport.is_closing():
            room = MAX_HEAD_BYTES - self._head_bytes
            self._feed(data[:room])
            data = data[room:]

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unset_write_deadline()
        self._write_deadline = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unset_write_deadline()

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # nobody reads the last answer: a close would wait for that
        else:
            super().timeout_keep_alive_handler()

    # --- bounds ---

    def _feed(self, data: bytes) -> None:
        begun, phase = self._begun, self._phase
        if phase is not Phase.BODY or not self.cycle.response_complete:  # else it is thrown away
            self._place.hold(len(data))
        super().data_received(data)
        if self._phase is not Phase.IDLE or (begun == self._begun and phase is Phase.IDLE):
            self._check_unfinished(len(data), whole=begun + (phase is Phase.IDLE) == self._begun)
        elif self._deadline is not None:
            self._unset_deadline()
        if self._place.takes_too_much:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def _check_unfinished(self, size: int, whole: bool) -> None:
        """A request is under way still. size: of the piece that came last; whole: all of it is this request's."""
        if self._phase is Phase.BODY:
            self._framed_bytes += size
            framing = self._framed_bytes - self._body_bytes
            if framing > MAX_FRAMING_BYTES + MAX_FRAMING_PER_BODY_BYTE * self._body_bytes:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            self._head_bytes = self._head_bytes + size if whole or self._phase is Phase.IDLE else 0
            if self._head_bytes >= MAX_HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._deadline_of != (self._begun, self._phase) or self._deadline is None:
            self._set_deadline(BODY_SECONDS if self._phase is Phase.BODY else HEAD_SECONDS)

    def _set_deadline(self, seconds: float) -> None:
        self._unset_deadline()
        if not self.transport.is_closing():
            self._deadline_of = (self._begun, self._phase)
            self._deadline = self.loop.call_later(seconds, self._too_late, seconds)

    def _unset_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _unset_write_deadline(self) -> None:
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None

    def _too_late(self, seconds: float) -> None:
        if self.flow.read_paused:  # it is the server that does not read
            self._set_deadline(seconds)
        elif self._phase is Phase.IDLE:
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's sentence says less)
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer and close; without an answer where another one is being written."""
        if self.transport.is_closing():
            return
        answered = self.cycle is None or self.cycle.response_complete
        of_this_request = self._phase is Phase.BODY and not self.pipeline and not answered
        if answered or (of_this_request and not self.cycle.response_started):
            self.transport.write(httptools_impl.STATUS_LINE[status] + refusal(status))
        self.transport.close()

    # --- the parser's call-backs ---

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._phase = Phase.HEAD
        self._begun += 1

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            raise _TooManyPipelinedError
        super().on_headers_complete()
        self._phase = Phase.BODY
        self._head_bytes = self._body_bytes = self._framed_bytes = 0
        if not self.parser.should_upgrade():
            self.headers = []  # trailers are no headers of the request

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._phase = Phase.IDLE

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.pipeline:
            self._place.let_go()

    def handle_websocket_upgrade(self) -> None:
        self._upgraded = True
        self._unset_deadline()
        self._unset_write_deadline()
        self._place.let_go()
        super().handle_websocket_upgrade()


class CountedWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's, which keeps the place of the HTTP connection that it was."""

    def __init__(self, place: Place, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._place = place
        self._send_response = self.conn.send_response
        self.conn.send_response = self._send_with_policy  # type: ignore[method-assign]  # uvicorn makes the object

    def _send_with_policy(self, response: Response) -> None:
        """A refusal is an answer like any other."""
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            for name, value in policy_headers(tls=self.scheme == "wss"):
                response.headers[name] = value
            self.handshake_complete = True  # or uvicorn calls each refusal a mistake of the application, in the log
        self._send_response(response)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._place.leave()
