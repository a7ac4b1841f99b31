"""Ends a media server's process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal


async def end_group(process: asyncio.subprocess.Process, seconds: float) -> None:
    """SIGTERM, and SIGKILL so many seconds later, for the group that this process leads."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await process.wait()
                break
    if process.stdin is not None:  # else the transport complains when the loop is gone
        process.stdin.close()
