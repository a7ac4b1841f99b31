"""Power cuts: no PUBACK before its fdatasync, the disk holds what has one, and a disk that fails ends the process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.simulator.mqtt import Publisher
from tests.faults.disk import CALLS, TRACE, Disk, steps
from tests.live.server import House, NotReady, Server, set_up

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="needs strace to watch system calls")
pytestmark = [
    pytest.mark.faults,
    pytest.mark.live,
    pytest.mark.embedded("it watches what SQLite writes"),
    needs_strace,
]

# [pid] time name(arguments) = result; a call that another thread interrupts is printed in two halves.
_CALL = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>)(.*?)(?: = (-?\d+).*)?$")


@contextlib.contextmanager
def _read_trace(server: Server, out: Path, *options: str) -> Iterator[None]:
    """strace attached to all threads of the server."""
    command = ["strace", "-f", "-p", str(server.pid), "-o", str(out), *options]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr
    line = tracer.stderr.readline()
    if "attached" not in line:
        tracer.kill()
        tracer.wait()
        pytest.skip(f"strace may not attach here: {line.strip()}")
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(60)


def _story(trace: str) -> list[str]:
    """The trace as a list of: `publish` received, `sync` finished, `puback` begun."""
    story = []
    for line in trace.splitlines():
        call = _CALL.match(line)
        if not call:
            continue
        name, rest, result = call[2], call[3], call[4]
        if name in ("fdatasync", "fsync") and result == "0":
            story.append("sync")
        elif name in ("read", "recvfrom", "readv", "recvmsg") and "belvedere/v1/d0/readings" in rest:
            story.append("publish")
        elif name in ("write", "sendto", "writev", "sendmsg") and re.search(r'"@\\2', rest):
            story.append("puback")
    return story


async def _publish(house: House, count: int, pause_seconds: float) -> None:
    device = await Publisher.connect("127.0.0.1", house.server.mqtt_port, "d0", house.secrets["d0"])
    for n in range(count):
        body = json.dumps({"ts": int(time.time() * 1000) + n, "values": {"temperature": n % 40}}).encode()
        await device.publish("belvedere/v1/d0/readings", body)
        await asyncio.sleep(pause_seconds)
    await device.close()


async def test_each_puback_follows_an_fdatasync_that_finished_after_the_message_came(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        house = set_up(server)
        await _publish(house, 3, 0)
        trace = tmp_path / "trace"
        calls = "trace=fdatasync,fsync,read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg"
        with _read_trace(server, trace, "-e", calls, "-s", "100"):
            await _publish(house, 30, 0.01)
        story = _story(trace.read_text(errors="replace"))
        # One message at a time: between its arrival and its acknowledgement the disk must have said yes.
        assert story.count("publish") == story.count("puback") == 30, story
        synced = False
        for step in story:
            if step == "publish":
                synced = False
            elif step == "sync":
                synced = True
            else:
                assert synced, story


CUTS = 60
PUBACK_HEAD = b"\x40\x02"
# Checkpoints after 160 KB of log instead of 16 MB, so that the cuts fall into some; and how careful the store is.
CHANGED_STORE = """
import sqlite3
class Changed(sqlite3.Connection):
    def execute(self, sql, *rest):
        sql = sql.replace("wal_autocheckpoint=4000", "wal_autocheckpoint=40")
        return super().execute(sql.replace("synchronous=FULL", "synchronous={}"), *rest)
connect = sqlite3.connect
sqlite3.connect = lambda *rest, **options: connect(*rest, **{{"factory": Changed, **options}})
"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("synchronous", ["FULL", "OFF"])
async def test_the_disk_holds_every_acknowledged_reading_at_any_moment_and_would_not_without_fdatasync(
    tmp_path: Path, synchronous: str
) -> None:
    """Where OFF loses nothing, the test sees nothing."""
    (tmp_path / "sitecustomize.py").write_text(CHANGED_STORE.format(synchronous))
    trace, base_ms = tmp_path / "trace", int(time.time() * 1000) - 1_000_000
    server = Server(
        tmp_path / "data",
        before=("strace", *TRACE, CALLS, "-o", str(trace)),
        environment={"PYTHONPATH": str(tmp_path)},
    )
    try:
        _start_traced(server)
        house = set_up(server)
        await _publish_bursts(house, base_ms)
        series = house.series_of("d0")["temperature"]
        os.kill(server.pid, signal.SIGKILL)
        assert server.process
        await asyncio.to_thread(server.process.wait, 60)  # strace writes down all that it saw
    finally:
        server.close()
    assert sum(step.kind == "write" and step.file == "readings.db" for step in steps(trace)) > 20, "no checkpoint"
    lost = _count_lost(trace, tmp_path, series, base_ms)
    assert (lost > 0) is (synchronous == "OFF"), f"{lost} acknowledged readings are not there"


def _start_traced(server: Server) -> None:
    try:
        server.start(120)
    except NotReady as error:
        if "ptrace" in str(error).lower():
            pytest.skip(f"strace may not trace here: {error}")
        raise


async def _publish_bursts(house: House, base_ms: int) -> None:
    """Readings 1 ms apart from `base_ms`, that with packet id 1 first."""
    chance = random.Random(5)
    device = await Publisher.connect("127.0.0.1", house.server.mqtt_port, "d0", house.secrets["d0"], window=1000)
    for number in range(600):
        body = b'{"ts":%d,"values":{"temperature":%d}}' % (base_ms + number, number)
        device.send("belvedere/v1/d0/readings", body, lambda: None)
        if chance.random() < 0.5:
            await asyncio.sleep(chance.choice((0.001, 0.02)))
    while device.outstanding:
        await asyncio.sleep(0.05)
    await device.close()


def _count_lost(trace: Path, folder: Path, series: int, base_ms: int) -> int:
    """Cut the power at CUTS moments of the trace: acknowledged readings that are missing after it, summed up."""
    chance, disk, acknowledged = random.Random(5), Disk("readings.db"), set[int]()
    story = list(steps(trace))
    answers = [number for number, step in enumerate(story) if step.sent[:2] == PUBACK_HEAD]
    moments = set(chance.sample(range(answers[0], len(story)), CUTS))
    lost = 0
    for number, step in enumerate(story):
        disk.take(step)
        for first in range(0, len(step.sent), 4):
            if step.sent[first : first + 2] == PUBACK_HEAD:
                acknowledged.add(base_ms + int.from_bytes(step.sent[first + 2 : first + 4]) - 1)
        if number in moments:
            lost += len(acknowledged - _readings_after_a_cut(disk, folder / f"cut-{number}", series, chance))
    assert len(acknowledged) == 600
    return lost


def _readings_after_a_cut(disk: Disk, folder: Path, series: int, chance: random.Random) -> set[int]:
    folder.mkdir()
    disk.image(folder, chance)
    store = SqliteStore(folder / "readings.db")
    try:
        store.open()
        return set(store.raw(series, 0, 1 << 60).ts)
    except Exception:  # noqa: BLE001  (a disk that was never told to write can be damaged in any way; then nothing is there)
        return set()
    finally:
        store.close()
        shutil.rmtree(folder)


async def test_a_failing_fsync_acknowledges_nothing_and_ends_the_process(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        house = set_up(server)
        await _publish(house, 3, 0)
        device = await Publisher.connect("127.0.0.1", server.mqtt_port, "d0", house.secrets["d0"])
        broken = "inject=fdatasync,fsync:error=EIO"
        with _read_trace(server, tmp_path / "trace", "-e", "trace=fdatasync,fsync", "-e", broken):
            with pytest.raises((ConnectionResetError, TimeoutError)):
                await device.publish("belvedere/v1/d0/readings", b'{"temperature": 77}', timeout_seconds=8)
            assert server.process
            await asyncio.to_thread(server.process.wait, 60)
        assert server.process.returncode == 1
        assert "fsync" in server.log or "disk" in server.log
        # The disk works again: the server starts, and has all that it had acknowledged.
        server.start()
        house.api.url = server.url
        rows = house.csv(house.series_of("d0")["temperature"], 0, int(time.time() * 1000) + 60_000)
        assert len([value for _, value in rows if value != 77]) == 3
