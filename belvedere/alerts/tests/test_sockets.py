"""The alerts socket through a real uvicorn: its thread is the program's main loop, the test is everybody else."""

from __future__ import annotations

import threading

import pytest

from belvedere.accounts.models import Site, User
from belvedere.alerts.models import Alert, AlertEvent, AlertLog
from belvedere.alerts.services import do_comment
from belvedere.alerts.tests.client import a_frame, closed_with, next_event, next_frame, silent, with_token
from belvedere.alerts.tests.conftest import T0, Transition
from belvedere.alerts.tests.program import PATIENCE_SECONDS, Program
from belvedere.live import hub as hub_module

pytestmark = pytest.mark.django_db(transaction=True)


def test_hello_then_what_was_missed_then_what_comes(program: Program, bearer: str, happens: Transition) -> None:
    happens(0, "opened", 36.0)
    happens(1, "resolved", 33.0)
    with with_token(program, bearer, "site=farm&after=1") as client:
        log = AlertLog.objects.get()
        assert next_frame(client) == {"type": "hello", "log_id": log.log_id, "seq": 2}
        assert [next_event(client)[key] for key in ("seq",)] == [2]
        happens(2, "opened", 38.0)
        event = next_event(client)
        assert (event["seq"], event["kind"], event["alert"]["peak"]) == (3, "opened", 38.0)
        assert silent(client)


def test_without_after_it_begins_now(program: Program, bearer: str, happens: Transition) -> None:
    happens(0, "opened", 36.0)
    with with_token(program, bearer, "site=farm") as client:
        assert next_frame(client)["seq"] == 1
        assert silent(client)
        happens(1, "resolved", 33.0)
        assert next_event(client)["seq"] == 2


def test_an_after_from_the_future_says_hello_with_the_true_number(
    program: Program, bearer: str, happens: Transition
) -> None:
    happens(0, "opened", 36.0)
    with with_token(program, bearer, "site=farm&after=99") as client:
        assert next_frame(client)["seq"] == 1
        happens(1, "resolved", 33.0)
        assert next_event(client)["seq"] == 2


def test_a_long_log_is_read_to_its_end_while_more_comes(
    program: Program, bearer: str, happens: Transition, bob: User
) -> None:
    happens(0, "opened", 36.0)
    alert = Alert.objects.get()
    AlertEvent.objects.bulk_create(
        AlertEvent(site=alert.site, seq=seq, alert=alert, kind="commented", at_ms=0, frame=a_frame(seq))
        for seq in range(2, 1301)
    )
    AlertLog.objects.filter(site=alert.site).update(seq=1300)
    with with_token(program, bearer) as client:
        assert next_frame(client)["type"] == "hello"
        writer = threading.Thread(target=_comment, args=(alert.pk, bob, 20))
        writer.start()
        seqs = [next_event(client)["seq"] for _ in range(1320)]
        writer.join(PATIENCE_SECONDS)
        assert seqs == list(range(1, 1321))
        assert silent(client)


def _comment(alert_id: int, person: User, times: int) -> None:
    from django.db import connection

    for number in range(times):
        do_comment(alert_id, person, str(number), 1000)
    connection.close()


def test_a_note_reaches_the_others_numbered_and_after_a_cut(
    program: Program, bearer: str, happens: Transition, bob: User
) -> None:
    happens(0, "opened", 36.0)
    alert = Alert.objects.get()
    with (
        with_token(program, bearer, "site=farm&after=1") as one,
        with_token(program, bearer, "site=farm&after=1") as two,
    ):
        assert [next_frame(client)["type"] for client in (one, two)] == ["hello", "hello"]
        do_comment(alert.pk, bob, "Em đang ra đóng cửa.", T0)
        notes = [next_event(client) for client in (one, two)]
    assert [(note["seq"], note["kind"], note["actor"], note["text"]) for note in notes] == [
        (2, "commented", "bob", "Em đang ra đóng cửa.")
    ] * 2
    do_comment(alert.pk, bob, "Xong rồi.", T0)  # while both are away
    with with_token(program, bearer, "site=farm&after=2") as back:
        assert next_frame(back)["seq"] == 3
        assert next_event(back)["text"] == "Xong rồi."


def test_pings_carry_the_number_of_the_log(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "PING_SECONDS", 0.0)
    happens(0, "opened", 36.0)
    with with_token(program, bearer, "site=farm&after=1") as client:
        assert next_frame(client)["type"] == "hello"
        assert next_frame(client) == {"type": "ping", "seq": 1}


def test_the_snapshots_number_is_known_at_the_commit(program: Program, happens: Transition, farm: Site) -> None:
    happens(0, "opened", 36.0)
    assert program.hub.seq_of(farm.pk) == 1


def test_after_a_restart_a_client_goes_on_where_it_was(bearer: str, happens: Transition) -> None:
    first = Program().start()
    client = with_token(first, bearer)
    hello = next_frame(client)
    happens(0, "opened", 36.0)
    assert next_event(client)["seq"] == 1
    first.stop()
    assert closed_with(client) == 1012
    happens(1, "resolved", 33.0)
    second = Program().start()
    try:
        with with_token(second, bearer, "site=farm&after=1") as back:
            assert next_frame(back) == {"type": "hello", "log_id": hello["log_id"], "seq": 2}
            assert next_event(back)["seq"] == 2
            assert silent(back)
    finally:
        second.stop()


def test_a_socket_that_got_old_is_asked_to_come_back(
    program: Program, bearer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_token(program, bearer) as client:
        next_frame(client)
        monkeypatch.setattr(hub_module, "MAX_AGE_SECONDS", 0)
        assert closed_with(client) == 1001


def test_frames_take_the_short_cut_that_this_uvicorn_offers(program: Program, bearer: str) -> None:
    with with_token(program, bearer) as client:
        next_frame(client)
        (socket,) = program.on_loop(program.hub.sockets)
        assert socket.takes_short_cut


def test_100_sockets_hear_every_event_once_in_order(program: Program, bearer: str, happens: Transition) -> None:
    clients = [with_token(program, bearer) for _ in range(100)]
    for second in range(20):
        happens(second, ("opened", "resolved")[second % 2], 36.0)
    for client in clients:
        assert [next_event(client)["seq"] for _ in range(20)] == list(range(1, 21))
    for client in clients:
        client.close()
