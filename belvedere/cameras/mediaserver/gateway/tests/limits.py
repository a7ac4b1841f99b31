"""How a limit is seen to be kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault


def breaks(limit: str, work: Callable[[], object]) -> None:
    """It is refused, and the sentence names the cause."""
    with pytest.raises(CameraError) as caught:
        work()
    assert caught.value.fault is Fault.OVER_LIMIT
    assert limit in str(caught.value)
