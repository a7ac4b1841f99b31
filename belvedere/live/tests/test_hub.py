"""The hub beside a log that fails, messages that get lost and sockets that come, go and lag."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import pytest
from channels.layers import InMemoryChannelLayer, channel_layers

from belvedere.live import hub as hub_module
from belvedere.live.hub import MAX_AGE_SECONDS, Hub
from belvedere.live.socket import CloseCode, Socket
from belvedere.live.tests.conftest import FARM, Client, MemoryLog, frame, settled, socket_of, until

BANK = 2


class Guard:
    """Closes nobody until it is told to. failures: so many of the next looks fail."""

    def __init__(self) -> None:
        self.verdicts: list[tuple[Socket, CloseCode]] = []
        self.failures = 0

    async def __call__(self, sockets: Iterable[Socket]) -> list[tuple[Socket, CloseCode]]:
        if self.failures:
            self.failures -= 1
            raise OSError("no rights today")
        return [verdict for verdict in self.verdicts if verdict[0] in set(sockets)]


class Stage:
    """A running hub and who listens to it."""

    def __init__(self, hub: Hub, log: MemoryLog, guard: Guard) -> None:
        self.hub = hub
        self.log = log
        self.guard = guard

    async def listen(self, after: int | None = None, site_id: int = FARM) -> Client:
        client = Client()
        client.socket = socket_of(client, site_id, self.now)
        await self.hub.join(client.socket, after)
        await until(lambda: client.got)
        return client

    now = 0.0


Start = Callable[[], Awaitable[Stage]]


@pytest.fixture
async def start(event_log: MemoryLog, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Starts the hub; its rounds come quickly."""
    monkeypatch.setattr(hub_module, "ROUND_SECONDS", 0.01)
    channel_layers.set("default", InMemoryChannelLayer())
    stages: list[Stage] = []

    async def start() -> Stage:
        guard = Guard()
        hub = Hub(asyncio.get_running_loop(), event_log, guard, lambda: stages[0].now)
        stages.append(Stage(hub, event_log, guard))
        await hub.start()
        return stages[-1]

    yield start
    for stage in stages:
        await stage.hub.stop()


@pytest.fixture
def slow_rounds(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test sees comes by messages, not by the look at the log."""
    monkeypatch.setattr(hub_module, "ROUND_SECONDS", 3_600.0)


async def test_one_message_that_nobody_understands_leaves_the_hub_listening(start: Start) -> None:
    """As of a process of another version."""
    stage = await start()
    client = await stage.listen()
    stage.log.failures = 1_000_000  # only messages bring entries
    layer = channel_layers["default"]
    await layer.group_send(hub_module.GROUP, {"type": "alerts.entries", "entries": [("too", "few")]})
    await settled()
    stage.hub.publish([frame(1)])
    await until(lambda: client.numbers() == [1])


@pytest.mark.parametrize("failures", [1, 3])
async def test_a_failed_read_of_the_log_does_not_leave_sockets_deaf(
    start: Start, event_log: MemoryLog, failures: int
) -> None:
    stage = await start()
    client = await stage.listen()
    event_log.failures = failures
    event_log.add(1, 2)
    await until(lambda: client.numbers() == [1, 2])
    event_log.add(3)
    await until(lambda: client.numbers() == [1, 2, 3])


async def test_events_are_counted_where_somebody_listens(start: Start, event_log: MemoryLog) -> None:
    stage = await start()
    stage.hub.publish(event_log.add(1, 2))
    await until(lambda: stage.hub.seq_of(FARM) == 2)
    await settled()
    assert stage.hub.delivered == 0
    client = await stage.listen()
    stage.hub.publish(event_log.add(3))
    await until(lambda: client.numbers() == [3])
    assert stage.hub.delivered == 1


@pytest.mark.usefixtures("slow_rounds")
async def test_after_a_failed_look_for_a_gap_the_next_message_heals_it(start: Start, event_log: MemoryLog) -> None:
    stage = await start()
    client = await stage.listen()
    first, _, third, fourth = event_log.add(1, 2, 3, 4)
    stage.hub.publish([first])
    await until(lambda: client.numbers() == [1])
    event_log.failures = 1
    stage.hub.publish([third])
    await until(lambda: event_log.failures == 0)
    await settled()
    stage.hub.publish([fourth])
    await until(lambda: client.numbers() == [1, 2, 3, 4])


@pytest.mark.usefixtures("slow_rounds")
async def test_events_that_come_while_a_gap_is_read_keep_their_order_and_come_once(
    start: Start, event_log: MemoryLog
) -> None:
    stage = await start()
    client = await stage.listen()
    event_log.add(1, 2, 3)
    more = event_log.frames[FARM]
    added = asyncio.Event()

    async def pause() -> None:
        """Between the read and its answer the log goes on."""
        if not added.is_set():
            added.set()
            stage.hub.publish(event_log.add(4, 5))
            await settled()

    event_log.pause = pause
    stage.hub.publish([more[2]])
    await until(lambda: len(client.numbers()) >= 5)
    await settled()
    assert client.numbers() == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("slow_rounds")
async def test_an_event_that_is_published_again_is_not_sent_again(start: Start, event_log: MemoryLog) -> None:
    stage = await start()
    client = await stage.listen()
    frames = event_log.add(1, 2)
    stage.hub.publish(frames)
    stage.hub.publish(frames)
    stage.hub.publish(event_log.add(3))
    await until(lambda: 3 in client.numbers())
    assert client.numbers() == [1, 2, 3]


async def test_hello_names_the_log_and_its_number_then_comes_what_was_missed(
    start: Start, event_log: MemoryLog
) -> None:
    event_log.add(1, 2, 3)
    stage = await start()
    client = await stage.listen(after=1)
    assert client.last("hello") == {"type": "hello", "log_id": "log-1", "seq": 3}
    await until(lambda: client.numbers() == [2, 3])
    stage.hub.publish(event_log.add(4))
    await until(lambda: client.numbers() == [2, 3, 4])


async def test_who_asks_for_numbers_that_do_not_exist_yet_hears_the_next_one(
    start: Start, event_log: MemoryLog
) -> None:
    event_log.add(1, 2)
    stage = await start()
    client = await stage.listen(after=99)
    stage.hub.publish(event_log.add(3))
    await until(lambda: client.numbers() == [3])


async def test_a_log_of_many_pages_is_read_to_its_end(start: Start, event_log: MemoryLog) -> None:
    event_log.page = 3
    event_log.add(*range(1, 11))
    stage = await start()
    client = await stage.listen(after=0)
    await until(lambda: client.numbers() == list(range(1, 11)))


@pytest.mark.usefixtures("slow_rounds")
async def test_who_cannot_be_told_what_it_missed_is_asked_to_come_back(start: Start, event_log: MemoryLog) -> None:
    event_log.add(1, 2)
    stage = await start()
    event_log.failures = 1
    client = await stage.listen(after=0)
    await until(lambda: client.code is not None)
    assert client.code == CloseCode.RESTARTING
    again = await stage.listen(after=0)
    await until(lambda: again.numbers() == [1, 2])


@pytest.mark.usefixtures("slow_rounds")
async def test_a_site_whose_log_could_not_be_looked_up_can_be_joined_the_next_time(
    start: Start, event_log: MemoryLog
) -> None:
    stage = await start()
    event_log.failures = 1
    with pytest.raises(OSError, match="locked"):
        await stage.listen(site_id=BANK)
    assert stage.hub.sockets() == []
    client = await stage.listen(site_id=BANK)
    assert client.last("hello")["log_id"] == "log-2"


@pytest.mark.usefixtures("slow_rounds")
async def test_events_of_another_site_are_not_heard(start: Start, event_log: MemoryLog) -> None:
    stage = await start()
    farm, bank = await stage.listen(), await stage.listen(site_id=BANK)
    stage.hub.publish([*event_log.add(1, site_id=BANK), *event_log.add(1)])
    await until(lambda: farm.numbers() and bank.numbers())
    stage.hub.publish(event_log.add(2, site_id=BANK))
    await until(lambda: bank.numbers() == [1, 2])
    assert farm.numbers() == [1]


async def test_a_ping_carries_the_number_of_the_log_and_comes_every_20_seconds(
    start: Start, event_log: MemoryLog
) -> None:
    event_log.add(1, 2, 3)
    stage = await start()
    client = await stage.listen()
    stage.now = 19.9
    await asyncio.sleep(0.05)
    assert len(client.got) == 1
    stage.now = 20.0
    await until(lambda: len(client.got) == 2)
    assert client.last("ping") == {"type": "ping", "seq": 3}
    stage.hub.publish(event_log.add(4))
    stage.now = 40.0
    await until(lambda: client.last("ping")["seq"] == 4)


@pytest.mark.usefixtures("slow_rounds")
async def test_the_number_of_the_log_is_known_with_the_commit(start: Start, event_log: MemoryLog) -> None:
    stage = await start()
    stage.hub.publish(event_log.add(1, 2))
    assert stage.hub.seq_of(FARM) == 2
    stage.hub.publish([frame(1)])
    assert stage.hub.seq_of(FARM) == 2
    assert stage.hub.seq_of(BANK) == 0


async def test_who_lost_its_rights_is_closed_also_when_the_first_look_failed(start: Start) -> None:
    stage = await start()
    client, other = await stage.listen(), await stage.listen()
    stage.guard.failures = 1
    stage.guard.verdicts = [(client.socket, CloseCode.NO_RIGHTS)]
    await until(lambda: client.code is not None)
    assert client.code == 4403
    assert other.code is None


async def test_a_socket_that_got_old_is_asked_to_come_back(start: Start) -> None:
    stage = await start()
    client = await stage.listen()
    stage.now = MAX_AGE_SECONDS - 1
    young = await stage.listen()
    await asyncio.sleep(0.05)
    assert client.code is None
    stage.now = MAX_AGE_SECONDS
    await until(lambda: client.code is not None)
    assert client.code == CloseCode.RECYCLED
    assert young.code is None


@pytest.mark.usefixtures("slow_rounds")
async def test_a_client_that_does_not_read_is_closed_with_1013_and_holds_up_nobody(
    start: Start, event_log: MemoryLog
) -> None:
    stage = await start()
    deaf, client = await stage.listen(), await stage.listen()
    deaf.reads.clear()
    for seq in range(1, 600):
        stage.hub.publish(event_log.add(seq))
        await settled()
    await until(lambda: client.numbers()[-1:] == [599])
    assert deaf.socket.close_code == 1013
    assert stage.hub.closed_slow == 1
    assert client.numbers() == list(range(1, 600))


@pytest.mark.usefixtures("slow_rounds")
async def test_who_has_left_is_sent_nothing(start: Start, event_log: MemoryLog) -> None:
    stage = await start()
    gone, client = await stage.listen(), await stage.listen()
    stage.hub.leave(gone.socket)
    stage.hub.publish(event_log.add(1))
    await until(lambda: client.numbers() == [1])
    assert gone.numbers() == []
    assert stage.hub.sockets() == [client.socket]


async def test_a_stop_asks_all_to_come_back(start: Start) -> None:
    stage = await start()
    client = await stage.listen()
    await stage.hub.stop()
    await until(lambda: client.code is not None)
    assert client.code == CloseCode.RESTARTING
