"""When each token was last used: noted in memory, since a write a request would cost more than the request."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from belvedere.accounts.models import Token

SAVE_EVERY_SECONDS = 60.0

_noted: dict[int, float] = {}
_lock = threading.Lock()


def note_use(token_id: int) -> None:
    """This token has just opened something. From any thread."""
    with _lock:
        _noted[token_id] = time.time()


def save_uses() -> None:
    """Write what was noted since the last time; the scheduled job."""
    with _lock:
        noted = dict(_noted)
        _noted.clear()
    tokens = Token.objects.filter(pk__in=noted).only("id")
    for token in tokens:
        token.last_used_at = datetime.fromtimestamp(noted[token.pk], UTC)
    Token.objects.bulk_update(tokens, ["last_used_at"], batch_size=200)
