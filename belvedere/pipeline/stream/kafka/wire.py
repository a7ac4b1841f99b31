"""A record as Kafka holds it: the body as it was received, and what it takes to decode it again with the same result.

A worker decodes a record once more after each crash before its commit, and so may another worker.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntFlag
from itertools import count
from zlib import crc32

import msgspec
from msgspec import Struct

from belvedere.domain.reading import Reading, Reason, Rejection
from belvedere.pipeline.ingest.decode import MAX_HTTP_BODY_BYTES, decode
from belvedere.pipeline.stream.port import DeviceHandle, Record

VERSION = 1
# Refusals that do not follow from the body and its times: the first of them from the protocol it came by.
_OF_TRANSPORT = (Reason.TOO_LARGE, Reason.BAD_ENCODING)
_OF_TIME = (Reason.FUTURE, Reason.TOO_OLD)


class UnreadableError(Exception):
    """A record that no version of this program has written, or a newer one."""

    permanent = True


class _Flag(IntFlag):
    """TIME_JUDGED: a reading was refused for its time, so the server's clock was believed."""

    FROM_QUARANTINE = 1
    TIME_JUDGED = 2


class Reply(Struct, frozen=True, array_like=True):
    """Who waits for the outcome of a record. process: its address. number: its own one for the record."""

    process: str
    number: int


class _Wire(Struct, array_like=True, gc=False):
    """refused: (reason, detail) where the transport refused the body as a whole."""

    version: int
    device: str
    data_key: str
    received_ms: int
    stamped_ms: int
    flags: int
    body: bytes
    refused: tuple[str, str] | None = None
    reply: Reply | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Wire).decode


def partition_of(data_key: str, partitions: int) -> int:
    """The partition of a device; its own arithmetic, for Kafka's clients do not agree on one."""
    return crc32(data_key.encode()) % partitions


def encode_record(record: Record, reply: Reply | None = None) -> bytes:
    """The record without what is decoded from its body."""
    flags, refused = _Flag(0), None
    if record.from_quarantine:
        flags |= _Flag.FROM_QUARANTINE
    if record.rejected:
        first = record.rejected[0]
        if first.reason in _OF_TRANSPORT:
            refused = (first.reason.value, first.detail)
        elif any(rejection.reason in _OF_TIME for rejection in record.rejected):
            flags |= _Flag.TIME_JUDGED
    device = record.device
    wire = _Wire(
        VERSION,
        device.id,
        device.data_key,
        record.received_ms,
        record.stamped_ms,
        int(flags),
        record.body,
        refused,
        reply,
    )
    return _encode(wire)


def decode_record(value: bytes, find: Callable[[str, str], DeviceHandle | None]) -> tuple[Record | None, Reply | None]:
    """The record and who waits for its outcome; no record where its device is deleted. Raises UnreadableError.

    find: (id, data key) -> the device.
    """
    wire = _read(value)
    device = find(wire.device, wire.data_key)
    if device is None:
        return None, wire.reply
    readings: list[Reading] = []
    rejected: list[Rejection] = []
    if wire.refused is not None:
        reason, detail = wire.refused
        rejected = [Rejection(0, Reason(reason), detail)]
    else:
        judged = bool(wire.flags & _Flag.TIME_JUDGED)
        stamp = count(wire.stamped_ms).__next__
        readings, rejected, _ = decode(wire.body, wire.received_ms, stamp, MAX_HTTP_BODY_BYTES, lambda: judged)
    again = bool(wire.flags & _Flag.FROM_QUARANTINE)
    return Record(device, readings, rejected, wire.received_ms, wire.body, wire.stamped_ms, again), wire.reply


def refuse_record(
    value: bytes, find: Callable[[str, str], DeviceHandle | None], refusal: Rejection
) -> tuple[Record | None, Reply | None]:
    """The same, refused as a whole; its body is not decoded, for that may end the process. Raises UnreadableError.

    It goes to quarantine also where it came from there: whoever sent it again may have been told that it is safe.
    """
    wire = _read(value)
    device = find(wire.device, wire.data_key)
    if device is None:
        return None, wire.reply
    return Record(device, [], [refusal], wire.received_ms, wire.body, wire.stamped_ms), wire.reply


def _read(value: bytes) -> _Wire:
    try:
        wire = _decode(value)
    except (msgspec.MsgspecError, ValueError) as error:
        raise UnreadableError(f"not a record of version {VERSION}: {error}") from error
    if wire.version != VERSION:
        raise UnreadableError(f"a record of version {wire.version}; this program reads {VERSION}")
    return wire
