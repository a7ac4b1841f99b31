"""The gateway's HTTP interface, with cameras that only note what is asked of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest
from aiohttp.test_utils import TestClient, TestServer

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway import control
from belvedere.cameras.mediaserver.gateway.control import Gateway, application
from belvedere.cameras.mediaserver.gateway.outputs.hls import WaitFor
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus, Refused


class NotedCamera:
    """In the place of Camera."""

    made: ClassVar[list[NotedCamera]] = []
    kind = "video/mp4"

    def __init__(self, wanted: CameraSource, rules: Any, places: Any, publisher: Any) -> None:
        self.wanted, self.rules, self.places, self.publisher = wanted, rules, places, publisher
        self.asked: list[Any] = []
        self.started = self.stopped = False
        self.whep = self
        NotedCamera.made.append(self)

    def start(self) -> None:
        self.started = True

    async def stop(self) -> None:
        self.stopped = True

    def status(self) -> CameraStatus:
        return CameraStatus(state="live", sessions=("s1",))

    async def open_session(self, *offer: str) -> tuple[str, str]:
        self.asked.append(offer)
        if offer[0] == "h265":
            raise Refused(refusals.H265)
        return "s1", "answer"

    async def file(self, *asked: Any) -> tuple[bytes, str]:
        self.asked.append(asked)
        return b"file", self.kind

    def session_ids(self) -> tuple[str, ...]:
        return ("s1",)

    async def close(self, session: str) -> bool:
        self.asked.append(session)
        return session == "s1"


Client = TestClient[Any, Any]


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setattr(control, "Camera", NotedCamera)
    monkeypatch.setattr(NotedCamera, "made", [])
    async with TestClient(TestServer(application(Gateway()))) as client:
        yield client


async def put(client: Client, *cameras: str, own: str = "192.168.1.10:8000", **fields: str) -> None:
    rows = [
        {"id": camera, "url": "rtsp://192.168.1.20/", "username": "", "password": ""} | fields for camera in cameras
    ]
    answer = await client.put("/cameras", json={"cameras": rows, "allow": ["127.0.0.1/32"], "own": [own]})
    assert answer.status == 204


def running() -> list[str]:
    return sorted(camera.wanted.id for camera in NotedCamera.made if camera.started and not camera.stopped)


async def test_what_is_unchanged_is_not_touched_and_what_is_gone_is_stopped(client: Client) -> None:
    await put(client, "gate", "yard")
    await put(client, "gate", "shed")
    assert running() == ["gate", "shed"]
    assert [camera.wanted.id for camera in NotedCamera.made] == ["gate", "yard", "shed"]
    status = (await (await client.get("/status")).json())["cameras"]
    assert (sorted(status), status["gate"]["sessions"]) == (["gate", "shed"], ["s1"])


async def test_a_camera_with_another_password_is_pulled_anew_and_so_are_all_by_other_rules(client: Client) -> None:
    await put(client, "gate", "yard")
    await put(client, "gate", "yard", password="new")
    assert len(NotedCamera.made) == 4
    await put(client, "gate", "yard", own="192.168.1.10:9000", password="new")
    assert len(NotedCamera.made) == 6
    assert running() == ["gate", "yard"]
    assert NotedCamera.made[-1].rules.own == {"192.168.1.10:9000"}
    assert len({id(camera.places) for camera in NotedCamera.made}) == 1


async def test_a_viewer_gets_a_session_in_his_own_name(client: Client) -> None:
    await put(client, "gate")
    headers = {"Viewer": "3", "Viewer-Address": "192.168.1.50"}
    answer = await client.post("/cameras/gate/whep", data="offer", headers=headers)
    assert (answer.status, await answer.text(), answer.headers["location"]) == (201, "answer", "whep/s1")
    assert NotedCamera.made[0].asked == [("offer", "3", "192.168.1.50")]
    assert (await client.patch("/cameras/gate/whep/s1", data="a=candidate:1")).status == 204
    assert (await client.patch("/cameras/gate/whep/s2", data="a=candidate:1")).status == 404
    assert (await client.delete("/cameras/gate/whep/s1")).status == 204
    assert (await client.delete("/cameras/gate/whep/s2")).status == 404


async def test_a_refusal_tells_its_code_and_its_sentence(client: Client) -> None:
    await put(client, "gate")
    answer = await client.post("/cameras/gate/whep", data="h265")
    assert (answer.status, (await answer.json())["code"]) == (409, "h265")
    answer = await client.get("/cameras/other/hls/index.m3u8")
    assert (answer.status, (await answer.json())["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "number", "part"),
    [("7", 7, None), ("", 0, None), ("-1", 0, None), ("7x", 0, None), ("9" * 13, 0, None), ("²", 0, None), ("7", 7, 3)],
)
async def test_a_playlist_is_asked_with_its_number_and_never_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch, query: str, number: int, part: int | None
) -> None:
    monkeypatch.setattr(NotedCamera, "kind", "application/vnd.apple.mpegurl")
    await put(client, "gate")
    sent = {"_HLS_msn": query} | ({} if part is None else {"_HLS_part": str(part)})
    answer = await client.get("/cameras/gate/hls/video.m3u8", params=sent, headers={"Viewer": "3"})
    assert answer.headers["cache-control"] == "no-store"
    assert NotedCamera.made[0].asked == [("video.m3u8", "3", WaitFor(number, part))]


@pytest.mark.parametrize("kind", ["video/mp4", "video/iso.segment"])
async def test_a_file_whose_name_never_means_another_may_be_kept_by_its_viewer(
    client: Client, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(NotedCamera, "kind", kind)
    await put(client, "gate")
    answer = await client.get("/cameras/gate/hls/segment-1.m4s")
    assert (answer.headers["cache-control"], answer.content_type) == ("private, max-age=60, immutable", kind)


TARGET = {"host": "127.0.0.1", "port": 8554, "username": "gateway", "password": "secret"}


async def test_cameras_are_published_once_there_is_a_server_for_that(client: Client) -> None:
    await put(client, "gate")
    assert NotedCamera.made[-1].publisher is None
    body = {"cameras": [{"id": "gate", "url": "rtsp://192.168.1.20/"}], "allow": [], "own": []}
    assert (await client.put("/cameras", json=body | {"target": TARGET})).status == 204
    assert NotedCamera.made[-1].publisher is not None
    made = len(NotedCamera.made)
    assert (await client.put("/cameras", json=body | {"target": TARGET | {"port": 8555}})).status == 204
    assert len(NotedCamera.made) == made  # another address is found by the publisher; the camera is not touched
