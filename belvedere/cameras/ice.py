"""The STUN and TURN servers that a browser is told of, with credentials that expire. Pure.

The credentials are those of coturn's `use-auth-secret` (draft-uberti-behave-turn-rest): the user name holds when they
end, and the password proves that we, who share the secret with the TURN server, have made it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

# A TURN server asks for them again every few minutes, as long as a picture is watched.
TURN_SECONDS = 12 * 3600


def make_ice_servers(urls: Sequence[str], secret: str, account: int, now: float) -> list[dict[str, Any]]:
    """Return `iceServers` of an RTCPeerConnection. account: whose they are; now: Unix seconds."""
    stun = [url for url in urls if url.startswith("stun")]
    turn = [url for url in urls if url.startswith("turn")]
    servers: list[dict[str, Any]] = [{"urls": stun}] if stun else []
    if turn:
        username = f"{int(now) + TURN_SECONDS}:{account}"
        digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
        servers.append({"urls": turn, "username": username, "credential": base64.b64encode(digest).decode()})
    return servers
