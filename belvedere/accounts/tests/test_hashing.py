"""However many strangers sign in at once, two passwords are hashed at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.test import override_settings
from rest_framework.test import APIClient

from belvedere.accounts import hashing
from belvedere.accounts.hashing import HashingQueue, asker
from belvedere.accounts.models import User
from belvedere.conftest import PASSWORD
from belvedere.web_api.problems import Problem

OURS = override_settings(PASSWORD_HASHERS=["belvedere.accounts.hashing.QueuedArgon2Hasher"])


def test_two_have_their_turn_and_the_others_wait_for_it() -> None:
    turns = HashingQueue(2, 10, 60)
    inside = threading.Barrier(2)
    count = threading.Lock()
    now, most = 0, 0

    def hash_one() -> None:
        nonlocal now, most
        with turns.acquire():
            with count:
                now += 1
                most = max(most, now)
            inside.wait(60)  # two are inside together, or this breaks
            with count:
                now -= 1

    with ThreadPoolExecutor(10) as people:
        for done in [people.submit(hash_one) for _ in range(10)]:
            done.result()
    assert most == 2


def test_who_finds_the_queue_full_or_waits_too_long_is_told_to_come_back() -> None:
    turns = HashingQueue(1, 1, 60)
    leave, waiting = threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        with turns.acquire():
            pass

    with turns.acquire(), ThreadPoolExecutor(1) as people:
        second = people.submit(wait)
        waiting.wait(60)
        while not turns._waiting:
            pass
        with pytest.raises(Problem) as refused, turns.acquire():
            pass
        leave.set()
        assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "5")
        impatient = HashingQueue(1, 1, 0)
        with impatient.acquire():
            for _ in range(2):  # the place in the queue is free again
                with pytest.raises(Problem), impatient.acquire():
                    pass
        turns._free.release()
        second.result(60)
        turns._free.acquire()


def test_one_address_fills_only_its_part_of_the_queue() -> None:
    turns = HashingQueue(1, 4, 60, 2)

    def wait_as(network: str) -> None:
        asker.set(network)
        with turns.acquire():
            pass

    with ThreadPoolExecutor(4) as people, turns.acquire():
        waiting = [people.submit(copy_context().run, wait_as, "mallory") for _ in range(2)]
        while turns._waiting["mallory"] < 2:
            pass
        with pytest.raises(Problem):
            copy_context().run(wait_as, "mallory")
        waiting += [people.submit(copy_context().run, wait_as, "alice")]
        while not turns._waiting["alice"]:
            pass
        turns._free.release()
        for one in waiting:
            one.result(60)
        turns._free.acquire()
    assert not turns._waiting


@OURS
def test_a_request_is_counted_for_the_network_that_it_comes_from(
    alice: User, stranger: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    seen: list[str] = []

    class Watched(HashingQueue):
        def _wait(self) -> None:
            seen.append(asker.get())
            raise Problem(503, "try_again", "No.")

    full = Watched(1)
    monkeypatch.setattr(hashing, "_queue", full)
    form = {"username": "alice", "password": PASSWORD}
    with full.acquire():
        for address in ("203.0.113.5", "2001:db8::77"):
            stranger.post("/api/v1/session", form, REMOTE_ADDR=address)
    assert seen == ["203.0.113.5", "2001:db8::/64"]


def test_a_turn_ends_also_where_hashing_fails() -> None:
    turns = HashingQueue(1, 0, 0)
    for _ in range(2):
        with pytest.raises(ValueError, match="salt"), turns.acquire():
            raise ValueError("salt")


@OURS
def test_the_hashes_are_djangos() -> None:
    made = make_password(PASSWORD)
    assert made.startswith("argon2$argon2id$")
    assert Argon2PasswordHasher().verify(PASSWORD, made)
    assert check_password(PASSWORD, Argon2PasswordHasher().encode(PASSWORD, "saltsaltsalt"))


@OURS
@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_a_sign_in_that_gets_no_turn_is_a_503(
    alice: User, stranger: APIClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    full = HashingQueue(1, 0, 0)
    monkeypatch.setattr(hashing, "_queue", full)
    form = {"username": name, "password": PASSWORD}
    with full.acquire():
        answer = stranger.post("/api/v1/session", form)
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "try_again", "5")
    assert stranger.post("/api/v1/session", form).status_code == (200 if name == "alice" else 401)
