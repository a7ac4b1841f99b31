"""Bounds of the HTTP connections and unanswered bytes of each host; a host that exceeds them is refused alone."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterable

import structlog

log = structlog.get_logger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# A thousand dashboards behind one address that reload at once have eight connections each for a moment.
MAX_CONNECTIONS_PER_HOST = 8192
# Bytes of requests without an answer yet. A poll has 1 KB, the largest body 256 KB.
MAX_HELD_BYTES_PER_HOST = 32 * 1024 * 1024
MAX_HELD_BYTES_OF_TRUSTED = 256 * 1024 * 1024
FAIR_BYTES = 16 * 1024  # what each connection may hold even if its host is over the bound
LOG_EVERY_SECONDS = 60.0
_HOST_OF_V6 = 64  # bits of prefix: a machine can choose any address of such a network


class Host:
    """One address (IPv6: one /64), while it is connected."""

    __slots__ = ("connections", "held_bytes", "max_connections", "max_held_bytes")

    def __init__(self, trusted: bool) -> None:
        self.connections = 0
        self.held_bytes = 0
        self.max_connections = None if trusted else MAX_CONNECTIONS_PER_HOST
        self.max_held_bytes = MAX_HELD_BYTES_OF_TRUSTED if trusted else MAX_HELD_BYTES_PER_HOST


class Place:
    """A counted connection of a host. Call `leave` when it is closed; further calls do nothing."""

    __slots__ = ("_leave", "held_bytes", "host")

    def __init__(self, host: Host, leave: Callable[[], None]) -> None:
        self.host = host
        self.held_bytes = 0
        self._leave: Callable[[], None] | None = leave

    def count(self, size: int) -> None:
        """Count received bytes of a request that is not answered."""
        self.held_bytes += size
        self.host.held_bytes += size

    def release(self) -> None:
        """All received requests are answered."""
        self.host.held_bytes -= self.held_bytes
        self.held_bytes = 0

    @property
    def takes_too_much(self) -> bool:
        """Whether the host holds more than it may, and this connection more than its fair part."""
        return self.held_bytes > FAIR_BYTES and self.host.held_bytes > self.host.max_held_bytes

    def leave(self) -> None:
        """The connection is closed."""
        if self._leave is not None:
            self.release()
            self._leave()
            self._leave = None


class Hosts:
    """All connected hosts. Event loop only.

    trusted: networks of proxies, whose connections are not bounded; loopback is always trusted.
    first_reserved_descriptor: a connection with this file descriptor or a higher one is refused. The system assigns the
    lowest free number, so nearly all are in use then, and the databases need the rest.
    """

    def __init__(self, trusted: Iterable[Network], first_reserved_descriptor: int) -> None:
        self._trusted = tuple(trusted)
        self._first_reserved_descriptor = first_reserved_descriptor
        self._hosts: dict[str, Host] = {}
        self._logged_at = -LOG_EVERY_SECONDS

    def enter(self, address: str, descriptor: int) -> Place | None:
        """Count a new connection; None where it has to be refused."""
        if descriptor >= self._first_reserved_descriptor:
            self._tell("descriptors_run_short", address)
            return None
        name, trusted = self._name_host(address)
        host = self._hosts.get(name) or Host(trusted)
        if host.max_connections is not None and host.connections >= host.max_connections:
            self._tell("too_many_connections_of_host", address)
            return None
        self._hosts[name] = host
        host.connections += 1
        return Place(host, lambda: self._release(name))

    def connections(self) -> int:
        """The number of connections of all hosts."""
        return sum(host.connections for host in self._hosts.values())

    def _release(self, name: str) -> None:
        host = self._hosts[name]
        host.connections -= 1
        if not host.connections:
            del self._hosts[name]

    def _name_host(self, address: str) -> tuple[str, bool]:
        """The key of the host of this address, and whether it is trusted."""
        try:
            ip = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return address, False
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        if ip.is_loopback or any(ip in network for network in self._trusted):
            return str(ip), True
        if isinstance(ip, ipaddress.IPv6Address):
            return str(ipaddress.IPv6Network((int(ip), _HOST_OF_V6), strict=False)), False
        return str(ip), False

    def _tell(self, event: str, address: str) -> None:
        now = time.monotonic()
        if now - self._logged_at >= LOG_EVERY_SECONDS:
            self._logged_at = now
            log.warning(event, host=address)
