"""The endpoint against clients that nobody here wrote: mosquitto's, paho, gmqtt; plain and over TLS."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import gmqtt
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode as PahoReason

from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.certificates import listen_with_tls
from belvedere.pipeline.ingest.mqtt.tests.conftest import House, until

READINGS, STATUS, COMMANDS = (f"belvedere/v1/d0/{name}" for name in ("readings", "status", "commands"))
BODY = '{"temperature":21.5}'
PATIENCE_SECONDS = 30.0

needs_mosquitto = pytest.mark.skipif(
    not (shutil.which("mosquitto_pub") and shutil.which("mosquitto_sub")),
    reason="mosquitto-clients is not installed (apt-get install mosquitto-clients)",
)


# --- mosquitto_pub and mosquitto_sub ---


async def start(program: str, house: House, *options: str, secret: str = "secret") -> asyncio.subprocess.Process:
    login = ("-h", "127.0.0.1", "-p", str(house.port), "-u", "d0", "-P", secret)
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(program, *login, *options, stdin=pipe, stdout=pipe, stderr=pipe)


async def run(program: str, house: House, *options: str, text: str = "", secret: str = "secret") -> tuple[int, str]:
    process = await start(program, house, *options, secret=secret)
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, err = await process.communicate(text.encode() or None)  # it may have ended: nothing to write then
    assert process.returncode is not None
    return process.returncode, (out + err).decode()


@needs_mosquitto
@pytest.mark.mosquitto
@pytest.mark.parametrize("qos", ["0", "1", "2"])
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
async def test_mosquitto_pub_sends_with_every_qos(house: House, version: str, qos: str) -> None:
    code, said = await run("mosquitto_pub", house, "-V", version, "-q", qos, "-t", READINGS, "-m", BODY)
    assert (code, said) == (0, "")
    await until(lambda: len(house.stream.readings) == 1)


@needs_mosquitto
@pytest.mark.mosquitto
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
async def test_mosquitto_pub_sends_many_lines_and_each_is_stored_once(house: House, version: str) -> None:
    lines = "".join(f'{{"a":{index}}}\n' for index in range(500))
    code, said = await run("mosquitto_pub", house, "-V", version, "-q", "2", "-t", READINGS, "-l", text=lines)
    assert (code, said) == (0, "")
    assert [reading.values["a"] for reading in house.stream.readings] == list(range(500))


@needs_mosquitto
@pytest.mark.mosquitto
async def test_mosquitto_pub_is_told_what_is_wrong(house: House) -> None:
    assert "Not authorized" in (await run("mosquitto_pub", house, "-V", "5", "-q", "1", "-t", "x/y", "-m", "1"))[1]
    code, said = await run("mosquitto_pub", house, "-q", "1", "-t", READINGS, "-m", BODY, secret="wrong")
    assert code
    assert "bad user name or password" in said.lower()
    code, said = await run("mosquitto_pub", house, "-V", "5", "-q", "1", "-t", READINGS, "-m", BODY, secret="wrong")
    assert code
    assert "authori" in said.lower() or "user" in said.lower()
    assert not house.stream.stored


@needs_mosquitto
@pytest.mark.mosquitto
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
async def test_mosquitto_sub_hears_the_retained_status(house: House, version: str) -> None:
    await run("mosquitto_pub", house, "-V", version, "-q", "1", "-r", "-t", STATUS, "-m", "online")
    topics = ("-t", STATUS, "-t", COMMANDS)
    listener = await start("mosquitto_sub", house, "-V", version, "-q", "1", *topics, "-C", "1", "-F", "%t %r %p")
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, _ = await listener.communicate()
    assert out.decode().strip() == f"{STATUS} 1 online"


@needs_mosquitto
@pytest.mark.mosquitto
async def test_a_killed_mosquitto_sub_leaves_its_will(house: House) -> None:
    will = ("--will-topic", STATUS, "--will-payload", "offline", "--will-retain")
    listener = await start("mosquitto_sub", house, "-t", COMMANDS, *will)
    await until(lambda: "d0" in house.presence.online)
    listener.kill()
    await listener.wait()
    await until(lambda: "d0" not in house.presence.online)
    code, out = await run("mosquitto_sub", house, "-t", STATUS, "-C", "1")
    assert (code, out) == (0, "offline\n")


# --- paho ---

VERSIONS = {"3.1.1": paho.MQTTv311, "5": paho.MQTTv5}


def paho_client(version: str, **options: Any) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, "paho", protocol=VERSIONS[version], **options)
    client.username_pw_set("d0", "secret")
    return client


class Paho:
    """A paho client in its own thread; every wait ends."""

    def __init__(self, client: paho.Client) -> None:
        self.client = client
        self.reasons: list[str] = []
        self.messages: list[tuple[str, bytes]] = []
        self.published: list[tuple[int, bool]] = []
        self.connected = threading.Event()
        client.on_connect = self._on_connect
        client.on_publish = lambda c, u, mid, reason, props: self.published.append((mid, reason.is_failure))
        client.on_message = lambda c, u, message: self.messages.append((message.topic, bytes(message.payload)))
        client.on_disconnect = lambda c, u, flags, reason, props: self.reasons.append(str(reason))

    def _on_connect(self, client: paho.Client, user: object, flags: object, reason: PahoReason, props: object) -> None:
        self.reasons.append(str(reason))
        self.connected.set()

    async def start(self, port: int, **options: Any) -> None:
        await asyncio.to_thread(self.client.connect, "127.0.0.1", port, **options)
        self.client.loop_start()
        assert await asyncio.to_thread(self.connected.wait, PATIENCE_SECONDS)

    async def stop(self) -> None:
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)


@pytest.fixture
async def make_paho() -> AsyncIterator[Callable[[paho.Client], Paho]]:
    made: list[Paho] = []

    def make(client: paho.Client) -> Paho:
        made.append(Paho(client))
        return made[-1]

    yield make
    for client in made:
        await client.stop()


@pytest.mark.parametrize("version", VERSIONS)
async def test_paho_has_every_message_acknowledged(
    house: House, make_paho: Callable[[paho.Client], Paho], version: str
) -> None:
    device = make_paho(paho_client(version))
    device.client.max_inflight_messages_set(200)
    await device.start(house.port)
    for index in range(600):
        device.client.publish(READINGS, json.dumps({"a": index}), qos=index % 3)
    await until(lambda: len(device.published) == 600)
    await until(lambda: len(house.stream.readings) == 600)
    assert not any(failed for _, failed in device.published)
    assert sorted(reading.values["a"] for reading in house.stream.readings) == list(range(600))


async def test_paho_of_mqtt_5_hears_the_reasons(house: House, make_paho: Callable[[paho.Client], Paho]) -> None:
    device = make_paho(paho_client("5"))
    await device.start(house.port)
    device.client.publish("belvedere/v1/d1/readings", BODY, qos=1)
    await until(lambda: len(device.published) == 1)
    assert device.published[0][1], "a failure"
    house.directory.revoke("d0")
    await until(lambda: "Not authorized" in device.reasons)
    assert not house.stream.stored


@pytest.mark.parametrize("version", VERSIONS)
async def test_paho_with_a_wrong_secret_is_refused(
    house: House, make_paho: Callable[[paho.Client], Paho], version: str
) -> None:
    client = paho_client(version)
    client.username_pw_set("d0", "wrong")
    device = make_paho(client)
    await device.start(house.port)
    assert device.reasons[0] == "Bad user name or password"


@pytest.mark.parametrize("version", VERSIONS)
async def test_paho_sends_again_what_a_cut_left_open_and_nothing_is_stored_twice(
    house: House, make_paho: Callable[[paho.Client], Paho], version: str
) -> None:
    kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    kept.SessionExpiryInterval = 60
    options: dict[str, Any] = {"clean_session": False} if version == "3.1.1" else {}
    device = make_paho(paho_client(version, **options))
    device.client.reconnect_delay_set(1, 1)
    start_options: dict[str, Any] = {"clean_start": False, "properties": kept} if version == "5" else {}
    await device.start(house.port, **start_options)
    house.stream.frozen = True
    for index in range(10):
        device.client.publish(READINGS, json.dumps({"a": index}), qos=1 + index % 2)
    await until(lambda: len(house.stream.pending) == 10)
    device.connected.clear()
    for connection in house.endpoint._connections:
        assert connection._transport is not None
        connection._transport.abort()  # cut, without a word
    assert await asyncio.to_thread(device.connected.wait, PATIENCE_SECONDS)
    await until(lambda: house.endpoint.counters.repeated == 10)
    house.stream.frozen = False
    house.stream.commit()
    await until(lambda: len(device.published) == 10)
    assert sorted(reading.values["a"] for reading in house.stream.readings) == list(range(10))


async def test_a_kept_session_of_paho_keeps_its_subscription(
    house: House, make_paho: Callable[[paho.Client], Paho]
) -> None:
    device = make_paho(paho_client("3.1.1", clean_session=False))
    await device.start(house.port)
    other = await house.connect(wire.connect(client_id="other"))
    other.send(wire.publish(STATUS, b"online", 0, retain=True))
    device.client.subscribe(STATUS, 1)
    await until(lambda: device.messages == [(STATUS, b"online")])
    device.client.loop_stop()
    device.client.disconnect()
    await until(lambda: house.endpoint.counters.connections == 1)
    device.connected.clear()
    await device.start(house.port)
    assert await asyncio.to_thread(device.connected.wait, PATIENCE_SECONDS)
    other.send(wire.publish(STATUS, b"offline", 0))
    await until(lambda: device.messages == [(STATUS, b"online"), (STATUS, b"offline")])


# --- gmqtt ---


@pytest.mark.parametrize("version", [4, 5])
async def test_gmqtt_publishes_and_listens(house: House, version: int) -> None:
    client = gmqtt.Client("gmqtt", will_message=gmqtt.Message(STATUS, "offline", will_delay_interval=1))
    client.set_auth_credentials("d0", "secret")
    heard: list[bytes] = []

    def on_message(client: object, topic: str, payload: bytes, qos: int, properties: object) -> int:
        heard.append(payload)
        return 0

    client.on_message = on_message
    async with asyncio.timeout(PATIENCE_SECONDS):
        await client.connect("127.0.0.1", house.port, version=version, keepalive=10)
    other = await house.connect(wire.connect(client_id="other"))
    other.send(wire.publish(STATUS, b"online", 0, retain=True))
    client.subscribe(STATUS, qos=1)
    for index in range(50):
        client.publish(READINGS, {"a": index}, qos=index % 3, content_type="json")
    await until(lambda: len(house.stream.readings) == 50)
    await until(lambda: heard == [b"online"])
    await client.disconnect()


# --- TLS ---


async def test_paho_publishes_over_tls_beside_the_plain_listener(
    house: House, make_paho: Callable[[paho.Client], Paho], tmp_path: Path
) -> None:
    port, cert_file = await listen_with_tls(house.endpoint, tmp_path)
    client = paho_client("5")
    client.tls_set(ca_certs=str(cert_file))
    device = make_paho(client)
    await device.start(port)
    for index in range(200):
        device.client.publish(READINGS, json.dumps({"a": index}), qos=1)
    await until(lambda: len(device.published) == 200)
    assert len(house.stream.readings) == 200


@needs_mosquitto
@pytest.mark.mosquitto
async def test_mosquitto_pub_publishes_over_tls(house: House, tmp_path: Path) -> None:
    house.port, cert_file = await listen_with_tls(house.endpoint, tmp_path)
    code, said = await run("mosquitto_pub", house, "--cafile", str(cert_file), "-q", "1", "-t", READINGS, "-m", BODY)
    assert (code, said) == (0, "")
    assert len(house.stream.readings) == 1
