"""The tail, which gives the registry's log to every part that keeps something of the registry in memory."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries
from structlog.testing import capture_logs

from belvedere.domain.changes import Change, ChangeKind
from belvedere.registry import log as registry_log
from belvedere.registry import tail as tail_module
from belvedere.registry.log import append, append_each, changes_after, follower, trim
from belvedere.registry.middleware import keep_up_with_others
from belvedere.registry.tail import OnLoop, RegistryTail
from belvedere.registry.tests.diary import PATIENCE_SECONDS, Diary, append_elsewhere, make_followed, run_in_threads

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_commits_finds_the_change_taken_in_and_not_before(diary: Diary) -> None:
    make_followed(diary)
    with transaction.atomic():
        append(ChangeKind.DEVICE, "freezer")
        assert diary.keys == []
    assert diary.keys == ["freezer"]
    assert diary.thread == threading.current_thread().name


def test_every_reader_has_every_change_once_and_in_order_however_many_write(diary: Diary) -> None:
    other = Diary()
    make_followed(diary, other)

    def write(writer: int) -> None:
        for n in range(10):
            append(ChangeKind.DEVICE, f"{writer}-{n}")

    append(ChangeKind.DEVICE, "first")
    run_in_threads(write, 6)
    assert diary.keys == other.keys == [change.key for change in changes_after(0)]
    assert len(diary.keys) == 61


def test_a_later_reader_finds_what_an_earlier_one_has_taken_in(diary: Diary) -> None:
    class Later(Diary):
        def apply(self, changes: Sequence[Change]) -> None:
            self.keys.append(f"{changes[-1].key} after {diary.keys[-1]}")

    later = Later()
    make_followed(diary, later)
    append(ChangeKind.DEVICE, "freezer")
    assert later.keys == ["freezer after freezer"]


def test_a_reader_that_fails_is_tried_again_and_holds_up_no_other_however_long(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "changes_after", lambda n: changes_after(n, 2))
    failing = Diary()
    tail = make_followed(failing, diary)
    failing.trouble = ValueError("no")
    with capture_logs() as lines:
        for n in range(7):
            append(ChangeKind.DEVICE, n)
    assert diary.keys == [str(n) for n in range(7)]
    assert {line["event"] for line in lines} == {"registry_reader_failed"}
    assert (tail.behind, tail.unreadable) == (True, False)
    failing.trouble = OperationalError("database is locked")
    with capture_logs() as lines:
        tail.catch_up()
    assert [line["event"] for line in lines] == ["registry_not_readable"]
    assert failing.keys == []
    assert (tail.behind, tail.unreadable) == (True, True)
    failing.trouble = None
    tail.catch_up()
    assert failing.keys == diary.keys
    assert (tail.behind, tail.unreadable) == (False, False)


def test_a_log_that_cannot_be_read_is_read_later_and_the_writer_is_told_nothing(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = make_followed(diary)

    def fail(_n: int) -> list[Change]:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(tail_module, "changes_after", fail)
        append(ChangeKind.DEVICE, "freezer")
    assert (diary.keys, tail.unreadable) == ([], True)
    tail.catch_up()
    assert (diary.keys, tail.unreadable) == (["freezer"], False)


def test_a_reader_for_whom_the_log_was_trimmed_reads_everything_anew(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_log, "KEPT_CHANGES", 3)
    tail = make_followed(diary)
    follower.unbind()  # it hears of nothing, as a process that is stopped
    append_each(ChangeKind.DEVICE, range(10))
    trim()
    tail.catch_up()
    assert (diary.loads, diary.keys) == (2, [])
    follower.bind(tail)
    append(ChangeKind.DEVICE, "next")
    assert (diary.loads, diary.keys) == (2, ["next"])


def test_after_a_restart_a_reader_is_given_what_comes_after_it_has_read(diary: Diary) -> None:
    make_followed(diary)
    append(ChangeKind.DEVICE, "before")
    again = Diary()
    make_followed(again)
    append(ChangeKind.DEVICE, "after")
    assert (again.loads, again.keys) == (1, ["after"])


def test_what_is_written_while_a_reader_reads_everything_is_given_to_it_as_well() -> None:
    class Slow(Diary):
        def load(self) -> None:
            append(ChangeKind.DEVICE, "meanwhile")

    slow = Slow()
    tail = make_followed(slow)
    tail.catch_up()
    assert slow.keys == ["meanwhile"]


def test_the_change_of_another_process_is_found_by_looking(
    diary: Diary, monkeypatch: pytest.MonkeyPatch, start: Callable[[RegistryTail], None]
) -> None:
    monkeypatch.setattr(tail_module, "LOOK_SECONDS", 0.01)
    tail = make_followed(diary)
    follower.unbind()
    start(tail)
    append(ChangeKind.DEVICE, "freezer")
    assert diary.some.wait(PATIENCE_SECONDS)
    assert (diary.keys, diary.thread) == (["freezer"], "registry-tail")


async def test_who_asks_is_answered_once_what_another_process_committed_before_is_applied(
    diary: Diary, monkeypatch: pytest.MonkeyPatch, start: Callable[[RegistryTail], None]
) -> None:
    monkeypatch.setattr(tail_module, "LOOK_SECONDS", 3_600.0)
    tail = await asyncio.to_thread(make_followed, diary)
    start(tail)
    await asyncio.to_thread(append_elsewhere, "freezer")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await tail.ask()
    assert diary.keys == ["freezer"]


async def test_those_who_ask_share_a_look_and_do_not_wait_for_it_for_long(
    diary: Diary, monkeypatch: pytest.MonkeyPatch, start: Callable[[RegistryTail], None]
) -> None:
    monkeypatch.setattr(tail_module, "LOOK_SECONDS", 3_600.0)  # the second of the next look does not come
    tail = await asyncio.to_thread(make_followed, diary)
    start(tail)
    await tail.ask()
    await asyncio.to_thread(append_elsewhere, "freezer")
    monkeypatch.setattr(tail_module, "ANSWER_SECONDS", 0.1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(tail.ask() for _ in range(100)))
    assert diary.keys == [], "strangers make it read as often as they ask"


async def test_looks_share_a_connection_and_one_that_is_lost_is_made_anew_at_once(
    diary: Diary, monkeypatch: pytest.MonkeyPatch, start: Callable[[RegistryTail], None]
) -> None:
    monkeypatch.setattr(tail_module, "LOOK_SECONDS", 0.01)
    made: list[str] = []
    lost = [OperationalError("server has gone away")]

    def note(**_: Any) -> None:
        made.append(threading.current_thread().name)

    def read(n: int) -> list[Change]:
        changes = changes_after(n)
        if changes and lost:
            raise lost.pop()
        return changes

    tail = await asyncio.to_thread(make_followed, diary)
    monkeypatch.setattr(tail_module, "changes_after", read)
    connection_created.connect(note, weak=False)
    start(tail)
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(3):
            await tail.ask()
        assert made.count("registry-tail") == 1
        monkeypatch.setattr(tail_module, "LOOK_SECONDS", 3_600.0)  # no other look follows the next one
        tail._asked_look_at = float("-inf")
        await asyncio.to_thread(append_elsewhere, "freezer")
        await tail.ask()
    assert (diary.keys, lost) == (["freezer"], [])
    assert made.count("registry-tail") == 2


def test_a_view_is_called_after_what_others_committed_is_applied_and_one_query_says_that_there_is_nothing(
    diary: Diary, rf: RequestFactory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    seen: list[list[str]] = []

    def view(_request: HttpRequest) -> HttpResponse:
        seen.append(list(diary.keys))
        return HttpResponse()

    tail = make_followed(diary)
    append_elsewhere("freezer")
    follower.bind(tail)
    respond = keep_up_with_others(view)
    respond(rf.get("/"))
    assert seen == [["freezer"]]
    with django_assert_num_queries(1):
        respond(rf.get("/"))


async def test_a_reader_of_the_event_loop_is_called_there_in_order(diary: Diary) -> None:
    def write() -> None:
        make_followed(OnLoop(loop, diary, *ChangeKind))
        for n in range(3):
            append(ChangeKind.DEVICE, n)
        connection.close()

    loop = asyncio.get_running_loop()
    await asyncio.to_thread(write)
    assert diary.loads == 1
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(diary.keys) < 3:
            await asyncio.sleep(0)
    assert diary.keys == ["0", "1", "2"]
    assert diary.thread == threading.current_thread().name


async def test_a_reader_of_the_event_loop_that_fails_once_is_given_the_same_again(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "LOOK_SECONDS", 0.01)
    loop = asyncio.get_running_loop()
    reader = OnLoop(loop, diary, ChangeKind.DEVICE)
    diary.trouble = RuntimeError("once")
    with capture_logs() as lines:
        reader.apply([Change(1, ChangeKind.DEVICE, "freezer", {})])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not lines:
                await asyncio.sleep(0)
    assert [line["event"] for line in lines] == ["registry_reader_failed"]
    diary.trouble = None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not diary.keys:
            await asyncio.sleep(0.001)
    assert diary.keys == ["freezer"]
