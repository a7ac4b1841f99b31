"""The pull: retries, log-in, answers, against a camera that is a script."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from belvedere.cameras.mediaserver.gateway import pull
from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.pull import retry_seconds
from belvedere.cameras.mediaserver.gateway.tests.scripted_camera import (
    H265,
    describes,
    is_offline,
    pulled,
    script_url,
    scripted,
    unauthorized,
    until,
)
from belvedere.cameras.mediaserver.port import Refused


def test_packets_without_a_picture_are_borne_for_15_s() -> None:
    watchdog = pull.PictureWatchdog()
    for now in (100.0, 110.0, 115.0):
        watchdog.observe(False, now)
    watchdog.observe(True, 116.0)
    watchdog.observe(False, 131.0)
    with pytest.raises(CameraError) as caught:
        watchdog.observe(False, 131.1)
    assert caught.value.fault is Fault.NO_PICTURE


def test_retries_grow_are_short_for_a_viewer_and_rare_for_a_refused_log_in() -> None:
    assert [retry_seconds(n, permanent=False, watched=False) for n in (1, 2, 3, 4, 9)] == [1, 2, 4, 8, 30]
    assert max(retry_seconds(n, permanent=False, watched=True) for n in range(1, 50)) == 2
    assert [retry_seconds(n, permanent=True, watched=True) for n in (1, 2, 9)] == [30, 60, 300]


async def test_a_wrong_password_is_said_and_not_tried_again_soon() -> None:
    async with scripted(unauthorized) as script:
        url = f"rtsp://127.0.0.1:{script.port}/s"
        async with pulled(url, username="admin", password="s3cret-word") as camera:
            status = await until(camera, is_offline)
            assert (status.code, status.reason) == ("bad_login", "The camera refuses the user name or password.")
            await asyncio.sleep(2.5)
        assert script.connections == 1
        assert sum("Authorization" in head for head in script.requests) == 1
        assert "s3cret-word" not in "".join(script.requests) + status.reason


async def test_a_codec_of_no_browser_is_refused_with_its_sentence_and_the_camera_counts_as_there() -> None:
    async with scripted(describes(H265.replace("H265", "JPEG"))) as script, pulled(script_url(script)) as camera:
        status = await until(camera, lambda status: status.codec == "JPEG")
        assert status.audio == "PCMU"
        with pytest.raises(Refused) as caught:
            await camera.open_session("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 H264/90000\r\n")
        assert caught.value.refusal.code == "no_h264"
        assert "JPEG, which browsers cannot show" in caught.value.refusal.sentence
        with pytest.raises(Refused):
            await camera.file("index.m3u8", "charlie")


async def test_a_keep_alive_logs_in_again_when_its_nonce_has_grown_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("belvedere.cameras.mediaserver.gateway.rtsp.client.MAX_KEEPALIVE_SECONDS", 1.0)
    stale = 'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="c", nonce="{}", stale=true\r\n\r\n'
    nonce = "first"

    def answer(method: str, url: str) -> str | None:
        head = script.requests[-1]
        if (method != "OPTIONS" or "Authorization" in head) and f'nonce="{nonce}"' not in head:
            return stale.format(nonce)
        return describes(H265)(method, url)

    async with scripted(answer) as script:
        url = f"rtsp://127.0.0.1:{script.port}/"
        async with pulled(url, username="admin", password="x") as camera:
            await until(camera, lambda _status: any(head.startswith("PLAY") for head in script.requests))
            nonce = "second"
            again = 'nonce="second"'
            await until(camera, lambda _status: any(again in head for head in script.requests))
        assert script.connections == 1


async def test_a_late_answer_is_not_taken_for_that_of_the_next_request() -> None:
    """The script answers OPTIONS twice: the second is on its way when DESCRIBE is asked."""

    def answer(method: str, url: str) -> str | None:
        head = script.requests[-1]
        cseq = next(line for line in head.split("\r\n") if line.startswith("CSeq"))
        if method == "OPTIONS":
            return f"RTSP/1.0 200 OK\r\n\r\nRTSP/1.0 404 Not Found\r\n{cseq}\r\n\r\n"
        return describes(H265)(method, url)

    async with scripted(answer) as script, pulled(f"rtsp://127.0.0.1:{script.port}/") as camera:
        status = await until(camera, lambda status: status.codec == "H265" or status.state == "offline")
        assert (status.codec, status.code) == ("H265", "")


async def test_an_answer_without_a_number_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some cameras forget it; nothing else can be meant."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                method = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[0].decode()
                writer.write((describes(H265)(method, "") or "").encode())

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with pulled(f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/") as camera:
        await until(camera, lambda status: status.codec == "H265")
    server.close()


async def test_a_camera_that_answers_without_end_is_left() -> None:
    def answer(method: str, url: str) -> str | None:
        said = describes(H265)(method, url)
        return f"{said}" + "RTSP/1.0 200 OK\r\n\r\n" * 50 if method == "PLAY" else said

    async with scripted(answer) as script, pulled(f"rtsp://127.0.0.1:{script.port}/") as camera:
        assert (await until(camera, is_offline)).code == "bad_answer"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("RTSP/1.0 404 Not Found\r\n\r\n", "no_stream"),
        ("RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=c\r\n\r\n", "login_wanted"),
        ("RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\n\r\n", "login_unknown"),
        ("RTSP/1.0 403 Forbidden\r\n\r\n", "access_denied"),
        ("RTSP/1.0 453 Not Enough Bandwidth\r\n\r\n", "camera_full"),
        ("RTSP/1.0 461 Unsupported Transport\r\n\r\n", "udp_only"),
        ("RTSP/1.0 503 Service Unavailable\r\n\r\n", "camera_not_ready"),
        ("RTSP/1.0 551 Option not supported\r\n\r\n", "bad_answer"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "bad_answer"),
    ],
)
async def test_what_a_camera_answers_becomes_a_reason(answer: str, code: str) -> None:
    async with scripted(lambda *_: answer) as script, pulled(f"rtsp://127.0.0.1:{script.port}/") as camera:
        assert (await until(camera, is_offline)).code == code


async def test_a_camera_that_is_not_there_is_refused_by_its_host() -> None:
    async with scripted(lambda *_: None) as script:
        port = script.port
    async with pulled(f"rtsp://127.0.0.1:{port}/") as camera:
        status = await until(camera, is_offline)
        assert status.code == "connection_refused"
        with pytest.raises(Refused) as caught:
            await camera.open_session("m=video")
        assert caught.value.refusal.code == "camera_offline"
        assert "RTSP" in caught.value.refusal.sentence


async def test_a_camera_that_is_silent_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("belvedere.cameras.mediaserver.gateway.rtsp.client.ANSWER_SECONDS", 0.2)
    async with scripted(lambda *_: None) as script, pulled(f"rtsp://127.0.0.1:{script.port}/") as camera:
        assert (await until(camera, is_offline)).code == "no_answer"


async def test_nothing_is_left_after_stop() -> None:
    async with scripted(lambda *_: None) as script:
        before = asyncio.all_tasks()
        async with pulled(f"rtsp://127.0.0.1:{script.port}/"):
            await asyncio.sleep(0.1)
        left = {task for task in asyncio.all_tasks() - before if "serve" not in repr(task)}
        assert left == set()


async def test_a_bug_of_ours_does_not_end_the_pull_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(pull, "resolve_addresses", broken)
    async with pulled("rtsp://127.0.0.1/") as camera:
        await until(camera, is_offline)
        monkeypatch.undo()
        await until(camera, lambda status: status.code == "connection_refused")
