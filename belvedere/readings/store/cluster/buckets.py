"""Buckets of one tier as bytes: columns, compressed. Pure."""

from __future__ import annotations

import struct
import zlib
from array import array

from belvedere.readings.store.chunk import ChunkError
from belvedere.readings.tiers import Bucket

VERSION = 1
_HEAD = struct.Struct("<BIqI")  # version, n, first start, width
_LEVEL = 1  # the doubles of sums hardly compress: the higher levels cost ten times as much for 3 %


def encode(buckets: list[Bucket], width_ms: int) -> bytes:
    """Bytes of buckets in time order; at least one."""
    first = buckets[0].start
    starts, ns, *doubles = zip(*buckets, strict=True)
    steps = array("I", [(start - first) // width_ms for start in starts])
    columns = [steps, array("Q", ns), *(array("d", column) for column in doubles)]
    body = b"".join(column.tobytes() for column in columns)
    return _HEAD.pack(VERSION, len(buckets), first, width_ms) + zlib.compress(body, _LEVEL)


def decode(data: bytes) -> list[Bucket]:
    """The buckets, in time order. Raises ChunkError."""
    try:
        version, n, first, width_ms = _HEAD.unpack_from(data)
        if version != VERSION:
            raise ChunkError(f"buckets of version {version} are not known; use a newer Belvedere")
        body = zlib.decompress(data[_HEAD.size :])
        if len(body) != n * 44:
            raise ChunkError(f"{n} buckets have {len(body)} bytes")
        columns: list[array[float] | array[int]] = []
        at = 0
        for code in "IQdddd":
            column: array[float] | array[int] = array(code)
            column.frombytes(body[at : at + n * column.itemsize])
            at += n * column.itemsize
            columns.append(column)
    except (struct.error, zlib.error, ValueError) as error:
        raise ChunkError(f"buckets cannot be read: {error}") from error
    steps, *rest = columns
    starts = [first + int(step) * width_ms for step in steps]
    return list(map(Bucket._make, zip(starts, *rest, strict=True)))
