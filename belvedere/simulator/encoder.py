"""Encodes a scene with ffmpeg and gives its frames: H.264 baseline, no B-frames, a key frame a second."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import imageio_ffmpeg

from belvedere.cameras.mediaserver.flv import Frame, Parameters, read_flv
from belvedere.simulator.curves import DAY_SECONDS, ZONE_OFFSET_SECONDS
from belvedere.simulator.picture import Scene, build_graph

FRAMES_PER_SECOND = 15


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
