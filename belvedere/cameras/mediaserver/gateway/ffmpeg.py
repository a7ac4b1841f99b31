"""The ffmpeg that makes a camera's picture smaller: where it is, and what it is told. Pure but for `find_ffmpeg`."""

from __future__ import annotations

import importlib
import shutil

HEIGHTS = (720, 360)  # the largest of these that is at most half the camera's, else the smallest
KEY_FRAME_SECONDS = 1
_BITS = {720: 2_000_000, 360: 700_000}


def find_ffmpeg() -> str:
    """Return the program: that of the package imageio-ffmpeg where it is installed, else the one on PATH; "" for none.

    Blocks a moment.
    """
    try:
        program: str = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    except (ImportError, RuntimeError):
        return shutil.which("ffmpeg") or ""
    return program


def choose_height(height: int) -> int:
    """Return how high the smaller picture of a picture of this height is."""
    chosen = next((each for each in HEIGHTS if 2 * each <= height), HEIGHTS[-1])
    return min(chosen, height - height % 2)


def build_command(program: str, height: int) -> list[str]:
    """Return the command. It takes fragmented MP4, gives FLV, and ends with its input. height: of the camera's picture.

    One thread each for decoder, scaler and encoder, of which one waits for the other: it takes a core at most.
    """
    lines = choose_height(height)
    bits = str(_BITS[next((each for each in HEIGHTS if each <= lines), HEIGHTS[-1])])
    scale = f"scale=trunc(iw*sar*{lines}/ih/2)*2:{lines},setsar=1,format=yuv420p"
    return [
        *(program, "-v", "fatal", "-nostdin", "-probesize", "32", "-analyzeduration", "0"),
        *("-threads", "1", "-f", "mp4", "-i", "pipe:0", "-an", "-filter_threads", "1", "-vf", scale),
        *("-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency"),
        *("-profile:v", "baseline", "-threads", "1", "-b:v", bits, "-maxrate", bits, "-bufsize", bits),
        *("-force_key_frames", f"expr:gte(t,n_forced*{KEY_FRAME_SECONDS})", "-sc_threshold", "0"),
        *("-flush_packets", "1", "-flvflags", "no_duration_filesize", "-f", "flv", "pipe:1"),
    ]
