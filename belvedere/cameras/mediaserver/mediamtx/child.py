"""`child.py PARENT PROGRAM ARGUMENT...` becomes this program, which dies (Linux) with the process that started it.

Run as a file, isolated: it imports nothing of ours, so it takes some 20 ms.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:  # else it died before it could be watched
        os.execv(program, sys.argv[2:])  # noqa: S606  (no shell, and nothing that a client sent)


if __name__ == "__main__":
    main()
