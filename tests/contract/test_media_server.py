"""What every media server must do, whatever it is: MediaServerContract; below it the built-in one, which inherits it.

A second server is one more subclass with the two factories, in a file of its own (test_mediamtx.py). What a server
cannot do at all, by its `capabilities`, is skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from belvedere.cameras.mediaserver import http
from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.port import (
    MAIN,
    MANIFEST,
    SNAPSHOT,
    SUB,
    CameraSource,
    CameraStatus,
    MediaServer,
    Refused,
)
from tests.contract.media_servers import ALLOW, CHARLIE, is_live, make_offer, read_file, wait_for_status
from tests.contract.rtsp import SIZE, camera
from tests.contract.wrong_answers import (
    GOOD,
    WRONG_ANSWERS,
    Handler,
    check_everything_is_refused,
)

BY_FILES = {"llhls", "hls", "dash"}


class MediaServerContract:
    """The behaviours. A subject gives `new_server` and `server_behind`."""

    def new_server(self) -> MediaServer:
        """One that is not started, allowed to pull cameras from 127.0.0.1."""
        raise NotImplementedError

    def server_behind(self, handler: Handler) -> contextlib.AbstractAsyncContextManager[MediaServer]:
        """The client of a server in whose place this handler answers, with short patience."""
        raise NotImplementedError

    @pytest.fixture
    async def server(self) -> AsyncIterator[MediaServer]:
        server = self.new_server()
        await server.start()
        yield server
        await server.stop()

    async def test_a_camera_becomes_live_is_not_touched_while_unchanged_and_goes(self, server: MediaServer) -> None:
        async with camera() as source:
            wanted = CameraSource("gate", source.url)
            await server.apply([wanted])
            status = await wait_for_status(server, is_live)
            assert (status.codec, status.width, status.height) == ("H264", SIZE, SIZE)
            await server.apply([wanted])
            await server.start()  # one that runs is left alone
            assert is_live((await server.statuses())["gate"])
            assert source.connections == 1
            await server.apply([])
            assert "gate" not in await server.statuses()

    async def test_a_sub_stream_is_pulled_once_watched_beside_a_main_stream_that_is_not_touched(
        self, server: MediaServer
    ) -> None:
        async with camera() as source, camera() as sub:
            await server.apply([CameraSource("gate", source.url)])
            with pytest.raises(Refused) as caught:
                await server.offer("gate", await make_offer(), CHARLIE, SUB)
            assert caught.value.refusal.code == "no_sub"
            await server.apply([CameraSource("gate", source.url, sub_url=sub.url)])
            status = await wait_for_status(server, is_live)
            assert status.sub is not None
            assert (status.sub.state, sub.connections) == ("idle", 0)
            assert {stream.source for stream in server.streams(status)} == {MAIN, SUB}
            answer = await server.offer("gate", await make_offer(), CHARLIE, SUB)
            status = (await server.statuses())["gate"]
            assert status.sub is not None
            assert (status.sub.state, status.sessions) == ("live", (answer.session,))
            await server.end("gate", answer.session)
            assert (await server.statuses())["gate"].sessions == ()
            assert (source.connections, sub.connections) == (1, 1)

    async def test_a_second_server_that_a_redirect_names_sees_no_log_in(self, server: MediaServer) -> None:
        async with camera() as first, camera() as second:
            first.redirect = second.url
            await server.apply([CameraSource("gate", first.url, "admin", "secret")])
            await wait_for_status(server, is_live)
            assert any("Authorization" in head for head in first.heads)
            assert second.heads
            assert not any("Authorization" in head for head in second.heads)

    async def test_a_camera_that_is_not_there_says_why_and_is_refused_for_now(self, server: MediaServer) -> None:
        async with camera() as source:
            pass
        await server.apply([CameraSource("gate", source.url)])
        status = await wait_for_status(server, lambda status: status.state == "offline")
        assert status.code
        assert " " in status.reason
        with pytest.raises(Refused) as caught:
            await server.offer("gate", await make_offer(), CHARLIE)
        assert (caught.value.refusal.code, caught.value.permanent) == ("camera_offline", False)

    async def test_a_session_is_opened_listed_and_ended_once(self, server: MediaServer) -> None:
        if not server.capabilities.whep:
            pytest.skip("it does not speak WHEP")
        async with camera() as source:
            await server.apply([CameraSource("gate", source.url)])
            await wait_for_status(server, is_live)
            answer = await server.offer("gate", await make_offer(), CHARLIE)
            assert answer.sdp.startswith("v=0")
            assert "H264/90000" in answer.sdp
            assert answer.session in (await server.statuses())["gate"].sessions
            await server.trickle("gate", answer.session, "a=mid:0\r\n")
            await server.end("gate", answer.session)
            assert answer.session not in (await server.statuses())["gate"].sessions
            with pytest.raises(Refused) as caught:
                await server.end("gate", answer.session)
            assert (caught.value.refusal.code, caught.value.permanent) == ("no_session", True)
            with pytest.raises(Refused) as caught:
                await server.trickle("gate", answer.session, "")
            assert caught.value.refusal.code == "no_session"
            with pytest.raises(Refused) as caught:
                await server.offer("gate", "no offer", CHARLIE)
            assert (caught.value.refusal.status, caught.value.permanent) == (400, True)

    async def test_a_playlist_leads_to_segments(self, server: MediaServer) -> None:
        if not server.capabilities.hls:
            pytest.skip("it does not speak HLS")
        async with camera() as source:
            await server.apply([CameraSource("gate", source.url)])
            await wait_for_status(server, is_live)
            async with asyncio.timeout(30):
                while True:  # the first segment takes a second to fill
                    with contextlib.suppress(Refused):
                        kind, master = await read_file(server, "index.m3u8")
                        break
            assert "mpegurl" in kind.lower()
            media = [line for line in master.decode().splitlines() if line and not line.startswith("#")]
            _, playlist = await read_file(server, media[-1])
            segments = [line for line in playlist.decode().splitlines() if line and not line.startswith("#")]
            assert (await read_file(server, segments[-1]))[1]
            if server.capabilities.dash:
                described, manifest = await read_file(server, MANIFEST)
                assert described == "application/dash+xml"
                assert b"<MPD" in manifest
            if server.capabilities.snapshots:
                described, jpeg = await read_file(server, SNAPSHOT)
                assert (described, jpeg[:2]) == ("image/jpeg", b"\xff\xd8")
            with pytest.raises(Refused) as caught:
                await server.file("gate", "segment-99999.m4s", "", CHARLIE)
            assert (caught.value.refusal.status, caught.value.permanent) == (404, True)

    async def test_a_camera_that_it_does_not_have_is_refused(self, server: MediaServer) -> None:
        with pytest.raises(Refused) as offered:
            await server.offer("gate", await make_offer(), CHARLIE)
        with pytest.raises(Refused) as asked:
            await server.file("gate", "index.m3u8", "", CHARLIE)
        assert (offered.value.refusal.status, asked.value.refusal.status) == (404, 404)

    @pytest.mark.parametrize(
        ("status", "shown"),
        [
            (CameraStatus(), {"webrtc", *BY_FILES}),
            (CameraStatus(codec="H264", b_frames=False), {"webrtc", *BY_FILES}),
            (CameraStatus(codec="H264", b_frames=True), BY_FILES),
            (CameraStatus(codec="H265"), {"webrtc", *BY_FILES}),
            (CameraStatus(codec="H265", b_frames=True), BY_FILES),
            (CameraStatus(codec="JPEG"), set()),
        ],
    )
    def test_the_streams_say_what_can_be_played_and_why_not_the_others(
        self, status: CameraStatus, shown: set[str]
    ) -> None:
        server = self.new_server()
        can = server.capabilities
        able = {"webrtc": can.whep, "llhls": can.hls, "hls": can.hls, "dash": can.dash}
        streams = server.streams(status)
        assert {stream.kind for stream in streams if able.get(stream.kind)} == {kind for kind in able if able[kind]}
        assert {stream.kind for stream in streams if stream.refusal is None} & set(able) <= shown
        for stream in streams:
            assert stream.refusal is None or (stream.refusal.code and stream.refusal.sentence.endswith("."))

    async def test_a_server_that_is_not_running_is_refused_for_now_and_starts_again(self) -> None:
        server = self.new_server()
        await check_everything_is_refused(server)
        await server.start()
        await server.stop()
        await check_everything_is_refused(server)
        await server.start()
        assert await server.statuses() == {}
        await server.stop()
        await server.stop()

    @pytest.mark.parametrize("answer", WRONG_ANSWERS)
    async def test_what_another_server_answers_in_its_place_is_refused_for_now(self, answer: str) -> None:
        async with self.server_behind(WRONG_ANSWERS[answer]) as server:
            await check_everything_is_refused(server, but_files="good status" in answer or answer.startswith(GOOD))


class TestGateway(MediaServerContract):
    """The built-in one: its client and its real process."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.socket = tmp_path / "socket"
        self.monkeypatch = monkeypatch

    def new_server(self) -> MediaServer:
        return GatewayClient(ALLOW)

    @contextlib.asynccontextmanager
    async def server_behind(self, handler: Handler) -> AsyncIterator[MediaServer]:
        self.monkeypatch.setattr(http, "ASK_SECONDS", 0.3)
        client = GatewayClient()
        async with await asyncio.start_unix_server(handler, self.socket):
            client.connect(self.socket)
            try:
                yield client
            finally:
                await client.stop()
