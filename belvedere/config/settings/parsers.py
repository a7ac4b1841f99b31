"""The values of settings from their texts. Each raises ValueError with what to write instead."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit


def parse_port(text: str) -> int:
    """0 = any free one."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError("a port is a number from 0 (any free one) to 65535")
    return int(text)


def parse_profile(text: str) -> str:
    """One of the two."""
    if text not in ("embedded", "cluster"):
        raise ValueError("choose embedded or cluster")
    return text


def parse_database(text: str) -> str:
    """Empty where there is none."""
    parts = urlsplit(text)
    if text and not (parts.scheme == "mysql" and parts.hostname and parts.path.strip("/")):
        raise ValueError("write it as mysql://user:password@host:3306/name")
    return text


_MQTT_URL = re.compile(r"mqtts?://(?:[\w.\-]+|\[[\da-f:]+\]):\d{1,5}\Z", re.ASCII)


def parse_mqtt_address(text: str) -> str:
    """Empty where there is none."""
    if text and not (_MQTT_URL.match(text) and urlsplit(text).port):
        raise ValueError("write it as mqtt://host:1883, or mqtts://host:8883 for TLS")
    return text


def parse_count(text: str) -> int:
    """From 1 to 1000."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise ValueError("a number from 1 to 1000")
    return int(text)


def parse_megabytes(text: str) -> int:
    """From 1 MB to 1 TB."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000_000):
        raise ValueError("a number of MB from 1 to 1000000")
    return int(text)


def parse_setup_token(text: str) -> str:
    """Long enough that nobody guesses it; where the text is empty one is made at the first start."""
    if text and sum(letter.isalnum() for letter in text) < 16:
        raise ValueError("a set-up code has at least 16 letters and digits; `belvedere init-deploy` makes one")
    return text


def parse_path(text: str) -> Path | None:
    """None where the text is empty; `~` is the home of whoever starts the program."""
    return Path(text).expanduser().absolute() if text else None


def split_names(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def parse_hosts(text: str) -> tuple[str, ...]:
    """Host names between commas, without ports."""
    names = split_names(text)
    for name in names:
        if "/" in name or (":" in name and not name.startswith("[")) or "]:" in name:
            raise ValueError(f"{name} has more than a host name: leave out http:// and the port")
    return names


def parse_networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Addresses or networks between commas."""
    return tuple(ipaddress.ip_network(part) for part in split_names(text))


def parse_media_server(text: str) -> str:
    """One of the two, or the address of a MediaMTX."""
    parts = urlsplit(text)
    if text not in ("gateway", "mediamtx") and not (parts.scheme in ("http", "https") and parts.hostname):
        raise ValueError(
            "choose gateway, mediamtx, or give the address of a MediaMTX's API, http://user:password@host:9997"
        )
    return text


def parse_address(text: str) -> str:
    """Return `host:port`; an IPv6 host is in brackets."""
    host, colon, port = text.rpartition(":")
    if text and (not colon or (":" in host) != host.startswith("[")):
        raise ValueError("write it as host:port")
    return f"{host}:{parse_port(port)}" if text else ""


_ICE_URL = re.compile(r"(?:stuns?|turns?):[\w.\-\[\]:]+(?:\?transport=(?:udp|tcp))?\Z", re.ASCII)


def parse_ice_servers(text: str) -> tuple[str, ...]:
    """STUN and TURN servers between commas."""
    urls = split_names(text)
    for url in urls:
        if not _ICE_URL.match(url):
            raise ValueError(f"{url} is none of stun:HOST:PORT, turn:HOST:PORT and turns:HOST:PORT?transport=tcp")
    return urls


def parse_founders(text: str) -> str:
    """Who may make sites."""
    if text not in ("owners", "everybody"):
        raise ValueError("choose owners or everybody")
    return text


def parse_flush(text: str) -> str:
    """When Kafka waits for its disk."""
    if text not in ("auto", "always", "never"):
        raise ValueError("choose auto, always or never")
    return text


def parse_level(text: str) -> str:
    """Of the log."""
    if text.lower() not in ("debug", "info", "warning", "error"):
        raise ValueError("choose debug, info, warning or error")
    return text.lower()


def parse_format(text: str) -> str:
    """Of the log."""
    if text not in ("json", "text", "auto"):
        raise ValueError("choose json, text or auto")
    return text
