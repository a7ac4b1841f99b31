"""Checks who may open the alerts socket and who may keep it open."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from belvedere.accounts.rights import MISSING, Rights, RightsCache
from belvedere.live.socket import CloseCode, Headers, Socket

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


def header(headers: Headers, name: bytes) -> str:
    """The header's value, "" where it is absent."""
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


def is_same_origin(headers: Headers) -> bool:
    """Whether the page that opens the socket is ours (browsers let any page open one, with our cookies).

    A program sends no Origin: it must show a bearer token, which no page can send.
    """
    host, origin = header(headers, b"host").lower(), header(headers, b"origin").lower()
    domain, _ = split_domain_port(host)
    if not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if not origin:
        return header(headers, b"authorization").lower().startswith("bearer ")
    # Compared as text, not parsed: what a parser makes of an odd Origin is no matter of ours.
    # The scheme may be either: a proxy in front may speak TLS.
    return any(
        origin in (f"{scheme}://{host}", f"{scheme}://{host.removesuffix(port)}")
        for scheme, port in _DEFAULT_PORTS.items()
    )


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
