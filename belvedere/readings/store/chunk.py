"""A chunk: up to a thousand readings of one series as a few bytes each. Pure.

Layout: version, decimals (255 = raw doubles), type of the time steps, type of the value steps,
then little-endian n (u32), first time (i64), and a zlib stream of the steps. Sensors report at
even intervals and with few decimals, so steps of both are small numbers that repeat.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise
from typing import NamedTuple, cast

VERSION = 1
RAW = 255
MAX_DECIMALS = 4
EXACT = 1 << 51  # whole numbers below this and their differences are exact in a double
_HEAD = struct.Struct("<BBBBIq")
_UNSIGNED = (("B", 1 << 8), ("H", 1 << 16), ("I", 1 << 32), ("Q", 1 << 64))
_SIGNED = (("b", 1 << 7), ("h", 1 << 15), ("i", 1 << 31), ("q", 1 << 63))


class Columns(NamedTuple):
    """Readings of one series in time order: ts in ms (int64) and values (double), of equal length."""

    ts: array[int]
    values: array[float]

    def between(self, from_ms: int, to_ms: int) -> Columns:
        """Copy the readings with from_ms <= ts <= to_ms."""
        low, high = bisect_left(self.ts, from_ms), bisect_right(self.ts, to_ms)
        return Columns(self.ts[low:high], self.values[low:high])

    def has_any(self, from_ms: int, to_ms: int) -> bool:
        """Whether there is a reading with from_ms <= ts <= to_ms."""
        at = bisect_left(self.ts, from_ms)
        return at < len(self.ts) and self.ts[at] <= to_ms


NO_COLUMNS = Columns(array("q"), array("d"))


class ChunkError(Exception):
    """These bytes are no chunk this version can read."""

    permanent = True


def _find_integers(values: array[float]) -> tuple[int, list[int]] | None:
    """(decimals, integers) with integer / 10**decimals == value for all of them, or None."""
    for decimals in range(MAX_DECIMALS + 1):
        scale = 10**decimals
        scaled = [round(value * scale) for value in values]
        if all(whole / scale == value and -EXACT < whole < EXACT for whole, value in zip(scaled, values, strict=True)):
            return decimals, scaled
    return None


def encode(ts: array[int], values: array[float]) -> bytes:
    """Bytes of strictly increasing ts and their values; n >= 1."""
    steps = [b - a for a, b in pairwise(ts)]
    top = max(steps, default=0)
    ts_type = next(code for code, limit in _UNSIGNED if top < limit)
    integers = _find_integers(values)
    if integers:
        decimals, scaled = integers
        deltas = [scaled[0], *(b - a for a, b in pairwise(scaled))]
        reach = max(max(deltas), -min(deltas) - 1)
        value_type = next(code for code, limit in _SIGNED if reach < limit)
        body = array(value_type, deltas).tobytes()
    else:
        decimals, value_type = RAW, "d"
        body = values.tobytes()
    head = _HEAD.pack(VERSION, decimals, ord(ts_type), ord(value_type), len(ts), ts[0])
    return head + zlib.compress(array(ts_type, steps).tobytes() + body, 6)


def decode(data: bytes) -> Columns:
    """The readings of a chunk. Raises ChunkError."""
    try:
        version, decimals, ts_type, value_type, n, first = _HEAD.unpack_from(data)
        if version != VERSION:
            raise ChunkError(f"chunk version {version} is not known; use a newer Belvedere")
        body = zlib.decompress(data[_HEAD.size :])
        steps = array(chr(ts_type))
        cut = steps.itemsize * (n - 1)
        steps.frombytes(body[:cut])
        raw = array(chr(value_type))
        raw.frombytes(body[cut:])
        ts = array("q", accumulate(steps, initial=first))
    except (struct.error, zlib.error, ValueError, TypeError, OverflowError) as error:
        raise ChunkError(f"a chunk cannot be read: {error}") from error
    if len(ts) != n or len(raw) != n:
        raise ChunkError(f"a chunk of {n} readings holds {len(ts)} times and {len(raw)} values")
    if decimals == RAW:
        return Columns(ts, cast("array[float]", raw))
    scale = 10**decimals
    return Columns(ts, array("d", [whole / scale for whole in accumulate(raw)]))


def decode_steps(data: bytes) -> tuple[int, array[int]]:
    """The first time of a chunk, and the steps to those that follow. Raises ChunkError."""
    try:
        version, _, ts_type, _, n, first = _HEAD.unpack_from(data)
        if version != VERSION:
            raise ChunkError(f"chunk version {version} is not known; use a newer Belvedere")
        steps = array(chr(ts_type))
        size = steps.itemsize * (n - 1)
        if size:
            steps.frombytes(zlib.decompressobj().decompress(data[_HEAD.size :], size))
    except (struct.error, zlib.error, ValueError, TypeError) as error:
        raise ChunkError(f"a chunk cannot be read: {error}") from error
    if len(steps) != n - 1:
        raise ChunkError(f"a chunk of {n} readings holds {len(steps) + 1} times")
    return first, steps


def drop_values(columns: Columns) -> Columns:
    """Return the same times with zeros as values, which take no space."""
    return Columns(columns.ts, array("d", bytes(8 * len(columns.ts))))
