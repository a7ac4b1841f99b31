"""Who is connected by HTTP, and how much each host may take: whoever is over that is refused, nobody else."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterable

import structlog

log = structlog.get_logger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# A thousand dashboards behind one address that all load again at once have eight connections each for a moment.
MAX_CONNECTIONS_PER_HOST = 8192
# Bytes of requests that are not answered yet. A poll has 1 KB, the largest body 256 KB.
MAX_HELD_BYTES_PER_HOST = 32 * 1024 * 1024
MAX_HELD_BYTES_OF_TRUSTED = 256 * 1024 * 1024
FAIR_BYTES = 16 * 1024  # what one connection may hold although its host is over the bound
LOG_EVERY_SECONDS = 60.0
_HOST_OF_V6 = 64  # bits: a machine has a whole such network to choose its address from


class Host:
    """One address (IPv6: one /64), while it is connected."""

    __slots__ = ("connections", "held_bytes", "max_connections", "max_held_bytes")

    def __init__(self, trusted: bool) -> None:
        self.connections = 0
        self.held_bytes = 0
        self.max_connections = None if trusted else MAX_CONNECTIONS_PER_HOST
        self.max_held_bytes = MAX_HELD_BYTES_OF_TRUSTED if trusted else MAX_HELD_BYTES_PER_HOST


class Place:
    """One connection's share of its host. `leave` once it is closed; again: nothing."""

    __slots__ = ("_leave", "held_bytes", "host")

    def __init__(self, host: Host, leave: Callable[[], None]) -> None:
        self.host = host
        self.held_bytes = 0
        self._leave: Callable[[], None] | None = leave

    def hold(self, size: int) -> None:
        """Count bytes that came, of a request that is not answered."""
        self.held_bytes += size
        self.host.held_bytes += size

    def let_go(self) -> None:
        """All that came is answered."""
        self.host.held_bytes -= self.held_bytes
        self.held_bytes = 0

    @property
    def takes_too_much(self) -> bool:
        """Whether the host holds more than it may, and this connection more than its fair part."""
        return self.held_bytes > FAIR_BYTES and self.host.held_bytes > self.host.max_held_bytes

    def leave(self) -> None:
        """The connection is closed."""
        if self._leave is not None:
            self.let_go()
            self._leave()
            self._leave = None


class Hosts:
    """Event loop only. trusted: networks whose connections are not counted (proxies); loopback always is one of them.

    first_reserved_descriptor: the databases need descriptors too. The system gives each new connection the lowest
    that is free, so one that got this number or a higher one came when nearly all were in use.
    """

    def __init__(self, trusted: Iterable[Network], first_reserved_descriptor: int) -> None:
        self._trusted = tuple(trusted)
        self._first_reserved_descriptor = first_reserved_descriptor
        self._hosts: dict[str, Host] = {}
        self._logged_at = -LOG_EVERY_SECONDS

    def enter(self, address: str, descriptor: int) -> Place | None:
        """A place for a new connection; None where it has to be refused."""
        if descriptor >= self._first_reserved_descriptor:
            self._tell("descriptors_run_short", address)
            return None
        name, trusted = self._named(address)
        host = self._hosts.get(name) or Host(trusted)
        if host.max_connections is not None and host.connections >= host.max_connections:
            self._tell("too_many_connections_of_host", address)
            return None
        self._hosts[name] = host
        host.connections += 1
        return Place(host, lambda: self._left(name))

    def connections(self) -> int:
        """Of all hosts."""
        return sum(host.connections for host in self._hosts.values())

    def _left(self, name: str) -> None:
        host = self._hosts[name]
        host.connections -= 1
        if not host.connections:
            del self._hosts[name]

    def _named(self, address: str) -> tuple[str, bool]:
        """The host's name here, and whether it is trusted."""
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
