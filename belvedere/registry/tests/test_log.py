"""The registry's log: numbers without a gap, in the order of the commits."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from belvedere.domain.changes import Change, ChangeKind
from belvedere.registry import log as registry_log
from belvedere.registry.log import append, append_each, changes_after, newest, trim
from belvedere.registry.models import RegistryChange, RegistryCounter
from belvedere.registry.tests.diary import PATIENCE_SECONDS, Diary, make_followed, run_in_threads

pytestmark = pytest.mark.django_db(transaction=True)


def test_numbers_are_gapless_when_many_write_and_some_of_them_give_up() -> None:
    def write(writer: int) -> None:
        for n in range(10):
            try:
                with transaction.atomic():
                    append(ChangeKind.DEVICE, f"{writer}-{n}")
                    if n % 3 == 0:
                        raise ValueError("no")
            except ValueError:
                pass

    append(ChangeKind.DEVICE, "first")  # makes the counter, as the migration does
    run_in_threads(write, 6)
    changes = changes_after(1)
    assert [change.n for change in changes] == list(range(2, 38))
    for writer in range(6):
        own = [change.key for change in changes if change.key.startswith(f"{writer}-")]
        assert own == [f"{writer}-{n}" for n in range(10) if n % 3]


def test_the_same_change_of_several_takes_as_many_numbers() -> None:
    append(ChangeKind.DEVICE_DELETED, "freezer", data_key=":1", site_id=7, series=[3, 4])
    append_each(ChangeKind.RULE, range(3))
    append_each(ChangeKind.RULE, [])
    first, *others = changes_after(0)
    assert first == Change(1, ChangeKind.DEVICE_DELETED, "freezer", {"data_key": ":1", "site_id": 7, "series": [3, 4]})
    assert [(change.n, change.key) for change in others] == [(2, "0"), (3, "1"), (4, "2")]
    assert newest() == 4


def test_a_change_that_is_rolled_back_is_told_to_nobody(diary: Diary) -> None:
    make_followed(diary)
    with transaction.atomic():
        append(ChangeKind.DEVICE, "freezer")
        transaction.set_rollback(True)
    assert (diary.keys, newest()) == ([], 0)


def test_trimming_keeps_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_log, "KEPT_CHANGES", 3)
    append_each(ChangeKind.DEVICE, range(10))
    trim()
    assert [change.n for change in changes_after(0)] == [8, 9, 10]
    append(ChangeKind.DEVICE, "next")
    assert newest() == 11


def test_a_second_writer_waits_for_the_number_of_the_first() -> None:
    """Else a reader could see 2 before 1, and never read 1."""
    append(ChangeKind.DEVICE, "before")
    order: list[str] = []
    appended, go_on = threading.Event(), threading.Event()

    def write(writer: int) -> None:
        if writer == 0:
            with transaction.atomic():
                append(ChangeKind.DEVICE, "first")
                appended.set()
                go_on.wait(PATIENCE_SECONDS)
                order.append("first commits")
        else:
            appended.wait(PATIENCE_SECONDS)
            threading.Timer(0.1, go_on.set).start()
            append(ChangeKind.DEVICE, "second")
            order.append("second")

    run_in_threads(write, 2)
    assert order == ["first commits", "second"]
    assert list(RegistryChange.objects.values_list("key", flat=True)) == ["before", "first", "second"]


def test_the_migration_makes_the_counter() -> None:
    """Else the first two writers would both make it, which MariaDB calls a deadlock."""
    MigrationExecutor(connection).migrate([("registry", None)])
    MigrationExecutor(connection).migrate([("registry", "0001_initial")])
    assert RegistryCounter.objects.get().n == 0
