"""Our own MediaMTX: found, configured, started, and ended with us."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path

import structlog

from belvedere.cameras.mediaserver.children import end_group
from belvedere.cameras.mediaserver.mediamtx import child
from belvedere.cameras.mediaserver.mediamtx.configuration import LOOPBACK
from belvedere.cameras.mediaserver.mediamtx.version import Unfit, Version, check_version

log = structlog.get_logger(__name__)

STOP_SECONDS = 1.5  # the whole server has 5 s
VERSION_SECONDS = 10.0
# MediaMTX takes settings from MTX_* and RTSP_*; and it has no business with ours.
_PASSED_ON = ("PATH", "HOME", "TZ", "LANG", "TMPDIR")


class ProgramUnusable(Exception):
    """There is no MediaMTX that can be used; the sentence says what to do."""

    permanent = True


def find_program(wanted: Path | None) -> tuple[Path, Version]:
    """Return the program, by default the one on PATH, and its version. Raises ProgramUnusable."""
    found = shutil.which(wanted or "mediamtx")
    if found is None:
        raise ProgramUnusable(
            f"{wanted} is no program that can be run" if wanted else "there is no mediamtx on PATH: name its program"
        )
    try:
        asked = subprocess.run(  # noqa: S603  (the administrator's program, no shell)
            [found, "--version"],
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
            check=False,
            env=_choose_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProgramUnusable(f"{found} cannot be run ({error})") from error
    try:
        return Path(found).absolute(), check_version(asked.stdout)
    except Unfit as error:
        raise ProgramUnusable(str(error)) from error


def find_free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port of loopback that is free at this moment."""
    with socket.socket(type=kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class MediaMtxProcess:
    """One process at a time. After it has died, `start` starts another."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._said: deque[str] = deque(maxlen=3)

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process is not None else None

    @property
    def last_lines(self) -> str:
        """The last lines that it wrote, which say why it ended."""
        return " | ".join(self._said)

    async def start(self, configuration: str) -> None:
        """Start it; it does not listen yet."""
        await self.stop()
        self._said.clear()
        self._folder = tempfile.TemporaryDirectory(prefix="belvedere-mediamtx-")  # made with mode 0700
        file = _write(Path(self._folder.name), configuration)
        starter = [sys.executable, "-I", child.__file__, str(os.getpid()), str(self._program), str(file)]
        self._process = await asyncio.create_subprocess_exec(
            *starter,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._folder.name,
            env=_choose_environment(),
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read(self._process), name="mediamtx log")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Log its warnings. An unread pipe would stop it."""
        assert process.stdout is not None
        while chunk := await process.stdout.read(4096):
            for line in filter(None, chunk.decode("utf-8", "replace").splitlines()):
                self._said.append(line[:300])
                log.warning("mediamtx", line=line[:300])

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL; nothing is left."""
        if self._process is not None:
            await end_group(self._process, STOP_SECONDS)
            self._process = None  # only now: what a cancelled stop left over is for the next one
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _choose_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _write(folder: Path, configuration: str) -> Path:
    """Write the file for this user only; it is there as a whole or not at all."""
    half, whole = folder / "mediamtx.yml.new", folder / "mediamtx.yml"
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(configuration)
    half.replace(whole)
    return whole
