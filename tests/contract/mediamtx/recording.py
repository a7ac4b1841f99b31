"""What was asked of a real MediaMTX and answered, as a sequence of states; each begins with a POST that changed it."""

from __future__ import annotations

import json
import os
import stat
import sys
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TOP = HERE.parents[2]
RECORDED = HERE / "recorded"
VERSION = "v1.20.1"  # of what was recorded, but for one
KEPT_HEADERS = ("Content-Type", "ID", "Location", "Cache-Control")
SERVERS = {"api": "apiAddress", "whep": "webrtcAddress", "hls": "hlsAddress"}


@dataclass
class Exchange:
    """server: a key of SERVERS; asked: method and address."""

    server: str
    asked: str
    status: int
    headers: dict[str, str]
    body: str  # base64

    @property
    def data(self) -> bytes:
        return b64decode(self.body)

    def answers(self, other: Exchange) -> bool:
        """Whether both answer the same question."""
        return (self.server, self.asked) == (other.server, other.asked)


def make_exchange(server: str, asked: str, status: int, headers: Any, body: bytes) -> Exchange:
    """Only those headers that somebody looks at."""
    kept = {name: headers[name] for name in KEPT_HEADERS if name in headers}
    return Exchange(server, asked, status, kept, b64encode(body).decode())


@dataclass
class Recording:
    """questions: what the auth callback was asked, by action and protocol, without secrets. states: see above."""

    questions: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: list[list[Exchange]] = field(default_factory=lambda: [[]])

    def add(self, exchange: Exchange) -> None:
        """A POST begins a state; of the same question in one state the last answer of each status is kept."""
        if exchange.asked.startswith("POST"):
            self.states.append([exchange])
            return
        state = self.states[-1]
        for known in [known for known in state if known.answers(exchange) and known.status == exchange.status]:
            state.remove(known)
        state.append(exchange)

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def with_addresses(asked: str, body: bytes, config: dict[str, Any]) -> bytes:
    """What it says of its configuration, with the addresses that this run listens at."""
    if not asked.endswith("/v3/config/global/get"):
        return body
    own = {key: config[key] for key in (*SERVERS.values(), "rtspAddress")}
    return json.dumps({**json.loads(body), **own}).encode()


def read_recording(file: Path) -> Recording:
    read = json.loads(file.read_text(encoding="utf-8"))
    states = [[Exchange(**exchange) for exchange in state] for state in read["states"]]
    return Recording(read["questions"], states)


def write_program(folder: Path, version: str, module: str, *arguments: str) -> Path:
    """A program that stands where MediaMTX's would: this module of ours, with these arguments before MediaMTX's own."""
    program = folder / "mediamtx"
    words = " ".join(f"'{word}'" for word in (sys.executable, "-m", f"tests.contract.mediamtx.{module}", *arguments))
    lines = ["#!/bin/sh", f'[ "$1" = --version ] && echo {version} && exit', f"cd '{TOP}' && exec {words} \"$@\""]
    program.write_text("\n".join(lines) + "\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def write_recorded_program(test: str, folder: Path, version: str = VERSION) -> Path:
    """A program that answers what a real one answered in this test; or that one, with somebody who writes down."""
    file = str(RECORDED / f"{test.removeprefix('test_')}.json")
    if "BELVEDERE_RECORD" in os.environ:
        return write_program(folder, version, "record", os.environ["BELVEDERE_MEDIAMTX"], file)
    return write_program(folder, version, "replay", file)
