"""A camera at the gate of a house."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import PATIENCE_MS
from tests.camera.conftest import HAS_GSTREAMER, RtspCamera
from tests.live.server import SITE, House


@contextlib.contextmanager
def open_camera(options: dict[str, Any]) -> Iterator[RtspCamera]:
    """Run a camera; skips the test where there is none."""
    if not HAS_GSTREAMER:
        pytest.skip("needs GStreamer's RTSP server")
    camera = RtspCamera(options)
    try:
        yield camera
    finally:
        camera.stop()


def add_camera(house: House, source: dict[str, Any]) -> None:
    """Add it as `gate`, and wait until it is live."""
    house.api.post("cameras", {"site": SITE, "id": "gate", "name": "Gate", "source": source})
    until_live(house)


def until_live(house: House) -> None:
    end = time.monotonic() + PATIENCE_MS / 1000
    while house.api.get("cameras")[0]["state"] != "live":
        assert time.monotonic() < end
        time.sleep(0.1)


def remove_cameras(house: House) -> None:
    """Leave none to the next test."""
    for camera in house.api.get("cameras"):
        house.api.call("DELETE", f"cameras/{camera['id']}")
