"""The supervisor with a real gateway and a real camera."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from belvedere.cameras import selectors, supervisor
from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus
from belvedere.cameras.selectors import WantedCamera
from belvedere.cameras.supervisor import CameraSupervisor
from belvedere.domain.changes import Change, ChangeKind
from tests.camera.conftest import ALLOW, RtspCamera

pytestmark = pytest.mark.camera
Make = Callable[..., RtspCamera]


class World:
    """The database's cameras, and what people have heard."""

    def __init__(self) -> None:
        self.rows: list[WantedCamera] = []
        self.written: list[tuple[str, str]] = []
        self.heard: list[tuple[str, ...]] = []
        self.supervising: list[CameraSupervisor] = []

    def wanted_cameras(self) -> list[WantedCamera]:
        return list(self.rows)

    def write_state(self, camera_id: str, status: CameraStatus) -> None:
        self.written.append((camera_id, status.state))

    def put(self, *cameras: RtspCamera) -> None:
        self.rows = [
            WantedCamera(f"c{i}", f"Camera {i}", 1, "farm", CameraSource(f"c{i}", camera.url))
            for i, camera in enumerate(cameras)
        ]
        for supervising in self.supervising:
            supervising.apply([Change(1, ChangeKind.CAMERA, "c0", {})])

    async def camera_offline(self, camera: WantedCamera, _since_ms: int, _code: str, reason: str) -> None:
        self.heard.append(("offline", camera.id, reason))

    async def camera_live(self, camera: WantedCamera) -> None:
        self.heard.append(("live", camera.id))

    async def camera_removed(self, camera: WantedCamera) -> None:
        self.heard.append(("gone", camera.id))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(selectors, "wanted_cameras", world.wanted_cameras)
    monkeypatch.setattr(supervisor, "_write_state", world.write_state)
    return world


@pytest_asyncio.fixture(loop_scope="session")
async def running(world: World) -> AsyncIterator[tuple[CameraSupervisor, GatewayClient]]:
    client = GatewayClient(ALLOW)
    supervising = CameraSupervisor(client, world)
    world.supervising.append(supervising)
    await supervising.start()
    yield supervising, client
    await supervising.stop()


async def until(wanted: Callable[[], bool], seconds: float = 80) -> None:
    deadline = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def is_live(supervising: CameraSupervisor, camera_id: str = "c0") -> bool:
    status = supervising.status_of(camera_id)
    return status is not None and status.state == "live"


async def test_the_gateway_runs_only_while_there_is_a_camera(
    rtsp_camera: Make, world: World, running: tuple[CameraSupervisor, GatewayClient]
) -> None:
    supervising, client = running
    await asyncio.sleep(1.5)
    assert client.pid is None
    world.put(rtsp_camera())
    await until(lambda: is_live(supervising))
    await until(lambda: ("live", "c0") in world.heard)
    assert world.written[-1] == ("c0", "live")
    world.put()
    await until(lambda: client.pid is None)
    assert supervising.status_of("c0") is None
    assert ("gone", "c0") in world.heard


async def test_a_killed_gateway_is_back_and_nobody_is_woken(
    rtsp_camera: Make, world: World, running: tuple[CameraSupervisor, GatewayClient]
) -> None:
    supervising, client = running
    world.put(rtsp_camera())
    await until(lambda: is_live(supervising))
    first = client.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: not is_live(supervising))
    await until(lambda: is_live(supervising))
    assert client.pid not in (None, first)
    assert not any(what[0] == "offline" for what in world.heard)


async def test_a_camera_that_stays_away_is_told_and_so_is_its_return(
    rtsp_camera: Make,
    world: World,
    running: tuple[CameraSupervisor, GatewayClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("belvedere.cameras.watch.OFFLINE_AFTER_SECONDS", 2.0)
    supervising, _client = running
    camera, other = rtsp_camera(), rtsp_camera()
    world.put(camera, other)
    await until(lambda: is_live(supervising) and is_live(supervising, "c1"))
    camera.tell("cut")
    await until(lambda: any(what[:2] == ("offline", "c0") for what in world.heard))
    camera.tell("back")
    await until(lambda: world.heard[-1] == ("live", "c0"))
    assert not any(what[:2] == ("offline", "c1") for what in world.heard)
    assert other.connections() == 1
