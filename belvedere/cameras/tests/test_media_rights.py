"""Whoever may not watch any more does not go on watching: the media app with the real rights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from rest_framework.test import APIClient

from belvedere.accounts import services
from belvedere.accounts.models import Membership, User
from belvedere.accounts.rights import RightsCache
from belvedere.cameras import sessions as sessions_module
from belvedere.cameras.tests.media import PAGE, House, code_of
from belvedere.conftest import PASSWORD, api_for

pytestmark = pytest.mark.django_db(transaction=True)


class RealRightsHouse(House):
    """The same cameras; who asks is looked up as in the product."""

    def __init__(self, rights: RightsCache) -> None:
        super().__init__()
        self._rights = rights

    async def find(self, headers: Iterable[tuple[bytes, bytes]]) -> Any:
        return await self._rights.find(headers)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[RealRightsHouse]:
    monkeypatch.setattr(sessions_module, "SWEEP_SECONDS", 0.01)
    rights = RightsCache()
    yield RealRightsHouse(rights)
    rights.close()


async def watch(house: RealRightsHouse, **headers: str) -> None:
    status, _, _ = await house.ask("POST", "/media/gate/whep", b"offer", **headers)
    assert status == 201
    assert (await house.ask("GET", "/media/gate/hls/index.m3u8", b"", **headers))[0] == 200


async def cut_off(house: RealRightsHouse) -> list[tuple[str, str]]:
    """The sessions that were ended, once none is left."""
    assert house.app.sessions._sweeper is not None
    await house.app.sessions._sweeper
    return house.server.ended


def cookie_of(client: APIClient) -> str:
    return f"sessionid={client.cookies['sessionid'].value}"


def remove_from_the_site(bob: User) -> None:
    services.do_remove_member(Membership.objects.get(user=bob))


def change_the_password(bob: User) -> None:
    form = {"current_password": PASSWORD, "password": "another-horse-43-battery"}
    assert api_for(bob).post("/api/v1/me/password", form).status_code == 204


def sign_out_everywhere(bob: User) -> None:
    assert api_for(bob).delete("/api/v1/sessions").status_code == 204


def close_the_account(bob: User) -> None:
    assert api_for(bob).post("/api/v1/me/close", {"current_password": PASSWORD}).status_code == 204


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (remove_from_the_site, (404, "not_found")),
        (close_the_account, (401, "not_authenticated")),
        (change_the_password, (401, "not_authenticated")),
        (sign_out_everywhere, (401, "not_authenticated")),
    ],
)
async def test_the_video_of_a_browser_ends_with_its_right(
    house: RealRightsHouse, bob: User, end: Callable[[User], None], expected: tuple[int, str]
) -> None:
    cookie = cookie_of(await sync_to_async(api_for)(bob))
    await watch(house, cookie=cookie, origin=PAGE)
    await sync_to_async(end)(bob)
    assert await cut_off(house) == [("gate", "s1")]
    assert await code_of(house, "POST", "/media/gate/whep", b"offer", cookie=cookie) == expected
    assert await code_of(house, "GET", "/media/gate/hls/index.m3u8", cookie=cookie) == expected


def delete_the_token(bob: User) -> None:
    services.do_delete_token(bob.tokens.get())


def let_the_token_expire(bob: User) -> None:
    bob.tokens.update(expires_at="2001-01-01T00:00:00Z")


def deactivate(bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (remove_from_the_site, (404, "not_found")),
        (close_the_account, (401, "not_authenticated")),
        (delete_the_token, (401, "not_authenticated")),
        (let_the_token_expire, (401, "not_authenticated")),
        (deactivate, (401, "not_authenticated")),
    ],
)
async def test_the_video_of_a_program_ends_with_its_right(
    house: RealRightsHouse, bob: User, end: Callable[[User], None], expected: tuple[int, str]
) -> None:
    _, secret = await sync_to_async(services.do_create_token)(bob, "wall")
    sent = {"cookie": "", "origin": "", "authorization": f"Bearer {secret}"}
    await watch(house, **sent)
    await sync_to_async(end)(bob)
    assert await cut_off(house) == [("gate", "s1")]
    assert await code_of(house, "GET", "/media/gate/hls/index.m3u8", b"", **sent) == expected


async def test_a_token_that_may_only_read_watches_by_hls_only(house: RealRightsHouse, bob: User) -> None:
    _, secret = await sync_to_async(services.do_create_token)(bob, "wall", read_only=True)
    sent = {"cookie": "", "origin": "", "authorization": f"Bearer {secret}"}
    assert (await house.ask("GET", "/media/gate/hls/index.m3u8", b"", **sent))[0] == 200
    for method, path in (("POST", "whep"), ("PATCH", "whep/s1"), ("DELETE", "whep/s1")):
        assert await code_of(house, method, f"/media/gate/{path}", b"x", **sent) == (403, "read_only_token")
    assert [asked[0] for asked in house.server.asked] == ["file"]
