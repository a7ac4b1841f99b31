"""`belvedere demo`: the server on a temporary folder, with devices and cameras that play a cold store."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from belvedere.config.settings.env import ConfigurationError, Env

DEMO_NETWORK = "127.0.0.1/32"  # the demo's own cameras listen there


def demo(args: argparse.Namespace, settled: Callable[[argparse.Namespace], Env]) -> int:
    """Run until Ctrl+C, then leave nothing behind."""
    if importlib.util.find_spec("imageio_ffmpeg") is None:
        raise ConfigurationError("The demo's cameras need ffmpeg: install the extra `demo` (imageio-ffmpeg).")
    folder = Path(tempfile.mkdtemp(prefix="belvedere-demo-"))
    ready = folder / "ready.json"
    asked = args.ready_file or os.environ.get("BELVEDERE_READY_FILE")
    asked_ready_file = Path(asked).expanduser() if asked else None
    args.ready_file, args.data_dir = str(ready), str(folder / "data")
    os.environ.setdefault("BELVEDERE_MQTT_PORT", "0")
    os.environ.setdefault("BELVEDERE_CAMERA_ALLOW", DEMO_NETWORK)
    try:
        env = settled(args)
        from belvedere.config.serve import prepare_ready_file, serve

        prepare_ready_file(asked_ready_file)
        player = threading.Thread(target=_play, args=(env, ready, asked_ready_file), daemon=True)
        player.start()
        return serve(env, show_code=False)  # the demo sets itself up
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _play(env: Env, ready: Path, asked_ready_file: Path | None) -> None:
    """Start the players once the server is ready, and pass on how to sign in."""
    while not ready.exists():
        time.sleep(0.05)
    facts = json.loads(ready.read_text(encoding="utf-8"))
    command = [sys.executable, "-m", "belvedere.simulator.demo"]
    command += ["--url", facts["url"], "--mqtt-port", facts["mqtt"].rpartition(":")[2]]
    command += ["--setup-token-file", str(env.data_dir / "setup-token")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as player:  # noqa: S603  (our own module)
        assert player.stdout is not None
        for line in player.stdout:
            _tell(line, facts, asked_ready_file)


def _tell(line: str, facts: dict[str, object], asked_ready_file: Path | None) -> None:
    told = json.loads(line)
    if "password" in told:
        print(f"\n  {told['url']}\n  user: {told['username']}\n  password: {told['password']}\n", flush=True)
        if asked_ready_file:
            from belvedere.config.serve import write_ready

            write_ready(asked_ready_file, {**facts, **told})
