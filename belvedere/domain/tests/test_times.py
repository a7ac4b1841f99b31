"""How a moment is written."""

from __future__ import annotations

import pytest

from belvedere.domain.times import rfc3339


@pytest.mark.parametrize(
    ("at_ms", "written"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_763_908_328_007, "2025-11-23T14:32:08.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_a_moment_is_written_to_the_millisecond(at_ms: int, written: str) -> None:
    assert rfc3339(at_ms) == written
