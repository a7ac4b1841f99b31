"""A busy site for minutes: 5,000 readings/s, 1,000 dashboards, 100 alert sockets, 4 cameras with 4 viewers each."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin

import uvloop

from belvedere.simulator.api import Api, ApiError
from belvedere.simulator.mqtt import Publisher
from belvedere.simulator.picture import DOOR, INSIDE
from belvedere.simulator.rtsp import Camera, serve_rtsp
from bench.dashboards import poll_many
from bench.load import Load, LoadError, Result
from bench.options import Options
from bench.report import Row, make_missing_row
from bench.site import cpu_seconds, folder_of, memory_mb, metric, processes_of, site
from bench.sockets import open_many
from tests.live.server import SITE, House

DEVICES, MESSAGES_PER_SECOND = 100, 2_500  # two readings a message
DASHBOARDS, SOCKETS, CAMERAS, VIEWERS = 1_000, 100, 4, 4
ALERT_EVERY_SECONDS = 2.0


@dataclass
class Measured:
    """What the busy minutes gave."""

    acks: Result | None = None
    polls_ms: list[float] = field(default_factory=list)
    poll_bytes: int = 0
    alerts_ms: list[float] = field(default_factory=list)
    alerts_missing: int = 0
    segments: int = 0
    segments_failed: int = 0
    camera_problem: str = ""
    queue: list[float] = field(default_factory=list)


async def _cause_alerts(house: House, seconds: float, measured: Measured) -> None:
    headers = {"Authorization": f"Bearer {house.api.token}"}
    after = (await asyncio.to_thread(house.api.get, f"sites/{SITE}/snapshot"))["alerts_seq"]
    listeners = await open_many(house.server.port, f"/ws/alerts/?site={SITE}&after={after}", headers, SOCKETS)
    device = await Publisher.connect("127.0.0.1", house.server.mqtt_port, "alarm", house.secrets["alarm"])
    sent: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sent.append(time.perf_counter())
        value = 20 if len(sent) % 2 == 0 else 40
        device.send("belvedere/v1/alarm/readings", b'{"heat":%d}' % value, lambda: None)
        await asyncio.sleep(ALERT_EVERY_SECONDS)
    await asyncio.sleep(1)
    for listener in listeners:
        seen = set()
        for at, text in listener.frames():
            frame = json.loads(text)
            if frame["type"] == "event" and 0 < frame["seq"] - after <= len(sent):
                seen.add(frame["seq"])
                measured.alerts_ms.append((at - sent[frame["seq"] - after - 1]) * 1000)
        measured.alerts_missing += len(sent) - len(seen)
        assert listener.transport
        listener.transport.abort()
    await device.close()


async def _watch_hls(house: House, camera: str, seconds: float, measured: Measured) -> None:
    """One HLS viewer: the playlist every second, and each new segment once."""
    api = Api(house.server.url, house.api.token)
    end, seen = time.monotonic() + seconds, set[str]()
    path = f"/media/{camera}/hls/index.m3u8"
    while time.monotonic() < end:
        status, body, _ = await asyncio.to_thread(api.raw, "GET", path)
        lines = [line for line in body.decode(errors="replace").splitlines() if line and not line.startswith("#")]
        lists = [line for line in lines if ".m3u8" in line]
        if status == 200 and lists:
            path = re.sub(r"^https?://[^/]+", "", urljoin(path, lists[0]))
            continue
        for line in lines if status == 200 else []:
            if line not in seen:
                seen.add(line)
                status, _, _ = await asyncio.to_thread(api.raw, "GET", urljoin(path, line))
                measured.segments += status == 200
                measured.segments_failed += status != 200
        await asyncio.sleep(1)


async def _run_cameras(house: House, seconds: float, measured: Measured) -> None:
    cameras = [Camera(f"c{n}", (DOOR, INSIDE)[n % 2]) for n in range(CAMERAS)]
    async with serve_rtsp(cameras) as port:
        try:
            for camera in cameras:
                source = {"url": f"rtsp://127.0.0.1:{port}/{camera.path}"}
                body = {"site": SITE, "id": camera.path, "name": camera.path, "source": source}
                await asyncio.to_thread(house.api.post, "cameras", body)
        except ApiError as error:
            measured.camera_problem = str(error)
            return
        viewers = [_watch_hls(house, camera.path, seconds, measured) for camera in cameras for _ in range(VIEWERS)]
        await asyncio.gather(*viewers)


async def _watch_queue(house: House, seconds: float, measured: Measured) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        length = await asyncio.to_thread(metric, house, "belvedere_queue_submissions")
        measured.queue += [] if length is None else [length]
        await asyncio.sleep(2)


async def _run_mix(house: House, load: Load, seconds: float) -> Measured:
    measured = Measured()
    sending = load.start(int(MESSAGES_PER_SECOND * seconds), rate=MESSAGES_PER_SECOND, window=100, step_ms=40)
    try:
        (measured.polls_ms, measured.poll_bytes), *_ = await asyncio.gather(
            poll_many(house.server.port, f"/api/v1/sites/{SITE}/snapshot", house.api.token, DASHBOARDS, seconds),
            _cause_alerts(house, seconds, measured),
            _run_cameras(house, seconds, measured),
            _watch_queue(house, seconds, measured),
        )
        measured.acks = await asyncio.to_thread(load.finish, sending, 60)
    finally:
        if sending.poll() is None:
            sending.kill()
            sending.wait()
    return measured


def _compute_percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def run(options: Options) -> list[Row]:
    """One long run."""
    what = f"mixed load, {options.minutes:g} min"
    with site(DEVICES, {"BELVEDERE_CAMERA_ALLOW": "127.0.0.1/32"}) as house:
        load = Load(house.server.mqtt_port, house.secrets, folder_of(house))
        house.add_device("alarm")
        house.add_rule(metric="heat")
        load.run(1_000)
        pid = house.server.pid
        before_mb, before_cpu, begun = memory_mb(pid), cpu_seconds(pid), time.monotonic()
        try:
            measured = uvloop.run(_run_mix(house, load, options.minutes * 60))
        except LoadError as error:
            return [make_missing_row(what, str(error))]
        cores = (cpu_seconds(pid) - before_cpu) / (time.monotonic() - begun)
        grown_mb = memory_mb(pid) - before_mb
        gateways = len(processes_of(house.server)) - 1
    return _make_rows(what, measured, cores, grown_mb, gateways)


def _make_rows(what: str, seen: Measured, cores: float, grown_mb: float, gateways: int) -> list[Row]:
    assert seen.acks
    alerts = Row(f"{what}: alert p99 at {SOCKETS} sockets", "ms", [_compute_percentile(seen.alerts_ms, 0.99)])
    acks = Row(f"{what}: PUBACK p99 at 5,000 readings/s", "ms", [seen.acks.p99_ms])
    polled = f"{len(seen.polls_ms):,} polls, {seen.poll_bytes / len(seen.polls_ms):,.0f} bytes each"
    poll_p99 = [_compute_percentile(seen.polls_ms, 0.99)]
    video = Row(f"{what}: video segments fetched by {CAMERAS * VIEWERS} HLS viewers", "segments", [seen.segments])
    return [
        acks.check_goal("< 500 ms (twice its line)", seen.acks.p99_ms < 500, f"longest {seen.acks.max_ms:.0f} ms"),
        Row(f"{what}: poll p99, {DASHBOARDS:,} dashboards at 5 s", "ms", poll_p99, note=polled),
        alerts.check_goal(
            "< 40 ms (twice its line), none missing",
            alerts.median < 40 and not seen.alerts_missing,
            f"{seen.alerts_missing} missing of {len(seen.alerts_ms) + seen.alerts_missing:,}",
        ),
        video.check_goal(
            "none failed", not seen.segments_failed and seen.segments > 0, f"{seen.segments_failed} failed"
        )
        if not seen.camera_problem
        else make_missing_row(f"{what}: cameras", seen.camera_problem),
        Row(f"{what}: CPU of the server", "cores", [cores], note=f"{gateways} processes below it not counted"),
        Row(f"{what}: memory growth", "MB", [grown_mb]),
        _make_queue_row(what, seen.queue),
    ]


def _make_queue_row(what: str, lengths: list[float]) -> Row:
    half = len(lengths) // 2
    early, late = max(lengths[:half], default=0), max(lengths[half:], default=0)
    row = Row(f"{what}: longest queue, second half", "bodies", [late], note=f"{early:.0f} in the first half")
    # Twice MESSAGES_PER_SECOND waiting would be two seconds of delay, far from what a commit takes.
    return row.check_goal("does not grow", late <= max(2 * early, MESSAGES_PER_SECOND / 5))
