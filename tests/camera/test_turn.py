"""A viewer that may send to a TURN server only, as behind a strict firewall: a real coturn, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from av.video.frame import VideoFrame
from django.conf import settings

from belvedere.cameras.mediaserver.port import CameraSource
from bench.peers import find_free_port
from tests.camera.conftest import PATIENCE, Stage
from tests.contract.rtsp import SIZE, camera

pytestmark = [pytest.mark.camera, pytest.mark.timeout(120)]
SECRET = "north"


@pytest.fixture
def coturn(tmp_path: Path) -> Iterator[str]:
    """A TURN server that shares SECRET with us; its URL."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("needs coturn: apt-get install coturn")
    port = find_free_port()
    options = [
        *("--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--listening-port", str(port)),
        *("--use-auth-secret", "--static-auth-secret", SECRET, "--realm", "belvedere"),
        *("--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls", "--fingerprint", "--log-file", "stdout"),
        *("--userdb", str(tmp_path / "turndb"), "--pidfile", str(tmp_path / "pid")),
    ]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_it_answers(port)
            yield f"turn:127.0.0.1:{port}?transport=udp"
        finally:
            process.kill()


def wait_until_it_answers(port: int) -> None:
    """Ask for our own address (RFC 8489) until it says it."""
    question = b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"belvederetes"
    end = time.monotonic() + 30
    with socket.socket(type=socket.SOCK_DGRAM) as asking:
        asking.connect(("127.0.0.1", port))
        asking.settimeout(0.2)
        while True:
            with contextlib.suppress(OSError):  # nobody listens yet, or no answer yet
                asking.send(question)
                if asking.recv(2048).startswith(b"\x01\x01"):
                    return
            assert time.monotonic() < end
            time.sleep(0.05)


@pytest.mark.parametrize(("secret", "comes"), [(SECRET, True), ("south", False)], ids=["the secret", "another secret"])
async def test_a_picture_comes_through_a_turn_server_with_the_credentials_that_we_make(
    stage: Stage, coturn: str, monkeypatch: pytest.MonkeyPatch, secret: str, comes: bool
) -> None:
    env = replace(settings.ENV, ice_servers=(coturn,), turn_secret=secret)
    monkeypatch.setattr(settings, "ENV", env)
    async with camera() as source, aiohttp.ClientSession(stage.url, headers={"Origin": stage.url}) as web:
        await stage.server.apply([CameraSource("gate", source.url)])
        await stage.until_live()
        async with web.get("/media/ice") as answer:
            (server,) = (await answer.json())["iceServers"]
        viewer = RTCPeerConnection(
            RTCConfiguration([RTCIceServer(**server)], iceTransportPolicy=RTCIceTransportPolicy.RELAY)
        )
        viewer.addTransceiver("video", direction="recvonly")
        try:
            await viewer.setLocalDescription(await viewer.createOffer())
            kinds = set(re.findall(r"^a=candidate:.* typ (\w+)", viewer.localDescription.sdp, re.MULTILINE))
            assert kinds == ({"relay"} if comes else set())
            if comes:
                assert await first_width(viewer, web) == SIZE
        finally:
            await viewer.close()


async def first_width(viewer: RTCPeerConnection, web: aiohttp.ClientSession) -> int:
    """Offer by WHEP, as a player does; the width of the first picture."""
    async with web.post("/media/gate/whep", data=viewer.localDescription.sdp) as answer:
        assert answer.status == 201
        await viewer.setRemoteDescription(RTCSessionDescription(await answer.text(), "answer"))
    (receiver,) = viewer.getReceivers()
    async with asyncio.timeout(PATIENCE):
        picture = await receiver.track.recv()
    assert isinstance(picture, VideoFrame)
    return picture.width
