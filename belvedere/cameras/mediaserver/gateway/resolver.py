"""Look up a camera's name, and check the addresses at every connect."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass

from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.source import Address, Network, Source, SourceError, check_addresses

LOOKUP_SECONDS = 5.0
MAX_ADDRESSES = 8  # of one name; each may take 5 s to say no


@dataclass(frozen=True)
class Rules:
    """allow: the administrator's exceptions; own: "address:port" of our own media."""

    allow: tuple[Network, ...] = ()
    own: frozenset[str] = frozenset()


async def resolve_addresses(source: Source, rules: Rules) -> tuple[Address, ...]:
    """Return the allowed addresses of the name. Connect to these, without another look-up. Raises CameraError."""
    if (address := source.address) is not None:
        found = [address]
    else:
        found = await _look_up(source)
    try:
        return check_addresses(source, found, rules.allow, rules.own)[:MAX_ADDRESSES]
    except SourceError as error:
        raise CameraError(Fault.FORBIDDEN) from error


async def _look_up(source: Source) -> list[Address]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LOOKUP_SECONDS):
            rows = await loop.getaddrinfo(source.host, source.port, type=socket.SOCK_STREAM)
    except (TimeoutError, OSError, UnicodeError) as error:
        raise CameraError(Fault.NAME_UNKNOWN) from error
    return [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows]
