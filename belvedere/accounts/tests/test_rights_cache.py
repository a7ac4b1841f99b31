"""Rights outside Django: fast, and gone within 5 s."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import OperationalError
from rest_framework.test import APIClient

from belvedere.accounts import rights as rights_module
from belvedere.accounts import services
from belvedere.accounts.models import Membership, Role, Site, Token, User
from belvedere.accounts.rights import MISSING, Rights, RightsCache
from belvedere.accounts.sessions import hash_session_key
from belvedere.accounts.usage import save_uses
from belvedere.conftest import PASSWORD, api_for
from belvedere.registry.log import follower
from belvedere.registry.tail import RegistryTail

Headers = list[tuple[bytes, bytes]]
pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """Stands still until told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> Iterator[RightsCache]:
    cache = RightsCache(clock)
    tail = RegistryTail((cache,))
    tail.load()
    follower.bind(tail)
    yield cache
    cache.close()


@pytest.fixture
def bearer(bob: User) -> Headers:
    _, secret = services.do_create_token(bob, "bars")
    return [(b"host", b"x"), (b"authorization", b"Bearer " + secret.encode())]


def cookie_of(client: APIClient) -> Headers:
    value = f"theme=dark; sessionid={client.cookies['sessionid'].value}; csrftoken=x"
    return [(b"host", b"x"), (b"cookie", value.encode())]


async def test_a_bearer_token_and_a_session_give_the_same_rights(
    cache: RightsCache, bearer: Headers, bob_api: APIClient, farm: Site, bob: User
) -> None:
    expected = Rights(bob.pk, "bob", {"farm": Role.OPERATOR}, {"farm": farm.pk})
    assert await cache.find(bearer) == expected
    assert await cache.find(cookie_of(bob_api)) == expected
    assert cache.peek(bearer) == expected


async def test_the_token_counts_where_both_are_sent_as_in_the_rest_of_the_api(
    cache: RightsCache, bob_api: APIClient
) -> None:
    assert await cache.find([(b"authorization", b"Bearer wrong"), *cookie_of(bob_api)]) is None


async def test_a_header_for_a_proxy_does_not_hide_the_session(cache: RightsCache, bob_api: APIClient) -> None:
    assert await cache.find([(b"authorization", b"Basic Zm9vOmJhcg=="), *cookie_of(bob_api)]) is not None


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"Bearer ")],
        [(b"authorization", b"Bearer \xff\xfe")],
        [(b"authorization", b"Bearer " + b"x" * 5000)],
        [(b"cookie", b"sessionid=")],
        [(b"cookie", b"xsessionid=abc; sessionid=\xff")],
        [(b"cookie", b"nonsense")],
    ],
)
async def test_nonsense_is_nobody(cache: RightsCache, headers: Headers) -> None:
    assert await cache.find(headers) is None


async def test_a_cookie_whose_name_only_ends_alike_is_not_the_session(cache: RightsCache, bob_api: APIClient) -> None:
    value = cookie_of(bob_api)[1][1]
    assert await cache.find([(b"cookie", b"xsessionid=abc; " + value)]) is not None


async def test_what_is_nobodys_is_remembered_too(cache: RightsCache, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: Headers = [(b"authorization", b"Bearer wrong")]
    await cache.find(wrong)
    assert cache.peek(wrong) is None


async def test_an_answer_is_forgotten_within_5_s(cache: RightsCache, bearer: Headers, clock: Clock) -> None:
    await cache.find(bearer)
    clock.now += 5
    assert cache.peek(bearer) is MISSING


async def test_removed_members_lose_the_site_by_the_time_the_answer_ends(
    cache: RightsCache, bearer: Headers, clock: Clock
) -> None:
    await cache.find(bearer)
    await Membership.objects.filter(user__username="bob").adelete()  # which logs nothing
    clock.now += 5
    rights = await cache.find(bearer)
    assert rights is not None
    assert rights.roles == {}


async def test_signing_out_works_at_once_in_this_process(cache: RightsCache, bob_api: APIClient) -> None:
    headers = cookie_of(bob_api)
    assert await cache.find(headers) is not None
    await sync_to_async(bob_api.delete)("/api/v1/session")
    assert await cache.find(headers) is None


async def test_a_deleted_token_works_no_more_at_once_in_this_process(
    cache: RightsCache, bearer: Headers, bob: User
) -> None:
    await cache.find(bearer)
    await sync_to_async(services.do_delete_token)(await bob.tokens.aget())
    assert await cache.find(bearer) is None


async def test_a_changed_password_ends_the_other_sessions_but_not_this_one(cache: RightsCache, bob: User) -> None:
    here, there = await sync_to_async(lambda: (api_for(bob), api_for(bob)))()
    assert await cache.find(cookie_of(there)) is not None
    form = {"current_password": PASSWORD, "password": "another-horse-43-battery"}
    answer = await sync_to_async(here.post)("/api/v1/me/password", form)
    assert answer.status_code == 204
    assert await cache.find(cookie_of(there)) is None
    assert await cache.find(cookie_of(here)) is not None
    assert (await sync_to_async(there.get)("/api/v1/me")).status_code == 401


async def test_expired_sessions_and_inactive_people_are_nobody(cache: RightsCache, bob: User) -> None:
    expired, inactive = await sync_to_async(lambda: (api_for(bob), api_for(bob)))()
    await Session.objects.filter(session_key=hash_session_key(expired.cookies["sessionid"].value)).aupdate(
        expire_date="2001-01-01T00:00:00Z"
    )
    assert await cache.find(cookie_of(expired)) is None
    await User.objects.filter(pk=bob.pk).aupdate(is_active=False)
    assert await cache.find(cookie_of(inactive)) is None


async def test_the_tokens_of_a_deactivated_person_open_nothing(cache: RightsCache, bearer: Headers, bob: User) -> None:
    assert await cache.find(bearer) is not None
    await User.objects.filter(pk=bob.pk).aupdate(is_active=False)
    cache._entries.clear()
    assert await cache.find(bearer) is None


async def test_an_expired_token_opens_nothing_though_it_was_known_before(
    cache: RightsCache, bearer: Headers, clock: Clock
) -> None:
    assert await cache.find(bearer) is not None
    await Token.objects.aupdate(expires_at="2001-01-01T00:00:00Z")
    clock.now += 5
    assert await cache.find(bearer) is None


async def test_whether_a_token_may_only_read_is_known_here_too(cache: RightsCache, bearer: Headers, bob: User) -> None:
    _, secret = await sync_to_async(services.do_create_token)(bob, "charts", read_only=True)
    reader = [(b"authorization", b"Bearer " + secret.encode())]
    found = await asyncio.gather(cache.find(bearer), cache.find(reader))
    assert [rights.read_only for rights in found if rights] == [False, True]


async def test_a_use_outside_django_is_a_use(cache: RightsCache, bearer: Headers) -> None:
    await cache.find(bearer)
    await sync_to_async(save_uses)()
    assert (await Token.objects.aget()).last_used_at is not None


async def test_signing_out_everywhere_works_at_once_in_this_process(cache: RightsCache, bob: User) -> None:
    here, there = await sync_to_async(lambda: (api_for(bob), api_for(bob)))()
    assert await cache.find(cookie_of(there)) is not None
    assert (await sync_to_async(here.delete)("/api/v1/sessions")).status_code == 204
    assert await cache.find(cookie_of(there)) is None
    assert await cache.find(cookie_of(here)) is None


async def test_many_who_ask_at_once_cost_one_look_up(
    cache: RightsCache, bearer: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    real = rights_module.look_up_rights

    def count_lookups(keys: list[bytes]) -> dict[bytes, Rights]:
        batches.append(len(keys))
        return real(keys)

    monkeypatch.setattr(rights_module, "look_up_rights", count_lookups)
    found = await asyncio.gather(*(cache.find(bearer) for _ in range(50)))
    assert len(set(map(id, found))) == 1
    assert batches == [1]


async def test_one_who_goes_away_does_not_take_the_answer_from_the_others(cache: RightsCache, bearer: Headers) -> None:
    leaving = asyncio.create_task(cache.find(bearer))
    staying = asyncio.create_task(cache.find(bearer))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying is not None


async def test_a_look_up_that_began_before_a_change_is_not_kept(
    cache: RightsCache, bearer: Headers, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rights_module.look_up_rights

    def with_a_change_meanwhile(keys: list[bytes]) -> dict[bytes, Rights]:
        found = real(keys)
        services.do_delete_token(bob.tokens.get())
        return found

    monkeypatch.setattr(rights_module, "look_up_rights", with_a_change_meanwhile)
    await cache.find(bearer)
    monkeypatch.setattr(rights_module, "look_up_rights", real)
    assert await cache.find(bearer) is None


async def test_a_database_in_trouble_signs_nobody_out(
    cache: RightsCache, bearer: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_keys: list[bytes]) -> Any:
        raise OperationalError("database is locked")

    real = rights_module.look_up_rights
    monkeypatch.setattr(rights_module, "look_up_rights", fail)
    with pytest.raises(OperationalError):
        await cache.find(bearer)
    monkeypatch.setattr(rights_module, "look_up_rights", real)
    assert await cache.find(bearer) is not None


async def test_strangers_cannot_fill_the_memory(cache: RightsCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights_module, "MAX_ENTRIES", 10)
    for n in range(30):
        await cache.find([(b"authorization", b"Bearer %d" % n)])
    assert len(cache._entries) == 10


async def test_a_hit_costs_no_look_up_and_no_turn_of_the_loop(
    cache: RightsCache, bearer: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await cache.find(bearer)
    monkeypatch.setattr(rights_module, "look_up_rights", lambda _keys: pytest.fail("it asked the database"))
    assert known is not None
    assert cache.peek(bearer) is known
