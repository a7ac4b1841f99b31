"""The chain of the cluster profile from outside: a device publishes, the page shows it, the alert arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from belvedere.simulator.api import make_basic_auth
from belvedere.simulator.mqtt import Publisher
from tests.cluster.driving import body, now_ms, open_cluster, until
from tests.live.alert_socket import AlertSocket
from tests.live.server import House

# In the gate, unlike the rest of this folder: a role that cannot start, or a part that is wired wrongly, shows here.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """As `belvedere up` starts it without further settings."""
    with open_cluster(tmp_path_factory.mktemp("whole-way")) as house:
        yield house


async def test_a_reading_by_mqtt_is_in_the_poll_and_its_alert_reaches_the_socket(
    house: House, device: str, publisher: Publisher
) -> None:
    house.add_rule(device=device)
    socket = await AlertSocket(house.server.url, house.api.token).open()
    at_ms = now_ms()
    await publisher.publish(f"belvedere/v1/{device}/readings", body(at_ms, temperature=40.0))
    await until(lambda: house.latest(device).get("temperature") == (at_ms, 40.0), "the poll shows it")
    await until(lambda: any(event["alert"]["device"] == device for event in socket.events), "the socket tells it")
    assert [event["kind"] for event in socket.events if event["alert"]["device"] == device] == ["opened"]
    await socket.close()


def test_http_ingest_answers_with_what_the_worker_did(house: House, device: str) -> None:
    auth, sent = make_basic_auth(device, house.secrets[device]), body(now_ms(), temperature=1.0, humidity=500.0)
    answers = [json.loads(house.api.raw("POST", "/api/v1/ingest", sent, auth)[1]) for _ in range(2)]
    assert [(answer["stored"], answer["duplicate"]) for answer in answers] == [(1, 0), (1, 1)]
