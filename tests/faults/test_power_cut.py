"""Before a power cut: each PUBACK follows a finished fdatasync, and a disk that refuses one ends the process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.simulator.mqtt import Publisher
from tests.live.server import House, Server, set_up

needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="needs strace to watch system calls")
pytestmark = [pytest.mark.faults, pytest.mark.live, needs_strace]

# [pid] time name(arguments) = result; a call that another thread interrupts is printed in two halves.
_CALL = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>)(.*?)(?: = (-?\d+).*)?$")


@contextlib.contextmanager
def _traced(server: Server, out: Path, *options: str) -> Iterator[None]:
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
        tracer.wait(10)


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
        with _traced(server, trace, "-e", calls, "-s", "100"):
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


async def test_a_failing_fsync_acknowledges_nothing_and_ends_the_process(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        house = set_up(server)
        await _publish(house, 3, 0)
        device = await Publisher.connect("127.0.0.1", server.mqtt_port, "d0", house.secrets["d0"])
        broken = "inject=fdatasync,fsync:error=EIO"
        with _traced(server, tmp_path / "trace", "-e", "trace=fdatasync,fsync", "-e", broken):
            with pytest.raises((ConnectionResetError, TimeoutError)):
                await device.publish("belvedere/v1/d0/readings", b'{"temperature": 77}', timeout_seconds=8)
            assert server.process
            await asyncio.to_thread(server.process.wait, 10)
        assert server.process.returncode == 1
        assert "fsync" in server.log or "disk" in server.log
        # The disk works again: the server starts, and has all that it had acknowledged.
        server.start()
        house.api.url = server.url
        rows = house.csv(house.series_of("d0")["temperature"], 0, int(time.time() * 1000) + 60_000)
        assert len([value for _, value in rows if value != 77]) == 3
