"""Pulls one camera: connects to the address that was checked, logs in, plays its video over TCP.

ffmpeg would look the name up again and follow redirects by itself; this client does neither: the caller gives the
checked address, and gets `Redirect` to judge. So no name or redirect leads a connection past the rules of source.py.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.rtsp import codec, sdp
from belvedere.cameras.mediaserver.gateway.rtsp.digest import Login, choose_challenge
from belvedere.cameras.mediaserver.gateway.rtsp.link import Link, OnReport, OnRtp
from belvedere.cameras.mediaserver.gateway.rtsp.liveness import Act
from belvedere.cameras.source import Address, Source

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0  # bridges wake a camera first, and servers that pull on demand take 10 s
MAX_KEEPALIVE_SECONDS = 25.0
# RTSP has one URL for the whole and one for each stream, and cameras differ in which one they mean.
_OTHER_URL_MEANT = frozenset((400, 404, 405, 451, 454, 455, 459, 460))


class Redirect(Exception):
    """The camera sends us elsewhere; the caller judges the place first."""

    def __init__(self, location: str) -> None:
        super().__init__("redirect")
        self.location = location


class Reconnect(Exception):
    """The camera closed the connection when it asked for a log-in; the next one begins with it."""

    def __init__(self, login: Login) -> None:
        super().__init__("reconnect")
        self.login = login


@dataclass(frozen=True)
class Offer:
    """What the camera sends: the video that is pulled, its first audio's codec, and the URL of the whole.

    sound: that is pulled beside the video, None where there is none that can be heard.
    """

    video: sdp.Media
    audio: str
    control: str = ""
    sound: sdp.Media | None = None


class RtspSession:
    """One connection to a camera, as a context: `async with await connect(...) as session`."""

    def __init__(self, link: Link, source: Source, login: Login | None = None) -> None:
        self._link = link
        self._source = source
        self._login = login
        self._may_reconnect = login is None
        self._cseq = 0
        self._session = ""
        self._control = source.url
        self._keepalive = ("OPTIONS", MAX_KEEPALIVE_SECONDS)
        self._ssrc = secrets.randbits(32)

    async def __aenter__(self) -> RtspSession:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        transport = self._link.transport
        if transport is not None and not transport.is_closing():
            if self._session:  # politeness: cameras allow few sessions. Nobody waits for the answer.
                transport.write(self._encode("TEARDOWN", self._control))
            transport.close()

    async def describe(self) -> Offer:
        """What the camera sends. Raises CameraError, Redirect, Reconnect."""
        await self._request("OPTIONS", self._source.url, checked=False)
        answer = await self._request("DESCRIBE", self._source.url, {"Accept": "application/sdp"})
        base = answer.header("content-base") or answer.header("content-location") or self._source.url
        if not sdp.is_rtsp_url(base):
            base = self._source.url
        description = sdp.parse(answer.body, base)
        video = description.choose_video()
        if video is None:
            raise CameraError(Fault.NO_VIDEO)
        audio = next((media.codec for media in description.medias if media.kind == "audio"), "")
        return Offer(video, audio, description.control, description.choose_sound())

    async def play(
        self, offer: Offer, on_rtp: OnRtp, on_sound: OnRtp | None = None, on_report: OnReport | None = None
    ) -> None:
        """Hand every RTP packet of the video to on_rtp until the connection ends. Raises CameraError, always.

        on_sound: gets those of the sound, where the camera has some and lets it be set up; on_report: the sender
        reports of both.
        """
        transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
        video = offer.video
        answer = await self._request_one_of("SETUP", [video.control, video.other_control], {"Transport": transport})
        self._read_session_header(answer)
        channels = _read_channels(answer.header("transport"))
        if channels is not None:
            self._link.channel, self._link.report_channel = channels
        self._link.liveness.begin(asyncio.get_running_loop().time())
        self._link.on_rtp, self._link.on_report = on_rtp, on_report
        if offer.sound is not None and on_sound is not None:
            await self._set_up_sound(offer.sound, on_sound)
        urls = [offer.control, self._source.url, video.control]
        await self._request_one_of("PLAY", urls, {"Range": "npt=0.000-"})
        raise await self._keep_alive()

    async def _request_one_of(self, method: str, urls: Sequence[str], headers: dict[str, str]) -> codec.Response:
        """The answer of the first of these URLs that the camera knows. Raises CameraError by the answer of the first.

        The URL of the last PLAY is that of the session's later requests.
        """
        answers = []
        for url in dict.fromkeys(url for url in urls if url):
            if method == "PLAY":
                self._control = url
            answers.append(await self._request(method, url, headers, checked=False))
            if answers[-1].status not in _OTHER_URL_MEANT:
                _raise_for_status(answers[-1], has_login=self._login is not None)
                return answers[-1]
        _raise_for_status(answers[0], has_login=self._login is not None)
        return answers[0]

    async def _set_up_sound(self, sound: sdp.Media, on_sound: OnRtp) -> None:
        """Set it up in the same session. A camera that refuses shows its picture without it."""
        taken = {self._link.channel, self._link.report_channel}
        first = next(number for number in range(2, 8, 2) if not {number, number + 1} & taken)
        transport = {"Transport": f"RTP/AVP/TCP;unicast;interleaved={first}-{first + 1}"}
        answer = await self._request("SETUP", sound.control, transport, checked=False)
        if answer.status in _OTHER_URL_MEANT and sound.other_control:
            answer = await self._request("SETUP", sound.other_control, transport, checked=False)
        channels = _read_channels(answer.header("transport")) or (first, first + 1)
        if 200 <= answer.status < 300 and not taken & {*channels}:
            self._link.listen(channels, on_sound)

    async def _keep_alive(self) -> CameraError:
        """Keeps the session alive; why it ended."""
        loop = asyncio.get_running_loop()
        method, every = self._keepalive
        liveness = self._link.liveness
        liveness.keep_alive_every(every, loop.time())
        try:
            while not self._link.closed.done():
                self._read_answers(method)
                act = liveness.next_act(loop.time())
                if act is Act.GIVE_UP:
                    return CameraError(Fault.SILENT)
                if act is Act.ASK:
                    self._link.write(self._encode(method, self._control))
                elif act is Act.REPORT:
                    self._link.send_reports(self._ssrc)
                else:
                    wait = max(0.05, liveness.wakes_at() - loop.time())
                    await asyncio.wait([self._link.closed], timeout=wait)
        except CameraError as error:
            return error
        return self._link.closed.result()

    def _read_answers(self, method: str) -> None:
        """To keep-alives: only that the log-in has grown old matters, else the camera ends the session."""
        while not self._link.answers.empty():
            answer = self._link.answers.get_nowait()
            if answer.status == 401 and self._log_in(answer):
                self._link.write(self._encode(method, self._control))

    def _read_session_header(self, answer: codec.Response) -> None:
        session, *parameters = answer.header("session").split(";")
        self._session = session.strip()
        pairs = (part.strip().partition("=") for part in parameters)
        seconds = next((value for name, _, value in pairs if name.lower() == "timeout"), "")
        timeout = sdp.parse_number(seconds.strip(), 1_000_000)
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

    async def _request(
        self, method: str, url: str, headers: dict[str, str] | None = None, *, checked: bool = True
    ) -> codec.Response:
        answer = await self._exchange(self._encode(method, url, headers))
        if answer.status == 401 and method != "OPTIONS" and self._log_in(answer):
            answer = await self._exchange_logged_in(self._encode(method, url, headers))
        if method == "OPTIONS" and "GET_PARAMETER" in answer.header("public"):
            self._keepalive = ("GET_PARAMETER", self._keepalive[1])
        if checked:
            _raise_for_status(answer, has_login=self._login is not None)
        return answer

    async def _exchange_logged_in(self, data: bytes) -> codec.Response:
        """The same request once more, with the log-in. Raises Reconnect where the camera closed meanwhile, once."""
        try:
            return await self._exchange(data)
        except CameraError as error:
            if error.fault is Fault.CUT and self._login is not None and self._may_reconnect and not self._session:
                raise Reconnect(self._login) from error
            raise

    async def _exchange(self, data: bytes) -> codec.Response:
        """The answer to this request. Raises CameraError after ANSWER_SECONDS, or when the connection ends."""
        self._link.write(data)
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


def _read_channels(transport: str) -> tuple[int, int] | None:
    """Return those of RTP, and of RTCP beside it; None where they are not told."""
    for part in transport.split(";"):
        name, _, value = part.strip().partition("=")
        first, _, second = value.partition("-")
        if name == "interleaved" and (channel := sdp.parse_number(first, 255)) is not None:
            reports = sdp.parse_number(second, 255)
            return channel, reports if reports is not None else (channel + 1) & 0xFF
    return None


_REASONS = {
    403: Fault.DENIED,
    404: Fault.NO_STREAM,
    453: Fault.FULL,
    454: Fault.NO_STREAM,
    461: Fault.UDP_ONLY,
    503: Fault.NOT_READY,
}


def _raise_for_status(answer: codec.Response, *, has_login: bool) -> None:
    """Raise for everything but success. has_login: whether the camera was told a user name and a password."""
    if 300 <= answer.status < 400 and answer.header("location"):
        raise Redirect(answer.header("location"))
    if answer.status == 401 and has_login:
        raise CameraError(Fault.BAD_LOGIN)
    if answer.status == 401:
        known = choose_challenge(answer.headers.get("www-authenticate", ())) is not None
        raise CameraError(Fault.LOGIN_WANTED if known else Fault.LOGIN_UNKNOWN)
    if answer.status in _REASONS:
        raise CameraError(_REASONS[answer.status])
    if not 200 <= answer.status < 300:
        raise CameraError(Fault.BAD_ANSWER, f"RTSP {answer.status}")


def _make_tls_context() -> ssl.SSLContext:
    """Cameras sign their own certificates: encrypted, not authenticated. No authority is read: that takes time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def connect(source: Source, address: Address, login: Login | None = None) -> RtspSession:
    """A connection to this very address; the name is not looked up again. Raises CameraError.

    login: what an earlier connection to the same camera was asked for.
    """
    tls = _make_tls_context() if source.scheme == "rtsps" else None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, link = await loop.create_connection(
                Link, str(address), source.port, ssl=tls, server_hostname=source.host if tls else None
            )
    except TimeoutError as error:
        raise CameraError(Fault.NO_ANSWER) from error
    except ssl.SSLError as error:
        raise CameraError(Fault.TLS) from error
    except ConnectionRefusedError as error:
        raise CameraError(Fault.REFUSED) from error
    except OSError as error:
        raise CameraError(Fault.UNREACHABLE) from error
    return RtspSession(link, source, login)
