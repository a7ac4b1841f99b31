"""The alerts socket when messages are lost and clients do not read."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from belvedere.accounts.models import Site
from belvedere.alerts.models import Alert, AlertEvent, AlertLog
from belvedere.alerts.tests.client import a_frame, deaf, next_event, next_frame, silent, wait_until, with_token
from belvedere.alerts.tests.conftest import Transition
from belvedere.alerts.tests.program import Program, open_sockets
from belvedere.live import hub as hub_module
from belvedere.live import socket as socket_module
from belvedere.live.port import Frame

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_that_the_layer_drops_heals_by_itself(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drop(*_: Any) -> None:
        """As a full channel does."""

    with with_token(program, bearer) as client:
        next_frame(client)
        with monkeypatch.context() as patch:
            patch.setattr(program.layer, "group_send", drop)
            happens(0, "opened", 36.0)
            time.sleep(0.05)
        assert next_event(client)["seq"] == 1  # the next round read the log
        assert silent(client)


def test_the_next_message_heals_a_dropped_one_in_order(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "ROUND_SECONDS", 3600)
    time.sleep(0.6)  # the round under way is the last
    real = program.layer.group_send
    sent: list[Any] = []

    async def drop_first(group: str, message: Any) -> None:
        sent.append(message)
        if len(sent) > 1:
            await real(group, message)

    with with_token(program, bearer) as client:
        next_frame(client)
        monkeypatch.setattr(program.layer, "group_send", drop_first)
        happens(0, "opened", 36.0)
        happens(1, "resolved", 33.0)
        assert [next_event(client)["seq"], next_event(client)["seq"]] == [1, 2]
        assert silent(client)


def test_a_client_that_does_not_read_is_cut_and_holds_up_nobody(
    program: Program, bearer: str, farm: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent_one = deaf(program, bearer)
    with with_token(program, bearer, "site=farm") as reader:
        next_frame(reader)

        assert open_sockets(program) == 2
        text = json.dumps({"type": "event", "pad": "x" * 20_000})
        received = 0
        for seq in range(1, 2001):
            program.hub.publish([Frame(farm.pk, seq, text)])
            received += bool(next_event(reader))
            if program.hub.closed_slow:
                break
        assert received == seq
        assert program.hub.closed_slow == 1
        wait_until(lambda: open_sockets(program) == 1)
    silent_one.close()


def test_a_client_that_asks_for_a_long_log_and_does_not_read_it_is_cut_too(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_module, "ROOM_SECONDS", 0.5)
    happens(0, "opened", 36.0)
    alert = Alert.objects.get()
    AlertEvent.objects.bulk_create(
        AlertEvent(site=alert.site, seq=seq, alert=alert, kind="commented", at_ms=0, frame=a_frame(seq, 20_000))
        for seq in range(2, 400)
    )
    AlertLog.objects.filter(site=alert.site).update(seq=399)
    silent_one = deaf(program, bearer, "site=farm&after=0")
    wait_until(lambda: program.hub.closed_slow == 1 and open_sockets(program) == 0)
    silent_one.close()


def test_a_layer_that_fails_once_is_heard_again(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_token(program, bearer) as client:
        next_frame(client)
        with monkeypatch.context() as patch:
            patch.setattr(program.layer, "receive", _fail)
            happens(0, "opened", 36.0)  # wakes the receiver, which fails when it asks again
            assert next_event(client)["seq"] == 1
            time.sleep(0.2)
        time.sleep(1.0)  # the pause after a failure is one round
        monkeypatch.setattr(program.hub, "_check_log", _no_look)
        happens(1, "resolved", 33.0)
        assert next_event(client)["seq"] == 2


async def _fail(_channel: str) -> Any:
    raise OSError("connection lost")


async def _no_look() -> None:
    """Only the layer brings entries."""
