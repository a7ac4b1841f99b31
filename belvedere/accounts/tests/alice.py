"""A person whose rights grow while others are caught up with, for what refuses a site."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from belvedere.accounts.models import Role
from belvedere.accounts.rights import Rights

FARM, CELLAR = 1, 2


class RightsOfAlice:
    """She may see the farm; another process has given her the cellar. A request without her cookie is nobody's."""

    def __init__(self) -> None:
        self.sites = {"farm": FARM}
        self.was_asked = False

    def peek(self, headers: Iterable[tuple[bytes, bytes]]) -> Rights | None:
        if (b"cookie", b"alice") not in headers:
            return None
        return Rights(1, "alice", dict.fromkeys(self.sites, Role.OWNER), dict(self.sites))

    async def find(self, headers: Iterable[tuple[bytes, bytes]]) -> Rights | None:
        return self.peek(headers)

    def catch_up(self) -> asyncio.Future[None]:
        """Learn of the cellar at once."""
        self.was_asked = True
        self.sites["cellar"] = CELLAR
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future
