"""Checks who may open the alerts socket and who may keep it open."""

from __future__ import annotations

from collections.abc import Iterable

from belvedere.accounts.rights import Rights, RightsCache
from belvedere.domain.changes import CatchUp
from belvedere.live.socket import CloseCode, Socket
from belvedere.web_api.asgi import Headers


class Guard:
    """Asks RightsCache whether sockets may stay open; for live.hub.Hub.

    catch_up: waited for before somebody is refused a site, which another process may have just given them.
    """

    def __init__(self, rights: RightsCache, catch_up: CatchUp | None = None) -> None:
        self._rights = rights
        self._catch_up = catch_up

    async def find(self, headers: Headers, site: str) -> Rights | None:
        """Who it is that wants to listen to a site; None = nobody."""
        rights = await self._rights.find(headers)
        if rights is None or site in rights.roles or self._catch_up is None:
            return rights
        await self._catch_up()
        return await self._rights.find(headers)

    async def __call__(self, sockets: Iterable[Socket]) -> list[tuple[Socket, CloseCode]]:
        """The sockets whose people signed out or lost the site.

        All callers that must be looked up go to the database together. Raises where it fails: then nobody is
        closed, and the next round asks again.
        """
        checked = list(sockets)
        found = await self._rights.find_each(socket.headers for socket in checked)
        pairs = zip(checked, found, strict=True)
        return [(socket, code) for socket, rights in pairs if (code := find_close_code(rights, socket.site))]


def find_close_code(rights: Rights | None, site: str) -> CloseCode | None:
    """Why this person may not listen to this site, or None."""
    if rights is None:
        return CloseCode.SIGNED_OUT
    return None if site in rights.roles else CloseCode.NO_RIGHTS
