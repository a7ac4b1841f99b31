"""A machine whose clock is set by hand under the programs that run on it."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

NUMBER = struct.Struct("d")

# What Python imports first of all: the wall clock is off by the first number of the file, and both clocks run ahead
# together by the second. The file is mapped, since a server asks for the time ten thousand times a second.
SHIFTED = """
import mmap, os, time

with open(os.environ["SHIFTED_CLOCK"], "rb") as _file:
    _shift = memoryview(mmap.mmap(_file.fileno(), 0, access=mmap.ACCESS_READ)).cast("d")
_wall, _wall_ns, _monotonic, _monotonic_ns = time.time, time.time_ns, time.monotonic, time.monotonic_ns

time.time = lambda: _wall() + _shift[0] + _shift[1]
time.time_ns = lambda: _wall_ns() + int((_shift[0] + _shift[1]) * 1e9)
time.monotonic = lambda: _monotonic() + _shift[1]
time.monotonic_ns = lambda: _monotonic_ns() + int(_shift[1] * 1e9)
"""


class Machine:
    """The machine that the server runs on: its clock can be set, and time let pass."""

    def __init__(self, folder: Path) -> None:
        path = folder / "shift"
        self.off = self.passed = 0.0
        (folder / "sitecustomize.py").write_text(SHIFTED)
        path.write_bytes(bytes(2 * NUMBER.size))
        with path.open("r+b") as file:
            self._shift = mmap.mmap(file.fileno(), 0)
        self.environment = {"PYTHONPATH": str(folder), "SHIFTED_CLOCK": str(path)}

    def _write(self) -> None:
        NUMBER.pack_into(self._shift, 0, self.off)
        NUMBER.pack_into(self._shift, NUMBER.size, self.passed)

    def set_clock(self, seconds: float) -> None:
        """Move the wall clock alone."""
        self.off += seconds
        self._write()

    def let_pass(self, seconds: float) -> None:
        """Time goes by, on all clocks."""
        self.passed += seconds
        self._write()
