"""What stands in the database opens no session."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from rest_framework.test import APIClient

from belvedere.accounts.models import User
from belvedere.accounts.rights import Rights, look_up_rights
from belvedere.accounts.sessions import SessionStore, hash_session_key
from belvedere.conftest import api_for


def rights_of(cookies: list[bytes]) -> dict[bytes, Rights]:
    """As the poll looks them up: in a thread, with a connection of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(look_up_rights, cookies).result()


def me(key: str) -> int:
    browser = APIClient()
    browser.cookies["sessionid"] = key
    return int(browser.get("/api/v1/me").status_code)


@pytest.mark.django_db(transaction=True)
def test_a_key_that_was_read_in_the_database_is_nobodys(bob: User) -> None:
    key = api_for(bob).cookies["sessionid"].value
    read = Session.objects.get().session_key
    assert (me(key), me(read)) == (200, 401)
    cookies = [b"sessionid=" + value.encode() for value in (key, read)]
    assert rights_of(cookies).keys() == {cookies[0]}


@pytest.mark.django_db(transaction=True)
def test_a_session_of_an_older_version_is_over(bob: User) -> None:
    key = api_for(bob).cookies["sessionid"].value
    Session.objects.update(session_key=key)
    assert me(key) == 401
    assert rights_of([b"sessionid=" + key.encode()]) == {}


def test_a_session_is_kept_changed_given_another_key_and_deleted(db: None) -> None:
    store = SessionStore()
    store["n"] = 1
    store.save()
    assert store.session_key is not None
    again = SessionStore(store.session_key)
    assert again["n"] == 1
    again["n"] = 2
    again.save()
    again.cycle_key()
    assert again.session_key not in (None, store.session_key)
    assert (SessionStore(again.session_key)["n"], SessionStore(store.session_key).load()) == (2, {})
    assert Session.objects.get().session_key == hash_session_key(str(again.session_key))
    SessionStore(again.session_key).delete()
    assert not Session.objects.exists()


def test_a_key_that_a_client_made_up_is_not_taken(db: None) -> None:
    store = SessionStore("k" * 32)
    store["n"] = 1
    store.save()
    assert store.session_key != "k" * 32


@pytest.mark.django_db(transaction=True)
async def test_asynchronous_code_stores_no_key_either() -> None:
    store = SessionStore()
    await store.aset("n", 1)
    await store.asave()
    assert await sync_to_async(Session.objects.get)(session_key=hash_session_key(str(store.session_key)))
    assert await SessionStore(store.session_key).aget("n") == 1
    assert await store.aexists(str(store.session_key))
    await store.adelete()
    assert not await Session.objects.aexists()
