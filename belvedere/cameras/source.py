"""Validate where a camera's picture comes from: its URL, and the addresses of its name.

`parse_source` validates the text and `check_addresses` the result of a look-up, which is made elsewhere. The gateway
calls both at every connect and for every redirect, and connects to the checked address. All but
`is_of_this_machine` is pure.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote, unquote

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_URL_CHARACTERS = 2048
DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322}


class SourceFault(StrEnum):
    """Why a URL is refused; the first rule that it breaks."""

    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    DOLLAR_SIGN = "dollar_sign"
    BAD_SCHEME = "bad_scheme"
    BAD_CHARACTER = "bad_character"
    BAD_URL = "bad_url"
    BAD_PORT = "bad_port"
    FORBIDDEN_ADDRESS = "forbidden_address"
    OWN_ADDRESS = "own_address"


SENTENCES = {
    SourceFault.TOO_LONG: f"The address is longer than {MAX_URL_CHARACTERS} characters.",
    SourceFault.CONTROL_CHARACTER: "The address holds a line break or another control character.",
    SourceFault.DOLLAR_SIGN: "Write the $ in the address as %24.",
    SourceFault.BAD_SCHEME: "The address must begin with rtsp:// or rtsps://.",
    SourceFault.BAD_CHARACTER: "The address holds the character {character}: write it as {escape}.",
    SourceFault.BAD_URL: "The address is ambiguous: check the host, and write @ : / in a password as %40 %3A %2F.",
    SourceFault.BAD_PORT: "The port must be a number from 1 to 65535.",
    SourceFault.FORBIDDEN_ADDRESS: "This address leads to the server itself or to a special network. "
    "An administrator can allow it with BELVEDERE_CAMERA_ALLOW.",
    SourceFault.OWN_ADDRESS: "This address is the server's own media address.",
}


class SourceError(Exception):
    """A source that must not be connected to. `reason` is stable, the message is for people.

    character: the one that is wrong, "" where the fault is another.
    """

    permanent = True

    def __init__(self, reason: SourceFault, character: str = "") -> None:
        escape = quote(character, safe="")
        super().__init__(SENTENCES[reason].format(character="space" if character == " " else character, escape=escape))
        self.reason = reason
        self.character = character


@dataclass(frozen=True)
class Source:
    """A checked URL in parts. host: ASCII name or address without brackets; path: with its query, begins with /."""

    scheme: str
    host: str
    port: int
    path: str
    username: str = ""
    password: str = ""

    @property
    def address(self) -> Address | None:
        """The host as an address, None for a name that must be looked up (RFC 6761: localhost never is)."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return ipaddress.IPv4Address("127.0.0.1")
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    @property
    def url(self) -> str:
        """The address without credentials, as shown to people and sent to the camera."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def without_credentials(self) -> Source:
        """Return the source without user name and password."""
        return replace(self, username="", password="")

    def same_host(self, other: Source) -> bool:
        """Return whether both are the same server, so that a password for one may be sent to the other."""
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)


_SCHEME = re.compile(r"(rtsps?)://", re.IGNORECASE)
_MALFORMED_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")
_NUMERIC_LABEL = re.compile(r"(?:\d+|0[xX][0-9A-Fa-f]*)\Z")
_UNSAFE = frozenset(' "<>\\^`{|}#')
# As go2rtc and Frigate write them behind an address: `#backchannel=0#timeout=30`.
_PLAYER_OPTIONS = re.compile(r"(?:#[A-Za-z_]+(?:=[\w.,:-]*)?)+\Z", re.ASCII)


def parse_source(url: str) -> Source:
    """Parse a camera's URL. Raises SourceError. Addresses are not checked yet, see check_addresses.

    Space around it, and options for a player behind it, are left out.
    """
    url = _drop_player_options(url.strip())
    if len(url) > MAX_URL_CHARACTERS:
        raise SourceError(SourceFault.TOO_LONG)
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in url + unquote(url, errors="replace")):
        raise SourceError(SourceFault.CONTROL_CHARACTER)
    if "$" in url:
        raise SourceError(SourceFault.DOLLAR_SIGN)
    scheme = _SCHEME.match(url)
    if not scheme:
        raise SourceError(SourceFault.BAD_SCHEME)
    if _MALFORMED_ESCAPE.search(url):
        raise SourceError(SourceFault.BAD_CHARACTER, "%")
    if (unsafe := next((c for c in url if c in _UNSAFE), "")) != "":
        raise SourceError(SourceFault.BAD_CHARACTER, unsafe)
    authority, path = _split_authority(url[scheme.end() :])
    username, password, place = _split_credentials(authority)
    name = scheme[1].lower()
    host, port = _split_port(place, DEFAULT_PORTS[name])
    return Source(name, _normalize_host(host), port, quote(path, safe="/?&=:;,+!~*'()[]%-._"), username, password)


def _drop_player_options(url: str) -> str:
    """Remove `#name=value` from the end, where it is behind a path: before it, it may be part of a password."""
    place, slashes, rest = url.partition("://")
    path = rest.find("/")
    return place + slashes + rest[:path] + _PLAYER_OPTIONS.sub("", rest[path:]) if path >= 0 else url


def _split_authority(rest: str) -> tuple[str, str]:
    end = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=len(rest))
    authority, path = rest[:end], rest[end:]
    if "@" in path:  # an unencoded / in a password: parsers disagree on the host
        raise SourceError(SourceFault.BAD_URL)
    return authority, path if path.startswith("/") else "/" + path


def _split_credentials(authority: str) -> tuple[str, str, str]:
    credentials, at, place = authority.rpartition("@")
    username, _, password = credentials.partition(":")
    if (at and not username) or "@" in credentials or ":" in password:
        raise SourceError(SourceFault.BAD_URL)
    try:
        return unquote(username, errors="strict"), unquote(password, errors="strict"), place
    except UnicodeDecodeError as error:
        raise SourceError(SourceFault.BAD_URL) from error


def _split_port(place: str, default: int) -> tuple[str, int]:
    if place.startswith("["):
        host, bracket, rest = place.partition("]")
        host += bracket
    else:
        host, colon, tail = place.partition(":")
        rest = colon + tail
    if not rest:
        return host, default
    digits = rest[1:]
    if rest[0] != ":" or not digits.isascii() or not digits.isdigit() or not 1 <= int(digits[:6]) <= 65535:
        raise SourceError(SourceFault.BAD_PORT if rest[0] == ":" else SourceFault.BAD_URL)
    return host, int(digits)


def _normalize_host(text: str) -> str:
    """Return the host in one ASCII form. Raises SourceError for every notation that resolvers read differently."""
    try:
        if text.startswith("["):
            return _parse_ipv6(text[1:-1])
        name = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
        name = name if name.isascii() else name.encode("idna").decode()
    except (ValueError, UnicodeError) as error:
        raise SourceError(SourceFault.BAD_URL) from error
    labels = name.removesuffix(".").split(".")
    if not _NUMERIC_LABEL.match(labels[-1]):
        if len(name) > 253 or not all(map(_LABEL.match, labels)):
            raise SourceError(SourceFault.BAD_URL)
        return name.lower()
    return _parse_ipv4(name)


def _parse_ipv6(text: str) -> str:
    address = ipaddress.IPv6Address(unquote(text).partition("%")[0])
    if "%" in text and not address.is_link_local:
        raise SourceError(SourceFault.BAD_URL)
    return str(address)


def _parse_ipv4(text: str) -> str:
    """Parse dotted decimal. Other notations (0x7f.1, 0177.0.0.1, 2130706433) are refused, by what they lead to."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError as error:
        try:
            led_to = ipaddress.IPv4Address(socket.inet_aton(text))
        except OSError:
            raise SourceError(SourceFault.BAD_URL) from error
        raise SourceError(SourceFault.FORBIDDEN_ADDRESS if is_forbidden(led_to) else SourceFault.BAD_URL) from error


_FORBIDDEN: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # "this host": connects to ourselves
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, with the metadata service of most clouds
        "224.0.0.0/4",
        "240.0.0.0/4",  # reserved, with broadcast
        "100.100.100.200/32",  # Alibaba's metadata service
        "192.0.0.192/32",  # Oracle's
        "168.63.129.16/32",  # Azure's
        "::/128",
        "::1/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "fd00:ec2::254/128",  # Amazon's metadata service
        "fd20:ce::254/128",  # Google's
    )
)
_EMBEDDING: tuple[tuple[ipaddress.IPv6Network, int], ...] = tuple(
    (ipaddress.IPv6Network(text), shift)
    for text, shift in (
        ("::ffff:0:0/96", 0),  # IPv4-mapped
        ("::/96", 0),  # IPv4-compatible
        ("::ffff:0:0:0/96", 0),  # IPv4-translated
        ("64:ff9b::/96", 0),  # NAT64
        ("64:ff9b:1::/48", 0),  # NAT64, local; cut as in RFC 6052 it has three more forms, see _list_meanings
        ("2002::/16", 80),  # 6to4
    )
)
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214 §6.1, below any prefix


def _list_meanings(address: Address) -> Iterable[Address]:
    """Yield the address, and every IPv4 address that its IPv6 notation may carry."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        value = int(address)
        for network, shift in _EMBEDDING:
            if address in network:
                yield ipaddress.IPv4Address(value >> shift & 0xFFFFFFFF)
        if address in _NAT64_LOCAL:  # RFC 6052 §2.2: around the eight bits in the middle
            low = value & ((1 << 80) - 1)
            for bits in (48, 56, 64):
                joined = (low >> 64) << 56 | low & ((1 << 56) - 1)
                yield ipaddress.IPv4Address(joined >> (88 - bits) & 0xFFFFFFFF)
        if value >> 32 & 0xFFFFFFFF in _ISATAP:
            yield ipaddress.IPv4Address(value & 0xFFFFFFFF)
        if address.teredo:
            yield from address.teredo


def _find_forbidden(address: Address) -> list[Address]:
    return [meant for meant in _list_meanings(address) if any(meant in network for network in _FORBIDDEN)]


def is_forbidden(address: Address) -> bool:
    """Return whether the address is no camera's: loopback, link-local, multicast, metadata, ..., in any notation."""
    return bool(_find_forbidden(address))


def _is_allowed(address: Address, allow: Sequence[Network]) -> bool:
    """Return whether the administrator allows the address as it is written, or each forbidden one it may mean."""
    meanings = [address] if any(address in network for network in allow) else _find_forbidden(address)
    return all(any(meant in network for network in allow) for meant in meanings)


def is_own(address: Address, port: int, own: Iterable[str]) -> bool:
    """Return whether this server listens there. own: "host:port"; 0.0.0.0, :: and names mean all its addresses."""
    hosts = [host.strip("[]") for host, _, text in (place.rpartition(":") for place in own) if text == str(port)]
    return any(_is_bound_to(host, meant) for meant in _list_meanings(address) for host in hosts)


def _is_bound_to(host: str, address: Address) -> bool:
    try:
        listening = ipaddress.ip_address(host)
    except ValueError:  # a name: of this machine, whatever it means
        return is_of_this_machine(address)
    return address == listening or (listening.is_unspecified and is_of_this_machine(address))


def is_of_this_machine(address: Address) -> bool:
    """Return whether an interface of this machine has the address: only then can a socket be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def check_addresses(
    source: Source, addresses: Sequence[Address], allow: Sequence[Network] = (), own: Iterable[str] = ()
) -> tuple[Address, ...]:
    """Return the addresses if all of them are allowed. Raises SourceError for the first that is not.

    allow: the administrator's exceptions. own: "address:port" of every place where this server hands out media.
    """
    for address in addresses:
        if not _is_allowed(address, allow):
            raise SourceError(SourceFault.FORBIDDEN_ADDRESS)
        if is_own(address, source.port, own):
            raise SourceError(SourceFault.OWN_ADDRESS)
    return tuple(addresses)
