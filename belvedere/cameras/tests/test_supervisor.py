"""What the supervisor does and tells, with a media server that is a script; a real one is in tests/camera."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from belvedere.cameras import selectors, supervisor
from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus, Capabilities, Refused
from belvedere.cameras.selectors import WantedCamera
from belvedere.cameras.supervisor import MAX_RESTART_SECONDS, CameraSupervisor
from belvedere.domain.changes import CatchUp, Change, ChangeKind

GATE = WantedCamera("gate", "Gate", 1, "farm", CameraSource("gate", "rtsp://192.168.1.20/"))
YARD = WantedCamera("yard", "Yard", 1, "farm", CameraSource("yard", "rtsp://192.168.1.21/"))

EDITED = [Change(1, ChangeKind.CAMERA, "gate", {})]


class ScriptedServer:
    """Every camera is live, while the server is up."""

    capabilities = Capabilities()

    def __init__(self) -> None:
        self.cameras: list[str] = []
        self.up = True
        self.starts = self.stops = 0
        self.state = "live"

    async def start(self) -> None:
        self.starts += 1
        if not self.up:
            raise Refused(refusals.SERVER_DOWN, "it does not start")

    async def stop(self) -> None:
        self.stops += 1
        self.cameras = []

    async def apply(self, cameras: Sequence[CameraSource]) -> None:
        self.cameras = [camera.id for camera in cameras]

    async def statuses(self) -> Mapping[str, CameraStatus]:
        if not self.up:
            raise Refused(refusals.SERVER_DOWN, "down")
        return {camera: CameraStatus(state=self.state, viewers=2, sessions=("s",)) for camera in self.cameras}

    def streams(self, camera: CameraStatus) -> Any: ...
    async def offer(self, *request: Any) -> Any: ...
    async def publish(self, *request: Any) -> Any: ...
    async def end_publishing(self, *request: Any) -> None: ...
    async def trickle(self, *request: Any) -> None: ...
    async def end(self, *request: Any) -> None: ...
    async def file(self, *request: Any) -> Any: ...


class World:
    """The database's rows, what is written to it, and what people hear. `fail` lists what fails the next time."""

    def __init__(self) -> None:
        self.rows = [GATE]
        self.server = ScriptedServer()
        self.written: list[tuple[str, str]] = []
        self.heard: list[tuple[str, str]] = []
        self.fail: list[str] = []
        self.supervising: list[CameraSupervisor] = []
        self.reads = 0
        self.reading: Callable[[], None] = lambda: None

    def _perhaps_fail(self, what: str) -> None:
        if what in self.fail:
            self.fail.remove(what)
            raise RuntimeError(f"{what}: the database is locked")

    def wanted_cameras(self) -> list[WantedCamera]:
        self.reads += 1
        self._perhaps_fail("read")
        rows = list(self.rows)
        self.reading()
        return rows

    def write_state(self, camera_id: str, status: CameraStatus) -> None:
        self._perhaps_fail("write")
        self.written.append((camera_id, status.state))

    async def camera_offline(self, camera: WantedCamera, _since_ms: int, _code: str, _reason: str) -> None:
        self._perhaps_fail("offline")
        self.heard.append(("offline", camera.id))

    async def camera_live(self, camera: WantedCamera) -> None:
        self._perhaps_fail("live")
        self.heard.append(("live", camera.id))

    async def camera_removed(self, camera: WantedCamera) -> None:
        self._perhaps_fail("gone")
        self.heard.append(("gone", camera.id))

    def change(self, *rows: WantedCamera) -> None:
        """As somebody's edit does."""
        self.rows = list(rows)
        for supervising in self.supervising:
            supervising.apply(EDITED)

    @contextlib.asynccontextmanager
    async def supervised(self, catch_up: CatchUp | None = None) -> AsyncIterator[CameraSupervisor]:
        supervising = CameraSupervisor(self.server, self, catch_up)
        self.supervising.append(supervising)
        await supervising.start()
        try:
            yield supervising
        finally:
            await supervising.stop()


def at_once(work: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def run(*arguments: object) -> Any:
        return work(*arguments)

    return run


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Its rounds follow one another quickly; a look at all rows comes by itself only after a day."""
    world = World()
    monkeypatch.setattr(selectors, "wanted_cameras", world.wanted_cameras)
    monkeypatch.setattr(supervisor, "_write_state", world.write_state)
    monkeypatch.setattr(supervisor, "database_sync_to_async", at_once)
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(supervisor, "RECONCILE_SECONDS", 86_400.0)
    return world


async def until(wanted: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not wanted():
            await asyncio.sleep(0.005)


def state(supervising: CameraSupervisor, camera: str = "gate") -> str:
    status = supervising.status_of(camera)
    return status.state if status else ""


async def test_a_new_camera_starts_with_its_edit_and_not_with_the_next_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 86_400.0)
    async with world.supervised() as supervising:
        await until(lambda: state(supervising) == "live")
        world.change(GATE, YARD)
        await until(lambda: state(supervising, "yard") == "live")
        assert world.server.cameras == ["gate", "yard"]


async def test_an_edit_during_a_look_at_the_rows_is_not_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 86_400.0)
    async with world.supervised() as supervising:
        await until(lambda: state(supervising) == "live")

        def edit() -> None:
            world.reading = lambda: None
            world.rows = [GATE, YARD]
            supervising.apply(EDITED)

        world.reading = edit
        world.change(GATE)
        await until(lambda: state(supervising, "yard") == "live")


async def test_a_change_that_nobody_told_is_seen_at_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "RECONCILE_SECONDS", 0.05)
    async with world.supervised() as supervising:
        await until(lambda: state(supervising) == "live")
        world.rows = [YARD]
        await until(lambda: state(supervising, "yard") == "live")
        assert supervising.status_of("gate") is None


async def test_rows_are_not_read_with_every_round(world: World) -> None:
    async with world.supervised() as supervising:
        await until(lambda: ("live", "gate") in world.heard)
        reads = world.reads
        for _ in range(5):
            await supervising._run_round()
        assert world.reads == reads == 1


async def test_no_camera_is_shown_live_while_the_media_server_is_down(world: World) -> None:
    async with world.supervised() as supervising:
        await until(lambda: state(supervising) == "live")
        world.server.up = False
        await until(lambda: state(supervising) != "live")
        status = supervising.status_of("gate")
        assert status is not None
        assert (status.state, status.code, status.viewers, status.sessions) == (
            "connecting",
            "media_server_down",
            0,
            (),
        )
        assert "started again" in status.reason
        await until(lambda: world.written[-1] == ("gate", "connecting"))


async def test_a_media_server_that_is_back_gets_its_cameras_again(world: World) -> None:
    async with world.supervised() as supervising:
        await until(lambda: state(supervising) == "live")
        world.server.up, world.server.cameras = False, []
        await until(lambda: state(supervising) == "connecting")
        starts = world.server.starts
        await until(lambda: world.server.starts > starts)
        world.server.up = True
        await until(lambda: state(supervising) == "live")
        assert world.server.cameras == ["gate"]


async def test_who_looks_for_a_camera_that_was_just_made_waits_until_it_is_taken_in(world: World) -> None:
    def bring() -> asyncio.Future[None]:
        brought = asyncio.get_running_loop().create_future()
        world.change(GATE, YARD)
        brought.set_result(None)
        return brought

    async with world.supervised(bring) as supervising:
        await until(lambda: state(supervising) == "live")
        await supervising.catch_up()
        assert supervising.wanted("yard") == YARD
        assert world.server.cameras == ["gate", "yard"]


async def test_who_looks_for_a_camera_waits_for_no_look_that_does_not_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("belvedere.cameras.supervisor.EDIT_SECONDS", 0.05)
    supervising = CameraSupervisor(world.server, world)  # which does not run
    supervising.apply(EDITED)
    await supervising.catch_up()
    assert supervising.wanted("yard") is None


async def test_a_server_that_does_not_start_is_tried_more_and_more_seldom_and_at_once_after_it_ran(
    world: World,
) -> None:
    supervising = CameraSupervisor(world.server, world)
    pauses = [supervising._mark_server_down(Refused(refusals.SERVER_DOWN, "down")) for _ in range(10)]
    assert pauses[:4] == [0.25, 0.5, 1.0, 2.0]
    assert max(pauses) == MAX_RESTART_SECONDS
    await supervising._run_round()
    assert supervising._mark_server_down(Refused(refusals.SERVER_DOWN, "down")) == 0.25


@pytest.mark.parametrize("what", ["read", "write", "live"])
async def test_what_fails_once_works_the_next_time(world: World, what: str) -> None:
    world.fail = [what]
    async with world.supervised() as supervising:
        await until(lambda: world.heard == [("live", "gate")])
        await until(lambda: ("gate", "live") in world.written)
        assert state(supervising) == "live"
        assert world.fail == []


async def test_an_absence_that_was_not_heard_is_told_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("belvedere.cameras.watch.OFFLINE_AFTER_SECONDS", 0.05)
    world.fail = ["offline"]
    async with world.supervised():
        await until(lambda: world.heard == [("live", "gate")])
        world.server.state = "offline"
        await until(lambda: world.heard == [("live", "gate"), ("offline", "gate")])
        world.server.state = "live"
        await until(lambda: world.heard[-1] == ("live", "gate"))
    assert world.heard == [("live", "gate"), ("offline", "gate"), ("live", "gate")]


async def test_that_a_camera_is_gone_is_told_again_where_it_was_not_heard(world: World) -> None:
    world.fail = ["gone"]
    async with world.supervised() as supervising:
        await until(lambda: world.heard == [("live", "gate")])
        world.change()
        await until(lambda: ("gone", "gate") in world.heard)
        assert supervising.status_of("gate") is None
        assert supervising.wanted("gate") is None
    assert world.heard.count(("gone", "gate")) == 1


async def test_without_a_camera_no_media_server_runs(world: World) -> None:
    async with world.supervised() as supervising:
        await until(lambda: state(supervising) == "live")
        stops = world.server.stops
        world.change()
        await until(lambda: world.server.stops > stops)


async def test_a_camera_whose_password_cannot_be_read_is_offline_with_the_reason_and_not_pulled(world: World) -> None:
    world.rows = [GATE, replace(YARD, source=None, reason="The key is another one.")]
    async with world.supervised() as supervising:
        await until(lambda: state(supervising) == "live")
        status = supervising.status_of("yard")
        assert status is not None
        assert (status.state, status.code, status.reason) == (
            "offline",
            "secret_unreadable",
            "The key is another one.",
        )
        assert world.server.cameras == ["gate"]
        assert supervising.counts() == {"live": 1, "offline": 1}


async def test_a_state_is_written_when_it_changes_and_not_with_every_round(world: World) -> None:
    async with world.supervised() as supervising:
        await until(lambda: ("live", "gate") in world.heard)
        for _ in range(5):
            await supervising._run_round()
        assert world.written == [("gate", "live")]


async def test_after_the_stop_nothing_is_left_running(world: World) -> None:
    async with world.supervised() as supervising:
        await until(lambda: state(supervising) == "live")
    assert supervising._task is not None
    assert supervising._task.done()
    reads = world.reads
    world.change(GATE, YARD)
    await asyncio.sleep(0)
    assert world.reads == reads
    assert world.server.cameras == []
