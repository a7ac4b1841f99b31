"""When each token was last used: kept in memory and saved together, since a write costs more than a request."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from belvedere.accounts.models import Token

SAVE_EVERY_SECONDS = 60.0

_used_at: dict[int, float] = {}
_lock = threading.Lock()


def record_use(token_id: int) -> None:
    """The token was used just now. Thread-safe."""
    with _lock:
        _used_at[token_id] = time.time()


def save_uses() -> None:
    """Save the uses since the last call; a scheduled job."""
    with _lock:
        used_at = dict(_used_at)
        _used_at.clear()
    tokens = Token.objects.filter(pk__in=used_at).only("id")
    for token in tokens:
        token.last_used_at = datetime.fromtimestamp(used_at[token.pk], UTC)
    Token.objects.bulk_update(tokens, ["last_used_at"], batch_size=200)
