"""The peers of a run: Mosquitto, nginx, a bare uvicorn, MediaMTX, each on a free port."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class PeerMissing(Exception):
    """A peer is not installed; the sentence says which package has it."""

    permanent = True


def find_program(program: str, package: str) -> str:
    """Path of a program. Raises PeerMissing."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise PeerMissing(f"needs {program} (Debian package {package})")
    return found


def find_free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int, process: subprocess.Popen[bytes], timeout_seconds: float = 10) -> None:
    end = time.monotonic() + timeout_seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise PeerMissing(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise PeerMissing(f"{process.args!r} does not listen")


@contextlib.contextmanager
def _run_process(command: list[str | Path], port: int = 0) -> Iterator[int]:
    """Gives the process id."""
    # In a session of its own, as the gateway and each service are: Linux shares the processor between sessions.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        if port:
            _wait_for_port(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def mosquitto(folder: Path, secrets: Mapping[str, str] | None = None, subscriber: bool = True) -> Iterator[int]:
    """Mosquitto, with one QoS 1 subscriber to everything; with a password file where secrets are given."""
    broker, listener = find_program("mosquitto", "mosquitto"), find_program("mosquitto_sub", "mosquitto-clients")
    port = find_free_port()
    lines = [f"listener {port} 127.0.0.1", "max_inflight_messages 0", "max_queued_messages 0", "user root"]
    login: list[str | Path] = []
    if secrets is None:
        lines.append("allow_anonymous true")
    else:
        users = folder / "mosquitto-users"
        users.write_text("".join(f"{name}:{secret}\n" for name, secret in secrets.items()))
        users.chmod(0o600)
        subprocess.run([find_program("mosquitto_passwd", "mosquitto"), "-U", users], check=True)
        lines += ["allow_anonymous false", f"password_file {users}"]
        name, secret = next(iter(secrets.items()))
        login = ["-u", name, "-P", secret]
    config = folder / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n")
    with _run_process([broker, "-c", config], port):
        if not subscriber:
            yield port
            return
        with _run_process([listener, "-p", str(port), "-i", "bench-sub", "-q", "1", "-t", "belvedere/#", *login]):
            time.sleep(0.5)
            yield port


@contextlib.contextmanager
def nginx(folder: Path, body: bytes) -> Iterator[str]:
    """nginx with one worker that serves these bytes from a file; gives the URL."""
    program, port = find_program("nginx", "nginx-light"), find_free_port()
    folder.chmod(0o755)
    (folder / "snapshot.json").write_bytes(body)
    config = folder / "nginx.conf"
    config.write_text(
        f"user root; worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}} http {{"
        f" access_log off; default_type application/json;"
        f" server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"
    )
    with _run_process([program, "-c", config], port):
        yield f"http://127.0.0.1:{port}/snapshot.json"


@contextlib.contextmanager
def bare_uvicorn(folder: Path, body: bytes) -> Iterator[int]:
    """uvicorn with the app of bare_app.py: GET / answers these bytes, /ws repeats each message to every socket."""
    port = find_free_port()
    (folder / "body").write_bytes(body)
    with _run_process([sys.executable, "-m", "bench.bare_app", str(port), folder / "body"], port):
        yield port


class MediaMtx(NamedTuple):
    """One that runs. whep_server, hls_server: their addresses."""

    pid: int
    whep_server: str
    hls_server: str

    def whep(self, camera: str) -> str:
        """Where a camera is watched by WebRTC."""
        return f"{self.whep_server}/{camera}/whep"

    def hls(self, camera: str) -> str:
        """Where a camera is watched by HLS."""
        return f"{self.hls_server}/{camera}/index.m3u8"


@contextlib.contextmanager
def mediamtx(cameras: Mapping[str, str], folder: Path) -> Iterator[MediaMtx]:
    """BELVEDERE_MEDIAMTX, or the one on PATH, pulling cameras (name -> URL) as ours does. Raises PeerMissing."""
    program = os.environ.get("BELVEDERE_MEDIAMTX") or shutil.which("mediamtx")
    if not program:
        raise PeerMissing("needs MediaMTX: set BELVEDERE_MEDIAMTX to its program")
    whep, hls, media = find_free_port(), find_free_port(), find_free_port()
    config = folder / "mediamtx.yml"
    paths = "\n".join(f'  {name}: {{source: "{url}", rtspTransport: tcp}}' for name, url in cameras.items())
    config.write_text(f"""
logLevel: error
rtsp: no
rtmp: no
srt: no
moq: no
hlsAddress: 127.0.0.1:{hls}
webrtcAddress: 127.0.0.1:{whep}
webrtcLocalUDPAddress: 127.0.0.1:{media}
webrtcAdditionalHosts: [127.0.0.1]
paths:
{paths}
""")
    with _run_process([program, config], whep) as pid:
        yield MediaMtx(pid, f"http://127.0.0.1:{whep}", f"http://127.0.0.1:{hls}")
