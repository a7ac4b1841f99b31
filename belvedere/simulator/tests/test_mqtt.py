"""The devices' own MQTT connection, against Mosquitto."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from belvedere.simulator.mqtt import Publisher, RefusedError, encode_connect, encode_packet
from belvedere.simulator.player import Player, Tally, play
from belvedere.simulator.scenarios import DeviceScript

needs_mosquitto = pytest.mark.skipif(not shutil.which("mosquitto"), reason="needs the mosquitto broker")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    port = _free_port()
    subprocess.run(["mosquitto_passwd", "-b", "-c", tmp_path / "users", "d0", "secret"], check=True)
    config = tmp_path / "m.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {tmp_path}/users\nuser root\n")
    process = subprocess.Popen(["mosquitto", "-c", config], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while not _listens(port):
        assert process.poll() is None, "the broker did not start"
        assert time.monotonic() < end, "the broker does not listen"
        time.sleep(0.02)
    yield port
    process.terminate()
    process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.asynccontextmanager
async def listener(broker: int, topic: str, *options: str) -> AsyncIterator[asyncio.StreamReader]:
    """The lines of a mosquitto_sub that has subscribed: a retained message is the first that it hears."""
    device = await Publisher.connect("127.0.0.1", broker, "d0", "secret")
    await device.publish("ready", b"ready", retain=True)
    await device.close()
    login = ("-p", str(broker), "-u", "d0", "-P", "secret", "-q", "1", "-W", "60")
    process = await asyncio.create_subprocess_exec(
        "mosquitto_sub", *login, *options, "-t", topic, "-t", "ready", stdout=subprocess.PIPE
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    yield process.stdout
    process.terminate()
    await process.communicate()  # to the end of its output, else its transport stays open


def test_the_length_of_a_packet_is_written_in_groups_of_seven_bits() -> None:
    assert encode_packet(0x30, b"x" * 127)[:2] == b"\x30\x7f"
    assert encode_packet(0x30, b"x" * 321)[:3] == b"\x30\xc1\x02"  # the example of MQTT 3.1.1 §2.2.3


def test_connect_carries_the_will_retained_at_qos_1() -> None:
    sent = encode_connect("d0", "s", 60, ("a", b"offline"))
    assert sent[2:10] == b"\x00\x04MQTT\x04\xee"
    assert sent.endswith(b"\x00\x01a\x00\x07offline\x00\x02d0\x00\x01s")


@needs_mosquitto
async def test_published_messages_are_acknowledged_and_the_window_is_kept(broker: int) -> None:
    device = await Publisher.connect("127.0.0.1", broker, "d0", "secret", window=10)
    acknowledged: list[int] = []
    for n in range(200):
        await device.wait_for_room()
        assert device.outstanding < 10
        device.send("t", b"x" * n, lambda n=n: acknowledged.append(n))  # type: ignore[misc]  # the loop's own n
    await device.publish("t", b"last")
    assert acknowledged == list(range(200))
    await device.close()


@needs_mosquitto
async def test_a_wrong_secret_is_refused_for_good(broker: int) -> None:
    with pytest.raises(RefusedError, match="may not connect") as refused:
        await Publisher.connect("127.0.0.1", broker, "d0", "wrong")
    assert refused.value.permanent


@needs_mosquitto
async def test_the_will_is_sent_after_a_cut_and_not_after_a_goodbye(broker: int) -> None:
    async with listener(broker, "will") as heard:
        polite = await Publisher.connect("127.0.0.1", broker, "d0", "secret", will=("will", b"polite"))
        await polite.close()
        cut = await Publisher.connect("127.0.0.1", broker, "d0", "secret", will=("will", b"cut"))
        cut.cut()
        assert await heard.readline() == b"cut\n"


@needs_mosquitto
async def test_a_player_goes_on_after_the_server_cut_it_and_sends_what_was_not_acknowledged(broker: int) -> None:
    tally, stop = Tally(), asyncio.Event()
    script = DeviceScript("d0", "d0", "", 0.02, lambda t: {"n": t})
    async with listener(broker, "belvedere/v1/d0/readings", "-i", "s") as heard:
        playing = asyncio.create_task(play([Player(script, "secret", "127.0.0.1", broker, tally)], stop))
        times = [json.loads(await heard.readline())["ts"] for _ in range(10)]
        # Another client with the same id: Mosquitto cuts the first.
        await (await Publisher.connect("127.0.0.1", broker, "d0", "secret")).close()
        times += [json.loads(await heard.readline())["ts"] for _ in range(60)]
        stop.set()
        await playing
    assert tally.reconnects >= 1
    unique = sorted(set(times))
    assert max(b - a for a, b in pairwise(unique)) <= 25, "a reading is missing"
