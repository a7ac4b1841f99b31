"""Checks who may open the alerts socket and who may keep it open."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from belvedere.accounts.rights import MISSING, Rights, RightsCache
from belvedere.live.socket import CloseCode, Socket
from belvedere.web_api.asgi import Headers


class Guard:
    """Asks RightsCache whether sockets may stay open; for live.hub.Hub."""

    def __init__(self, rights: RightsCache) -> None:
        self._rights = rights

    async def of(self, headers: Headers) -> Rights | None:
        """Who is it; None = nobody."""
        return await self._rights.of(headers)

    async def __call__(self, sockets: Iterable[Socket]) -> list[tuple[Socket, CloseCode]]:
        """The sockets whose people signed out or lost the site.

        All callers that must be looked up go to the database together. Raises where it fails: then nobody is
        closed, and the next round asks again.
        """
        unknown: dict[int, Socket] = {}
        verdicts = []
        for socket in sockets:
            rights = self._rights.peek(socket.headers)
            if rights is MISSING:
                unknown[id(socket)] = socket
            elif code := verdict(rights, socket.site):
                verdicts.append((socket, code))
        verdicts += await self._look_up(list(unknown.values()))
        return verdicts

    async def _look_up(self, sockets: Sequence[Socket]) -> list[tuple[Socket, CloseCode]]:
        found = await asyncio.gather(*(self._rights.of(socket.headers) for socket in sockets))
        pairs = zip(sockets, found, strict=True)
        return [(socket, code) for socket, rights in pairs if (code := verdict(rights, socket.site))]


def verdict(rights: Rights | None, site: str) -> CloseCode | None:
    """Why this person may not listen to this site, or None."""
    if rights is None:
        return CloseCode.SIGNED_OUT
    return None if site in rights.roles else CloseCode.NO_RIGHTS
