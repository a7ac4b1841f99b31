"""deploy/compose.yaml as this machine can run it, without Docker."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose.yaml"
_PLACE = re.compile(r"/dev/tcp/\S+?/\d+")


def load_services() -> dict[str, Any]:
    """Each service by its name."""
    services: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return services


def is_healthy(service: dict[str, Any], port: int) -> bool:
    """Run its health check against this port of loopback."""
    kind, *command = service["healthcheck"]["test"]
    assert kind == "CMD"
    command = [_PLACE.sub(f"/dev/tcp/127.0.0.1/{port}", word).replace("$$", "$") for word in command]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
