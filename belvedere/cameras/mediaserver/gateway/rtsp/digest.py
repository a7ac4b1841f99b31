"""RTSP authentication: Digest (RFC 2617 and 7616) with MD5, SHA-256 or their -sess forms, else Basic.

Pure but for the client's nonce.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Possessive and anchored at a word's begin: a header of 16 KiB without an "=" would else take a second.
_PARAMETER = re.compile(r'\b(\w++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,]++))')
# Weakest first. The plain forms come after those with -sess, which fewer cameras get right.
_ALGORITHMS = {"MD5-SESS": "md5", "MD5": "md5", "SHA-256-SESS": "sha256", "SHA-256": "sha256"}
_ORDER = ["", *_ALGORITHMS]


@dataclass(frozen=True)
class Challenge:
    """What the camera asks for. algorithm: as the camera writes it, empty for Basic."""

    realm: str
    nonce: str = ""
    opaque: str = ""
    qop: bool = False
    algorithm: str = ""
    stale: bool = False


def choose_challenge(headers: Iterable[str]) -> Challenge | None:
    """Return the strongest challenge of the WWW-Authenticate headers that is supported."""
    challenges = [challenge for header in headers if (challenge := _parse_challenge(header)) is not None]
    return max(challenges, key=lambda challenge: _ORDER.index(challenge.algorithm.upper()), default=None)


def _parse_challenge(header: str) -> Challenge | None:
    scheme, _, rest = header.partition(" ")
    fields = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
    if scheme.lower() == "basic":
        return Challenge(fields.get("realm", ""))
    algorithm = fields.get("algorithm", "MD5")
    if scheme.lower() != "digest" or algorithm.upper() not in _ALGORITHMS or "nonce" not in fields:
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
        self._session = challenge.algorithm.upper().endswith("-SESS")
        self._session_cnonce = cnonce() if self._session else ""
        self._count = 0

    def make_authorization(self, method: str, url: str) -> str:
        """Return the header's value for this request."""
        challenge = self._challenge
        if not challenge.algorithm:
            return "Basic " + base64.b64encode(f"{self._username}:{self._password}".encode()).decode()
        cnonce = self._session_cnonce or (self._cnonce() if challenge.qop else "")
        secret = self._hash(f"{self._username}:{challenge.realm}:{self._password}")
        if self._session:  # RFC 2617 §3.2.2.2: one key for the whole session, made with its first cnonce
            secret = self._hash(f"{secret}:{challenge.nonce}:{cnonce}")
        action = self._hash(f"{method}:{url}")
        fields = {"username": self._username, "realm": challenge.realm, "nonce": challenge.nonce, "uri": url}
        tail = ""
        if challenge.qop:
            self._count += 1
            count = f"{self._count:08x}"
            fields["response"] = self._hash(f"{secret}:{challenge.nonce}:{count}:{cnonce}:auth:{action}")
            tail = f", qop=auth, nc={count}"
        else:
            fields["response"] = self._hash(f"{secret}:{challenge.nonce}:{action}")
        if cnonce:
            fields["cnonce"] = cnonce
        if challenge.opaque:
            fields["opaque"] = challenge.opaque
        if challenge.algorithm.upper() != "MD5":
            tail += f", algorithm={challenge.algorithm}"
        return "Digest " + ", ".join(f'{name}="{_escape(value)}"' for name, value in fields.items()) + tail

    def _hash(self, text: str) -> str:
        return hashlib.new(
            _ALGORITHMS[self._challenge.algorithm.upper()], text.encode(), usedforsecurity=False
        ).hexdigest()


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
