"""What a disk holds after a power cut, reckoned from the system calls that strace saw.

The model is harsher than most disks: what a finished fdatasync covers is there; of every later write any part may be
there, in any order, down to half a write. That a file was made or removed is taken as kept (file systems journal it).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SECTOR_BYTES = 512  # what a disk writes whole or not at all
TRACE = ("-f", "--seccomp-bpf", "-y", "-xx", "-s", "1000000", "-e")
CALLS = "trace=pwrite64,ftruncate,unlink,fdatasync,fsync,write,writev,sendto,sendmsg"
_BEGUN = re.compile(r"(\d+) +(\w+)\((.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})+)"')
_PATH = re.compile(r'(?:\d+<|")((?:\\x[0-9a-f]{2})+)')


class Write(NamedTuple):
    """data: None cuts the file at the offset."""

    offset: int
    data: bytes | None


class Step(NamedTuple):
    """One thing that happened. kind: write, removed, sync_begun, synced or sent."""

    kind: str
    thread: str
    file: str
    write: Write | None = None
    sent: bytes = b""


@dataclass
class File:
    """durable: how many of the writes a power cut leaves alone."""

    writes: list[Write] = field(default_factory=list)
    durable: int = 0
    syncing: dict[str, int] = field(default_factory=dict)

    def after_a_cut(self, chance: random.Random) -> bytes:
        """What the durable writes made, with any part of the later ones."""
        content = bytearray()
        for n, write in enumerate(self.writes):
            kept = write if n < self.durable else _part_of(write, chance)
            if kept is None:
                continue
            if kept.data is None:
                del content[kept.offset :]
                continue
            content.extend(bytes(max(0, kept.offset - len(content))))
            content[kept.offset : kept.offset + len(kept.data)] = kept.data
        return bytes(content)


def _part_of(write: Write, chance: random.Random) -> Write | None:
    fate = chance.randrange(3)
    if fate == 2 and write.data is not None:
        return Write(write.offset, write.data[: chance.randrange(len(write.data) + 1) // SECTOR_BYTES * SECTOR_BYTES])
    return write if fate == 0 else None


@dataclass
class Disk:
    """The files whose name begins with `name`, written as the steps come."""

    name: str
    files: dict[str, File] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        """Let one step happen."""
        if not step.file.startswith(self.name):
            return
        if step.kind == "removed":
            self.files.pop(step.file, None)
            return
        file = self.files.setdefault(step.file, File())
        if step.write is not None:
            file.writes.append(step.write)
        elif step.kind == "sync_begun":
            file.syncing[step.thread] = len(file.writes)
        elif step.kind == "synced":
            file.durable = max(file.durable, file.syncing.pop(step.thread))

    def image(self, folder: Path, chance: random.Random) -> None:
        """Write what a power cut now would leave."""
        for name, file in self.files.items():
            (folder / name).write_bytes(file.after_a_cut(chance))


def steps(trace: Path) -> Iterator[Step]:
    """Of a trace made with TRACE and CALLS, in order. A call that another thread interrupts stands in two lines."""
    begun: dict[str, tuple[str, str]] = {}
    with trace.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            if match := _BEGUN.match(line):
                thread, name, rest = match[1], match[2], match[3]
                yield from _begin(thread, name, rest)
                if rest.endswith("<unfinished ...>"):
                    begun[thread] = (name, rest)
                else:
                    yield from _end(thread, name, rest, rest)
            elif (match := _RESUMED.match(line)) and match[1] in begun:
                name, rest = begun.pop(match[1])
                yield from _end(match[1], name, rest, match[3])


def _begin(thread: str, name: str, rest: str) -> Iterator[Step]:
    if name in ("fdatasync", "fsync"):
        yield Step("sync_begun", thread, _file(rest))
    elif name not in ("pwrite64", "ftruncate", "unlink"):
        yield Step("sent", thread, "", sent=b"".join(_bytes(text) for text in _TEXT.findall(rest)))


def _end(thread: str, name: str, rest: str, result: str) -> Iterator[Step]:
    _, _, returned = result.rpartition(" = ")
    if name in ("fdatasync", "fsync") and returned.strip() == "0":
        yield Step("synced", thread, _file(rest))
    elif name == "unlink" and returned.strip() == "0":
        yield Step("removed", thread, _file(rest))
    elif name == "ftruncate" and returned.strip() == "0":
        yield Step("write", thread, _file(rest), Write(int(re.split(r"[,)]", rest)[1]), None))
    elif name == "pwrite64" and returned[0].isdigit():
        text = _TEXT.search(rest)
        assert text, rest[:200]
        offset = int(rest[text.end() :].split(",")[2].split(")")[0].split("<")[0])
        yield Step("write", thread, _file(rest), Write(offset, _bytes(text[1])[: int(returned)]))


def _file(rest: str) -> str:
    path = _PATH.match(rest)
    return _bytes(path[1]).decode(errors="replace").rpartition("/")[2] if path else ""


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
