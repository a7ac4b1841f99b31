"""The stacks of a run of tests: each is started when needed, used by one installation at a time, and then emptied.

They end with the run.
"""

from __future__ import annotations

import atexit
import contextlib
import tempfile
from pathlib import Path

from tests.cluster.stack import Stack, run_stack

_free: list[Stack] = []
_ending = contextlib.ExitStack()
atexit.register(_ending.close)


def take_stack() -> Stack:
    """One that holds nothing. Starts it where none is free, which takes some 10 s."""
    if _free:
        return _free.pop()
    folder = _ending.enter_context(tempfile.TemporaryDirectory(prefix="belvedere-stack-"))
    return _ending.enter_context(run_stack(Path(folder)))


def return_stack(stack: Stack) -> None:
    """For the next installation. Nothing may use it any more."""
    stack.clear()
    _free.append(stack)
