"""The sub stream of a camera: connected while somebody watches, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from belvedere.cameras.mediaserver.gateway import on_demand
from belvedere.cameras.mediaserver.gateway.on_demand import OnDemand
from belvedere.cameras.mediaserver.gateway.outputs import hls
from belvedere.cameras.mediaserver.gateway.outputs.places import Places
from belvedere.cameras.mediaserver.gateway.tests.scripted_camera import HERE
from belvedere.cameras.mediaserver.port import CameraSource, Refused
from tests.contract.rtsp import SIZE, camera


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_demand, "HOLD_SECONDS", 0.05)
    monkeypatch.setattr(on_demand, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(hls, "WATCHING_SECONDS", 0.05)


@asynccontextmanager
async def sub_of(url: str) -> AsyncIterator[OnDemand]:
    sub = OnDemand(CameraSource("gate", url), HERE, Places())
    try:
        yield sub
    finally:
        await sub.stop()


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not wanted():
            await asyncio.sleep(0.01)


async def test_it_is_connected_by_its_first_viewer_closed_after_the_last_and_connected_again() -> None:
    async with camera() as source, sub_of(source.url) as sub:
        assert (sub.status().state, source.connections, sub.describe()) == ("idle", 0, None)
        await sub.file("index.m3u8", "charlie")
        assert (sub.status().state, source.open) == ("live", 1)
        await until(lambda: sub.status().state == "idle")
        assert sub.status().codec == "H264"  # as it was seen
        seen = sub.describe()
        assert seen is not None
        assert seen.variant.peak > 0
        await until(lambda: source.open == 0)
        await sub.file("index.m3u8", "charlie")
        assert (source.connections, source.most_open) == (2, 1)


async def test_all_who_come_at_once_share_one_connection() -> None:
    async with camera() as source, sub_of(source.url) as sub:
        await asyncio.gather(*(sub.file("index.m3u8", f"viewer {each}") for each in range(5)))
        assert source.connections == 1


async def test_one_that_has_failed_is_not_begun_anew_by_the_next_viewer() -> None:
    async with camera() as source:
        pass
    async with sub_of(source.url) as sub:
        for _ in range(2):
            with pytest.raises(Refused) as caught:
                await sub.file("index.m3u8", "charlie")
            assert caught.value.refusal.code == "camera_offline"
            await asyncio.sleep(0.1)  # longer than an unwatched stream is held
        assert sub.status().state == "offline"


async def test_nothing_is_connected_any_more_once_it_has_been_stopped() -> None:
    async with camera() as source:
        async with sub_of(source.url) as sub:
            await sub.file("index.m3u8", "charlie")
        await until(lambda: source.open == 0)
        with pytest.raises(Refused):
            await sub.file("index.m3u8", "charlie")
        assert source.connections == 1


async def test_a_playlist_that_names_it_connects_one_that_nobody_has_watched_yet_and_only_once() -> None:
    async with camera() as source, sub_of(source.url) as sub:
        found = await sub.look()
        assert found is not None
        assert found.variant.width == SIZE
        await until(lambda: sub.status().state == "idle")
        found = await sub.look()
        assert found is not None
        assert found.segmenter is None
        assert source.connections == 1


async def test_a_playlist_does_not_wait_twice_for_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_demand, "FIRST_LOOK_SECONDS", 0.1)
    async with camera() as source:
        pass
    async with sub_of(source.url) as sub:
        assert await sub.look() is None
        assert source.connections == 0
        monkeypatch.setattr(on_demand, "FIRST_LOOK_SECONDS", 3600)
        assert await sub.look() is None


async def test_a_manifest_that_lists_its_segments_keeps_it_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_demand, "HOLD_SECONDS", 3600)
    async with camera() as source, sub_of(source.url) as sub:
        while (found := await sub.keep()) is None:
            await asyncio.sleep(0.01)
        assert found.segmenter is not None
        assert source.open == 1
        monkeypatch.setattr(on_demand, "HOLD_SECONDS", 0.05)
        await sub.keep()
        await until(lambda: sub.status().state == "idle")
