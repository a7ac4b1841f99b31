"""RTSP authentication: Digest (RFC 2617 and 7616) with MD5 or SHA-256, else Basic. Pure but for the client's nonce."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Possessive and anchored at a word's begin: a header of 16 KiB without an "=" would else take a second.
_PARAMETER = re.compile(r'\b(\w++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,]++))')
_ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256"}


@dataclass(frozen=True)
class Challenge:
    """What the camera asks for. algorithm: empty for Basic."""

    realm: str
    nonce: str = ""
    opaque: str = ""
    qop: bool = False
    algorithm: str = ""
    stale: bool = False


def choose_challenge(headers: Iterable[str]) -> Challenge | None:
    """Return the strongest challenge of the WWW-Authenticate headers that is supported."""
    challenges = [challenge for header in headers if (challenge := _parse_challenge(header)) is not None]
    order = ["", "MD5", "SHA-256"]
    return max(challenges, key=lambda challenge: order.index(challenge.algorithm), default=None)


def _parse_challenge(header: str) -> Challenge | None:
    scheme, _, rest = header.partition(" ")
    fields = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
    if scheme.lower() == "basic":
        return Challenge(fields.get("realm", ""))
    algorithm = fields.get("algorithm", "MD5").upper()
    if scheme.lower() != "digest" or algorithm not in _ALGORITHMS or "nonce" not in fields:
        return None
    return Challenge(
        fields.get("realm", ""),
        fields["nonce"],
        fields.get("opaque", ""),
        "auth" in re.split(r"[\s,]+", fields.get("qop", "")),
        algorithm,
        fields.get("stale", "").lower() == "true",
    )


class Login:
    """Makes the Authorization header of each request."""

    def __init__(
        self,
        username: str,
        password: str,
        challenge: Challenge,
        cnonce: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._username = username
        self._password = password
        self._challenge = challenge
        self._cnonce = cnonce
        self._count = 0

    def make_authorization(self, method: str, url: str) -> str:
        """Return the header's value for this request."""
        challenge = self._challenge
        if not challenge.algorithm:
            return "Basic " + base64.b64encode(f"{self._username}:{self._password}".encode()).decode()
        secret = self._hash(f"{self._username}:{challenge.realm}:{self._password}")
        action = self._hash(f"{method}:{url}")
        fields = {"username": self._username, "realm": challenge.realm, "nonce": challenge.nonce, "uri": url}
        tail = ""
        if challenge.qop:
            self._count += 1
            count, cnonce = f"{self._count:08x}", self._cnonce()
            fields["response"] = self._hash(f"{secret}:{challenge.nonce}:{count}:{cnonce}:auth:{action}")
            fields["cnonce"] = cnonce
            tail = f", qop=auth, nc={count}"
        else:
            fields["response"] = self._hash(f"{secret}:{challenge.nonce}:{action}")
        if challenge.opaque:
            fields["opaque"] = challenge.opaque
        if challenge.algorithm != "MD5":
            tail += f", algorithm={challenge.algorithm}"
        return "Digest " + ", ".join(f'{name}="{_escape(value)}"' for name, value in fields.items()) + tail

    def _hash(self, text: str) -> str:
        return hashlib.new(_ALGORITHMS[self._challenge.algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
