"""Stream tokens: each opens one session of one stream, soon after it was issued. Pure.

MediaMTX asks about each session with the token that it was opened with, and names the session. The first one to bring
a token has it; from then on the token opens nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

OPEN_SECONDS = 60.0


@dataclass
class _Pass:
    path: str
    protocol: str
    until: float


class Passes:
    """The tokens that have not been used yet."""

    def __init__(self) -> None:
        self._passes: dict[str, _Pass] = {}

    def issue(self, path: str, protocol: str, now: float) -> str:
        """Return a token. protocol: webrtc or hls; now: seconds, monotonic."""
        self._passes = {token: held for token, held in self._passes.items() if held.until > now}
        token = secrets.token_urlsafe(32)
        self._passes[token] = _Pass(path, protocol, now + OPEN_SECONDS)
        return token

    def redeem(self, token: str, path: str, protocol: str, session: str, now: float) -> bool:
        """Return whether this session may be opened; the token is used up by that."""
        held = self._passes.get(token)
        if held is None or not session or held.until <= now or (held.path, held.protocol) != (path, protocol):
            return False
        del self._passes[token]
        return True
