"""Pulls one camera: connects to the address that was checked, logs in, plays its video over TCP.

ffmpeg would look the name up again and follow redirects by itself; this client does neither: the caller gives the
checked address, and gets `Redirect` to judge. So no name or redirect leads a connection past the rules of source.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.rtsp import codec, sdp
from belvedere.cameras.mediaserver.gateway.rtsp.budget import Rate, Turn
from belvedere.cameras.mediaserver.gateway.rtsp.digest import Login, choose_challenge
from belvedere.cameras.source import Address, Source

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
SILENCE_SECONDS = 5.0
MAX_KEEPALIVE_SECONDS = 25.0
MAX_ANSWERS = 16  # that nobody has asked for; keep-alives are answered one at a time

OnRtp = Callable[[bytes], None]


class Redirect(Exception):
    """The camera sends us elsewhere; the caller judges the place first."""

    def __init__(self, location: str) -> None:
        super().__init__("redirect")
        self.location = location


@dataclass(frozen=True)
class Offer:
    """What the camera sends: the video that is pulled, and its first audio's codec."""

    video: sdp.Media
    audio: str


class _Link(asyncio.Protocol):
    """The connection: answers go to the one request that waits, RTP to the sink.

    It reads in turns: after some milliseconds of work it stops reading and the other cameras are served.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.answers: asyncio.Queue[codec.Response] = asyncio.Queue(MAX_ANSWERS)
        self.closed: asyncio.Future[CameraError] = loop.create_future()
        self.on_rtp: OnRtp | None = None
        self.channel = 0
        self.last_rtp = loop.time()
        self._time = loop.time
        self._parser = codec.Parser()
        self._turn = Turn()
        self._rate = Rate(loop.time())
        self._resting: asyncio.TimerHandle | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it

    def data_received(self, data: bytes) -> None:
        self._parser.feed(data)
        try:
            self._rate.count(len(data), 0, self._time())
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
        if (rest := self._turn.rest(self._time())) > 0:
            self.transport.pause_reading()
            self._resting = asyncio.get_running_loop().call_later(rest, self._process_turn)
        elif not self.transport.is_reading():
            self.transport.resume_reading()

    def _handle_items(self) -> None:
        count, now = 0, self._time()
        with contextlib.closing(self._parser.items()) as items:
            for item in items:
                count += 1
                self._handle_item(item, now)
                now = self._time()
                if self._turn.is_over(now) or self.closed.done():
                    break
        self._rate.count(0, count, now)

    def _handle_item(self, item: codec.Item, now: float) -> None:
        if isinstance(item, codec.Interleaved):
            if item.channel == self.channel and self.on_rtp is not None:
                self.last_rtp = now
                self.on_rtp(item.payload)
        elif isinstance(item, codec.Response):
            self.answers.put_nowait(item)

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


class RtspSession:
    """One connection to a camera, as a context: `async with await connect(...) as session`."""

    def __init__(self, link: _Link, source: Source) -> None:
        self._link = link
        self._source = source
        self._login: Login | None = None
        self._cseq = 0
        self._session = ""
        self._keepalive = ("OPTIONS", MAX_KEEPALIVE_SECONDS)

    async def __aenter__(self) -> RtspSession:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        transport = self._link.transport
        if transport is not None and not transport.is_closing():
            if self._session:  # politeness: cameras allow few sessions. Nobody waits for the answer.
                transport.write(self._encode("TEARDOWN", self._source.url))
            transport.close()

    async def describe(self) -> Offer:
        """What the camera sends. Raises CameraError, Redirect."""
        await self._request("OPTIONS", self._source.url, checked=False)
        answer = await self._request("DESCRIBE", self._source.url, {"Accept": "application/sdp"})
        base = answer.header("content-base") or answer.header("content-location") or self._source.url
        if not sdp.is_rtsp_url(base):
            base = self._source.url
        medias = sdp.parse(answer.body, base)
        video = next((media for media in medias if media.kind == "video"), None)
        if video is None:
            raise CameraError(Fault.NO_VIDEO)
        return Offer(video, next((media.codec for media in medias if media.kind == "audio"), ""))

    async def play(self, video: sdp.Media, on_rtp: OnRtp) -> None:
        """Hand every RTP packet of the video to on_rtp until the connection ends. Raises CameraError, always."""
        transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
        answer = await self._request("SETUP", video.control, {"Transport": transport})
        self._read_session_header(answer)
        for part in answer.header("transport").split(";"):
            name, _, value = part.strip().partition("=")
            if name == "interleaved" and (channel := sdp.parse_number(value.split("-")[0], 255)) is not None:
                self._link.channel = channel
        self._link.last_rtp = asyncio.get_running_loop().time()
        self._link.on_rtp = on_rtp
        await self._request("PLAY", self._source.url, {"Range": "npt=0.000-"})
        raise await self._keep_alive()

    async def _keep_alive(self) -> CameraError:
        """Keeps the session alive; why it ended."""
        loop = asyncio.get_running_loop()
        method, every = self._keepalive
        keepalive_at = loop.time() + every
        while not self._link.closed.done():
            silent_at = self._link.last_rtp + SILENCE_SECONDS
            if loop.time() >= silent_at:
                return CameraError(Fault.SILENT)
            if loop.time() >= keepalive_at:
                self._write(self._encode(method, self._source.url))
                keepalive_at = loop.time() + every
            self._read_answers(method)
            wait = max(0.05, min(silent_at, keepalive_at) - loop.time())
            await asyncio.wait([self._link.closed], timeout=wait)
        return self._link.closed.result()

    def _read_answers(self, method: str) -> None:
        """To keep-alives: only that the log-in has grown old matters, else the camera ends the session."""
        while not self._link.answers.empty():
            answer = self._link.answers.get_nowait()
            if answer.status == 401 and self._log_in(answer):
                self._write(self._encode(method, self._source.url))

    def _read_session_header(self, answer: codec.Response) -> None:
        self._session, _, parameters = answer.header("session").partition(";")
        name, _, seconds = parameters.strip().partition("=")
        timeout = sdp.parse_number(seconds, 1_000_000) if name == "timeout" else None
        every = timeout / 2 if timeout is not None else MAX_KEEPALIVE_SECONDS
        self._keepalive = (self._keepalive[0], max(1.0, min(every, MAX_KEEPALIVE_SECONDS)))

    def _encode(self, method: str, url: str, headers: dict[str, str] | None = None) -> bytes:
        self._cseq += 1
        sent = dict(headers or {})
        if self._session:
            sent["Session"] = self._session
        if self._login is not None:
            sent["Authorization"] = self._login.make_authorization(method, url)
        return codec.encode_request(method, url, self._cseq, sent)

    def _write(self, data: bytes) -> None:
        if self._link.transport is not None:
            self._link.transport.write(data)

    async def _request(
        self, method: str, url: str, headers: dict[str, str] | None = None, *, checked: bool = True
    ) -> codec.Response:
        for _attempt in range(2):
            answer = await self._exchange(self._encode(method, url, headers))
            if answer.status != 401 or not checked or not self._log_in(answer):
                break
        if method == "OPTIONS" and "GET_PARAMETER" in answer.header("public"):
            self._keepalive = ("GET_PARAMETER", self._keepalive[1])
        if checked:
            _raise_for_status(answer)
        return answer

    async def _exchange(self, data: bytes) -> codec.Response:
        """The answer to this request. Raises CameraError after ANSWER_SECONDS, or when the connection ends."""
        self._write(data)
        wanted = str(self._cseq)
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        while True:
            getter = asyncio.ensure_future(self._link.answers.get())
            wait = max(0.0, deadline - asyncio.get_running_loop().time())
            either: list[asyncio.Future[Any]] = [getter, self._link.closed]
            try:
                await asyncio.wait(either, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            finally:
                answered = getter.done() or not getter.cancel()
            if answered:
                if getter.result().header("cseq") in (wanted, ""):
                    return getter.result()
                continue
            raise self._link.closed.result() if self._link.closed.done() else CameraError(Fault.NO_ANSWER)

    def _log_in(self, answer: codec.Response) -> bool:
        """Whether another attempt makes sense: once with the credentials, once more when the nonce was stale."""
        challenge = choose_challenge(answer.headers.get("www-authenticate", ()))
        if challenge is None or not self._source.username or (self._login is not None and not challenge.stale):
            return False
        self._login = Login(self._source.username, self._source.password, challenge)
        return True


def _raise_for_status(answer: codec.Response) -> None:
    """Raises for everything but success."""
    if 300 <= answer.status < 400 and answer.header("location"):
        raise Redirect(answer.header("location"))
    if answer.status in (401, 403):
        raise CameraError(Fault.BAD_LOGIN)
    if answer.status == 404:
        raise CameraError(Fault.NO_STREAM)
    if not 200 <= answer.status < 300:
        raise CameraError(Fault.BAD_ANSWER, f"RTSP {answer.status}")


def _make_tls_context() -> ssl.SSLContext:
    """Cameras sign their own certificates: encrypted, not authenticated. No authority is read: that takes time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def connect(source: Source, address: Address) -> RtspSession:
    """A connection to this very address; the name is not looked up again. Raises CameraError."""
    tls = _make_tls_context() if source.scheme == "rtsps" else None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            _, link = await loop.create_connection(
                _Link, str(address), source.port, ssl=tls, server_hostname=source.host if tls else None
            )
    except TimeoutError as error:
        raise CameraError(Fault.NO_ANSWER) from error
    except ssl.SSLError as error:
        raise CameraError(Fault.TLS) from error
    except ConnectionRefusedError as error:
        raise CameraError(Fault.REFUSED) from error
    except OSError as error:
        raise CameraError(Fault.UNREACHABLE) from error
    return RtspSession(link, source)
