"""Who may open the alerts socket, where another process may have just let them in."""

from __future__ import annotations

import asyncio
from typing import cast

from belvedere.accounts.models import Role
from belvedere.accounts.rights import Rights, RightsCache
from belvedere.alerts.guard import Guard
from belvedere.web_api.asgi import Headers


class AlicesRights:
    """As far as this process knows them."""

    def __init__(self) -> None:
        self.sites = {"farm": 1}

    async def find(self, headers: Headers) -> Rights | None:
        return Rights(1, "alice", dict.fromkeys(self.sites, Role.OWNER), dict(self.sites)) if headers else None


async def test_who_is_refused_a_site_has_their_rights_looked_up_again_once_others_are_caught_up_with() -> None:
    rights, asked = AlicesRights(), list[str]()

    def catch_up() -> asyncio.Future[None]:
        asked.append("caught up")
        rights.sites["cellar"] = 2
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future

    guard = Guard(cast("RightsCache", rights), catch_up)
    alice: Headers = [(b"cookie", b"alice")]
    assert await guard.find([], "cellar") is None
    found = await guard.find(alice, "farm")
    assert found is not None
    assert not asked
    found = await guard.find(alice, "cellar")
    assert found is not None
    assert set(found.roles) == {"farm", "cellar"}
