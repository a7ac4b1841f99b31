"""Who may open the alerts socket, where another process may have just let them in."""

from __future__ import annotations

from typing import cast

from belvedere.accounts.rights import RightsCache
from belvedere.accounts.tests.alice import RightsOfAlice
from belvedere.alerts.guard import Guard
from belvedere.web_api.asgi import Headers


async def test_who_is_refused_a_site_has_their_rights_looked_up_again_once_others_are_caught_up_with() -> None:
    rights = RightsOfAlice()
    guard = Guard(cast("RightsCache", rights), rights.catch_up)
    alice: Headers = [(b"cookie", b"alice")]
    assert await guard.find([], "cellar") is None
    found = await guard.find(alice, "farm")
    assert found is not None
    assert not rights.was_asked
    found = await guard.find(alice, "cellar")
    assert found is not None
    assert set(found.roles) == {"farm", "cellar"}
