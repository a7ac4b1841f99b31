"""Present values that are not a series' newest reading at its own time, as a part of a row of the log. Pure."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_ROW = struct.Struct("<IqdQ")  # series, effective time, value, ts


def pack_moved(moved: Mapping[int, tuple[int, float, int]]) -> bytes:
    """Encode series -> (effective time, value, ts), as `Batch.moved` has it."""
    return b"".join(_ROW.pack(series, *present) for series, present in moved.items())


def unpack_moved(data: bytes) -> dict[int, tuple[int, float, int]]:
    """Decode what `pack_moved` made. Raises struct.error."""
    return {series: (at_ms, value, ts) for series, at_ms, value, ts in _ROW.iter_unpack(data)}
