"""The addresses of this host that others in its networks can reach."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from pathlib import Path

_SIOCGIFADDR = 0x8915  # Linux, netdevice(7): the IPv4 address of an interface
_IPV6_TABLE = Path("/proc/net/if_inet6")
_ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  (compared with, not bound)


def list_reachable(bound: str) -> list[str]:
    """Where a listener on `bound` can be reached from other machines, IPv4 first; empty where it cannot."""
    if bound not in _ANYWHERE:
        return [] if _is_loopback(bound) else [bound]
    found = _list_ipv4() + (_list_ipv6() if bound != "0.0.0.0" else [])  # noqa: S104  (compared with, not bound)
    return [address for address in dict.fromkeys(found) if _is_useful(address)]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_useful(address: str) -> bool:
    """An address with a scope (fe80::1%eth0) is of no use in the settings of a board."""
    parsed = ipaddress.ip_address(address)
    return not (parsed.is_loopback or parsed.is_unspecified or (parsed.version == 6 and parsed.is_link_local))


def _list_ipv4() -> list[str]:
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            try:
                answer = fcntl.ioctl(asking.fileno(), _SIOCGIFADDR, request)
            except OSError:
                continue  # an interface without an IPv4 address, or another system than Linux
            found.append(socket.inet_ntoa(answer[20:24]))
        return found or _guess_by_route(asking)


def _guess_by_route(unconnected: socket.socket) -> list[str]:
    """The address that packets to the outside would carry; none is sent."""
    try:
        unconnected.connect(("192.0.2.1", 9))  # RFC 5737: nobody has it
    except OSError:
        return []
    return [str(unconnected.getsockname()[0])]


def _list_ipv6() -> list[str]:
    try:
        lines = _IPV6_TABLE.read_text().splitlines()
    except OSError:
        return []
    return [str(ipaddress.IPv6Address(int(line.split()[0], 16))) for line in lines if line]
