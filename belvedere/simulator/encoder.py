"""Encodes a scene with ffmpeg and gives its frames: H.264 baseline, no B-frames, a key frame a second."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import NamedTuple

import imageio_ffmpeg

from belvedere.simulator.curves import DAY_SECONDS, ZONE_OFFSET_SECONDS
from belvedere.simulator.picture import Scene, build_graph

FRAMES_PER_SECOND = 15
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


def build_command(scene: Scene) -> list[str]:
    """The ffmpeg command that draws and encodes; it ends when its output is closed."""
    start_seconds = (time.time() + ZONE_OFFSET_SECONDS) % DAY_SECONDS
    drawn = build_graph(scene, FRAMES_PER_SECOND, start_seconds) + ";[out]realtime[paced]"
    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-filter_complex_threads", "1"),
        *(
            "-filter_complex",
            drawn,
            "-map",
            "[paced]",
        ),
        *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline", "-bf", "0"),
        *("-g", str(FRAMES_PER_SECOND), "-keyint_min", str(FRAMES_PER_SECOND), "-threads", "1", "-b:v", "600k"),
        *("-flush_packets", "1", "-flvflags", "no_duration_filesize", "-f", "flv", "pipe:1"),
    ]


@contextlib.asynccontextmanager
async def run_encoder(scene: Scene) -> AsyncIterator[AsyncIterator[Parameters | Frame]]:
    """Run ffmpeg within the block; it is killed at the end of it."""
    process = await asyncio.create_subprocess_exec(
        *build_command(scene), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, limit=1 << 20
    )
    assert process.stdout
    try:
        yield read_flv(process.stdout)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
