"""The connection to a camera as bytes: reads in turns, sorts what comes, answers what the camera asks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import cast

from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault, over_limit
from belvedere.cameras.mediaserver.gateway.rtsp import codec
from belvedere.cameras.mediaserver.gateway.rtsp.budget import Rate, Turn
from belvedere.cameras.mediaserver.gateway.rtsp.liveness import Liveness
from belvedere.cameras.mediaserver.gateway.rtsp.rtcp import Reception, SenderReport

log = logging.getLogger(__name__)

MAX_ANSWERS = 16  # that nobody has asked for; keep-alives are answered one at a time
MAX_UNSENT_BYTES = 64 * 1024  # a camera that asks on and on and reads no answer

OnRtp = Callable[[bytes], None]
OnReport = Callable[[str, SenderReport], None]  # of "video" or "audio"


class Sound:
    """The sound beside the video. It says nothing of whether the camera is there: pictures do."""

    def __init__(self, channels: tuple[int, int] = (-1, -1), on_rtp: OnRtp | None = None) -> None:
        self.channels = channels
        self.on_rtp = on_rtp
        self.reception = Reception()

    def take(self, item: codec.Interleaved, now: float) -> SenderReport | None:
        """Take a packet of any channel; return the report that it is."""
        if item.channel == self.channels[1]:
            return self.reception.take_report(item.payload, now)
        if item.channel == self.channels[0] and self.on_rtp is not None and self.reception.accept(item.payload):
            self.on_rtp(item.payload)
        return None


class Link(asyncio.Protocol):
    """The connection: answers go to the one request that waits, RTP to the sink.

    It reads in turns: after some milliseconds of work it stops reading and the other cameras are served.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.answers: asyncio.Queue[codec.Response] = asyncio.Queue(MAX_ANSWERS)
        self.closed: asyncio.Future[CameraError] = loop.create_future()
        self.on_rtp: OnRtp | None = None
        self.on_report: OnReport | None = None
        self.channel, self.report_channel = 0, 1
        self.reception = Reception()
        self._sound = Sound()
        self.liveness = Liveness(loop.time())
        self._time = loop.time
        self._parser = codec.Parser()
        self._turn = Turn(time.thread_time)
        self._rate = Rate(loop.time())
        self._items = 0
        self._resting: asyncio.TimerHandle | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it

    def data_received(self, data: bytes) -> None:
        self._parser.feed(data)
        try:
            items, self._items = self._items, 0
            self._rate.count(len(data), items, self._time())
        except CameraError as error:
            self.end(error)
        if self._resting is None:
            self._process_turn()

    def _process_turn(self) -> None:
        """One turn, then a rest where it was a long one."""
        self._resting = None
        if self.closed.done() or self.transport is None:
            return
        self._turn.begin(self._time())
        try:
            self._handle_items()
        except CameraError as error:
            self.end(error)
        except (codec.RtspProtocolError, asyncio.QueueFull):
            self.end(CameraError(Fault.BAD_ANSWER))
        except Exception:  # the edge of this connection: the next attempt may go well
            log.exception("what a camera sent could not be read")
            self.end(CameraError(Fault.BAD_ANSWER))
        if self.closed.done():
            return
        if (rest := self._turn.rest(self._time())) > 0:
            self.transport.pause_reading()
            self._resting = asyncio.get_running_loop().call_later(rest, self._process_turn)
        elif not self.transport.is_reading():
            self.transport.resume_reading()

    def _handle_items(self) -> None:
        count, now = 0, self._time()
        items = self._parser.items()
        try:
            for item in items:
                count += 1
                self._handle_item(item, now)
                now = self._time()
                if self._turn.is_over(now) or self.closed.done():
                    break
        finally:
            items.close()
        self._items += count  # counted with what comes next

    def _handle_item(self, item: codec.Item, now: float) -> None:
        if isinstance(item, codec.Interleaved):
            if item.channel == self.channel and self.on_rtp is not None:
                if self.reception.accept(item.payload):
                    self.liveness.hear_packet(now)
                    self.on_rtp(item.payload)
            elif item.channel == self.report_channel:
                self._tell("video", self.reception.take_report(item.payload, now))
                self.liveness.hear_answer(now)
            else:
                self._tell("audio", self._sound.take(item, now))
        elif isinstance(item, codec.Response):
            self.liveness.hear_answer(now)
            self.answers.put_nowait(item)
        else:
            self.write(codec.encode_answer(item))

    def _tell(self, kind: str, report: SenderReport | None) -> None:
        if report is not None and self.on_report is not None:
            self.on_report(kind, report)

    def listen(self, channels: tuple[int, int], on_rtp: OnRtp) -> None:
        """Hand the packets of sound to on_rtp. channels: of RTP and RTCP."""
        self._sound = Sound(channels, on_rtp)

    def send_reports(self, ssrc: int) -> None:
        """Send a receiver report for each stream. ssrc: our own."""
        receptions = [(self.report_channel, self.reception)]
        if self._sound.on_rtp is not None:
            receptions.append((self._sound.channels[1], self._sound.reception))
        for channel, reception in receptions:
            report = reception.make_report(ssrc, self._time())
            self.write(bytes((0x24, channel)) + len(report).to_bytes(2, "big") + report)

    def write(self, data: bytes) -> None:
        """Send; nothing once the connection is closing. Raises CameraError where nothing is read at the other end."""
        if self.transport is None or self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            raise over_limit("requests without end")
        self.transport.write(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.end(CameraError(Fault.CUT))

    def end(self, error: CameraError) -> None:
        """Close, and say why; the first reason stays."""
        if not self.closed.done():
            self.closed.set_result(error)
        if self._resting is not None:
            self._resting.cancel()
        if self.transport is not None:
            self.transport.abort()
