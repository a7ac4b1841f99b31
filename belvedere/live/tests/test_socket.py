"""One socket: what waits for a slow client stays in order and bounded, and a client that takes nothing is closed."""

from __future__ import annotations

import asyncio

import pytest

from belvedere.live import socket as socket_module
from belvedere.live.socket import MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES, CloseCode, Socket
from belvedere.live.tests.conftest import PATIENCE_SECONDS, Client, settled, socket_of, until
from belvedere.live.wire import encode


@pytest.fixture
def client() -> Client:
    return Client()


def opened(client: Client) -> Socket:
    socket = socket_of(client)
    socket.start()
    return socket


async def test_frames_do_not_overtake_each_other_when_a_slow_client_reads_again(client: Client) -> None:
    socket = opened(client)
    client.reads.clear()
    assert socket.takes_short_cut
    assert socket.offer(encode("1"))
    assert socket.offer(encode("2"))
    await settled()  # the first is on its way through ASGI
    client.writable.set()  # the short cut would be free now, but what waits comes first
    assert socket.offer(encode("3"))
    client.reads.set()
    await until(lambda: len(client.got) == 3)
    assert socket.offer(encode("4"))
    assert client.got == ["1", "2", "3", "4"]
    socket.stop()


async def test_a_frame_does_not_overtake_one_that_waits_to_be_sent(client: Client) -> None:
    socket = opened(client)
    socket.offer(encode("1"))
    client.writable.set()  # before the task that sends what waits has begun
    socket.offer(encode("2"))
    await until(lambda: len(client.got) == 2)
    assert client.got == ["1", "2"]
    socket.stop()


async def test_a_frame_does_not_overtake_the_one_that_is_being_sent(client: Client) -> None:
    socket = opened(client)
    client.reads.clear()
    socket.offer(encode("1"))
    await settled()  # nothing waits any more, and nothing has arrived
    client.writable.set()
    socket.offer(encode("2"))
    client.reads.set()
    await until(lambda: len(client.got) == 2)
    assert client.got == ["1", "2"]
    socket.stop()


async def test_a_quick_client_is_written_to_at_once(client: Client) -> None:
    client.writable.set()
    socket = opened(client)
    socket.offer(encode("1"))
    assert client.got == ["1"]
    socket.stop()


@pytest.mark.parametrize("size", [1, MAX_QUEUED_BYTES // 8])
async def test_a_client_that_does_not_read_is_closed_with_1013_and_gets_nothing_more(client: Client, size: int) -> None:
    socket = opened(client)
    client.reads.clear()
    fits = min(MAX_QUEUED_FRAMES, MAX_QUEUED_BYTES // size)
    socket.offer(encode("first"))
    await settled()
    assert all(socket.offer(encode("x" * size)) for _ in range(fits - 1))
    accepted = sum(socket.offer(encode("x" * size)) for _ in range(3))
    assert socket.close_code == 1013
    assert accepted >= 2  # one is too many: the next ones are for a socket that is closed already
    client.reads.set()
    await until(lambda: client.code is not None)
    assert (client.got, client.code) == (["first"], 1013)


async def test_a_client_that_does_not_even_take_the_close_is_cut(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_module, "CLOSE_SECONDS", 0.01)
    socket = opened(client)
    client.reads.clear()
    socket.offer(encode("1"))
    socket.close(CloseCode.TOO_SLOW)
    await until(lambda: client.cut)
    assert client.code is None


async def test_a_reading_client_gets_what_waits_and_then_the_reason(client: Client) -> None:
    socket = opened(client)
    socket.offer(encode("1"))
    socket.offer(encode("2"))
    socket.close(CloseCode.RESTARTING)
    socket.close(CloseCode.SIGNED_OUT)  # the first reason stays
    assert socket.offer(encode("3"))
    await until(lambda: client.code is not None)
    assert (client.got, client.code) == (["1", "2"], 1012)


async def test_room_is_there_while_half_of_the_queue_is_free_and_again_once_it_is(client: Client) -> None:
    socket = opened(client)
    client.reads.clear()
    for _ in range(MAX_QUEUED_FRAMES // 2 + 1):
        socket.offer(encode("x"))
    waiting = asyncio.create_task(socket.wait_for_room())
    await settled()
    assert not waiting.done()
    client.reads.set()
    assert await waiting
    await until(lambda: len(client.got) == MAX_QUEUED_FRAMES // 2 + 1)
    assert await socket.wait_for_room()
    socket.stop()


async def test_bytes_that_were_sent_make_room_for_others(client: Client) -> None:
    socket = opened(client)
    for sent in range(1, 20):
        assert socket.offer(encode("x" * (MAX_QUEUED_BYTES // 3)))
        await settled()
        assert len(client.got) == sent
    assert socket.close_code is None
    socket.stop()


async def test_a_reader_of_the_log_does_not_wait_for_ever_for_a_deaf_client(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_module, "ROOM_SECONDS", 0.01)
    socket = opened(client)
    client.reads.clear()
    for _ in range(MAX_QUEUED_FRAMES):
        socket.offer(encode("x"))
    assert not await socket.wait_for_room()
    assert socket.close_code == CloseCode.TOO_SLOW
    socket.stop()


async def test_who_waits_for_room_goes_on_when_the_socket_closes(client: Client) -> None:
    socket = opened(client)
    client.reads.clear()
    for _ in range(MAX_QUEUED_FRAMES):
        socket.offer(encode("x"))
    waiting = asyncio.create_task(socket.wait_for_room())
    await settled()
    socket.close(CloseCode.NO_RIGHTS)
    assert await asyncio.wait_for(waiting, PATIENCE_SECONDS)
    socket.stop()


async def test_a_client_that_is_gone_raises_nothing(client: Client) -> None:
    client.gone = True
    socket = opened(client)
    assert socket.offer(encode("1"))
    await settled()
    socket.stop()
    assert socket.close_code is not None
    assert socket.offer(encode("2"))
