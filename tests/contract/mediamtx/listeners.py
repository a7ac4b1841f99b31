"""Where a process listens, by what Linux says of its sockets."""

from __future__ import annotations

import contextlib
import ipaddress
from pathlib import Path

LISTENING, UNCONNECTED = "0A", "07"  # of TCP, of UDP


def find_listeners(pid: int) -> set[str]:
    """`address:port` of each TCP and UDP socket that others can send to."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_rest = fields = line.split()
            if fields[9] in inodes and state == (LISTENING if table.startswith("tcp") else UNCONNECTED):
                found.add(_write(local))
    return found


def _write(local: str) -> str:
    address, port = local.split(":")
    words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
    return f"{ipaddress.ip_address(b''.join(words))}:{int(port, 16)}"
