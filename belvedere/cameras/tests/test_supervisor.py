"""What the supervisor tells, with a media server that is a script; a real one is in tests/camera."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from belvedere.cameras import selectors, supervisor
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus, Capabilities
from belvedere.cameras.selectors import WantedCamera
from belvedere.cameras.supervisor import CameraSupervisor


class ScriptedServer:
    """Every camera is live."""

    capabilities = Capabilities()

    def __init__(self) -> None:
        self.cameras: list[str] = []

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def apply(self, cameras: Sequence[CameraSource]) -> None:
        self.cameras = [camera.id for camera in cameras]

    async def statuses(self) -> Mapping[str, CameraStatus]:
        return {camera: CameraStatus(state="live") for camera in self.cameras}

    async def forward(self, request: Any) -> Any: ...
    async def end(self, camera: str, session: str) -> None: ...


async def test_that_a_camera_is_gone_is_told_again_where_it_was_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [WantedCamera("gate", "Gate", 1, "farm", CameraSource("gate", "rtsp://192.168.1.20/"))]
    calls: list[str] = []

    async def nothing(*_: object) -> None: ...

    async def gone(camera_id: str, _site: int) -> None:
        calls.append(camera_id)
        if len(calls) == 1:
            raise RuntimeError("the database is locked")

    monkeypatch.setattr(selectors, "wanted_cameras", lambda: list(rows))
    monkeypatch.setattr(supervisor, "_write_state", lambda *_: None)
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(supervisor, "RECONCILE_SECONDS", 0.02)
    supervising = CameraSupervisor(ScriptedServer(), nothing, nothing, gone)
    await supervising.start()
    try:
        async with asyncio.timeout(30):
            while supervising.status_of("gate") is None:
                await asyncio.sleep(0.01)
            rows.clear()
            while len(calls) < 2:
                await asyncio.sleep(0.01)
    finally:
        await supervising.stop()
    assert calls == ["gate", "gate"]
