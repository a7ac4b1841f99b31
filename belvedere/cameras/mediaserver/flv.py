"""Reads H.264 from FLV, as ffmpeg writes it: each picture comes whole, with its time and key mark. Pure."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import NamedTuple

_FLV_VIDEO = 9
_AVC_HEADER, _AVC_FRAME = 0, 1


class Parameters(NamedTuple):
    """The parameter sets that a decoder needs before the first frame."""

    sps: bytes
    pps: bytes


class Frame(NamedTuple):
    """One picture. nals: its NAL units without start codes."""

    time_ms: int
    key: bool
    nals: list[bytes]


def parse_avcc(record: bytes) -> Parameters:
    """First SPS and PPS of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1)."""
    sps_size = int.from_bytes(record[6:8])
    at = 8 + sps_size + 1  # skip the number of PPS
    pps_size = int.from_bytes(record[at : at + 2])
    return Parameters(record[8 : 8 + sps_size], record[at + 2 : at + 2 + pps_size])


def split_nals(data: bytes) -> list[bytes]:
    """NAL units that each follow their length in four bytes."""
    nals, at = [], 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        nals.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return nals


async def read_flv(stream: asyncio.StreamReader) -> AsyncIterator[Parameters | Frame]:
    """Parameters, then frames, until the stream ends. In FLV each frame comes whole, with its time and key mark."""
    with contextlib.suppress(asyncio.IncompleteReadError):
        await stream.readexactly(13)  # file header and the first back pointer
        while True:
            head = await stream.readexactly(11)
            body = await stream.readexactly(int.from_bytes(head[1:4]))
            await stream.readexactly(4)  # back pointer
            if head[0] & 0x1F != _FLV_VIDEO or len(body) < 5:
                continue
            if body[1] == _AVC_HEADER:
                yield parse_avcc(body[5:])
            elif body[1] == _AVC_FRAME:
                time_ms = int.from_bytes(head[4:7]) | head[7] << 24
                yield Frame(time_ms, body[0] >> 4 == 1, split_nals(body[5:]))
