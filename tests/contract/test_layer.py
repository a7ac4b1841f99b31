"""What the hubs need of every channel layer. Subjects: contract/layers.py."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from belvedere.live.tests.conftest import FARM, MemoryLog, until
from tests.contract.hubs import Hubs, leave_out_looks, listen
from tests.contract.layers import SUBJECTS, Maker, redis_layer


@pytest.fixture(params=SUBJECTS)
async def hubs(
    request: pytest.FixtureRequest, event_log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hubs]:
    """On each layer there is."""
    leave_out_looks(monkeypatch)
    make: Maker = request.param
    made = Hubs(make(request.getfixturevalue("redis_url") if make is redis_layer else ""), event_log)
    yield made
    await made.stop()


async def test_what_one_publishes_the_sockets_of_all_are_sent_in_order(hubs: Hubs, event_log: MemoryLog) -> None:
    one, other = await hubs.start(), await hubs.start()
    clients = [await listen(one), await listen(other)]
    one.publish(event_log.add(1))
    await until(lambda: all(client.numbers() == [1] for client in clients))
    other.publish(event_log.add(2, 3))
    await until(lambda: all(client.numbers() == [1, 2, 3] for client in clients))
    for number in range(4, 44):
        one.publish(event_log.add(number))
    await until(lambda: all(client.numbers() == list(range(1, 44)) for client in clients))


async def test_the_number_of_the_log_is_known_with_what_another_one_publishes(hubs: Hubs, event_log: MemoryLog) -> None:
    one, other = await hubs.start(), await hubs.start()
    client = await listen(one)
    other.publish(event_log.add(1, 2))
    await until(lambda: client.numbers() == [1, 2])
    assert one.seq_of(FARM) == 2


async def test_text_of_any_language_comes_as_it_was(hubs: Hubs, event_log: MemoryLog) -> None:
    one, other = await hubs.start(), await hubs.start()
    client = await listen(other)
    (frame,) = event_log.add(1)
    text = '{"type":"event","seq":1,"name":"Kho lạnh số 1 \\u0000 ❄"}'
    one.publish([frame._replace(text=text)])
    await until(lambda: client.numbers() == [1])
    assert client.got[-1] == text


async def test_one_that_stops_takes_nothing_from_the_others(hubs: Hubs, event_log: MemoryLog) -> None:
    one, gone, other = await hubs.start(), await hubs.start(), await hubs.start()
    clients = [await listen(one), await listen(other)]
    await gone.stop()
    one.publish(event_log.add(1))
    await until(lambda: all(client.numbers() == [1] for client in clients))
