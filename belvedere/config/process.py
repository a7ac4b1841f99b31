"""What the process asks of the system: files that only its user can read, and descriptors for all who connect."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import stat
from pathlib import Path

UMASK = 0o077
OF_OTHERS = 0o077
# Each dashboard has two connections, each device one. The bound is also one on memory: 10 KB a connection.
MAX_DESCRIPTORS = 65_536
# For databases, logs and the camera process: what connections may not take. A quarter where there are few at all.
RESERVED_DESCRIPTORS = 1024
# New objects between two looks for garbage, then looks a generation. A look at 20,000 took 10 to 15 ms, which an alert
# had to wait; one at everything takes longer still, and is as rare as 2 million new objects.
GC_THRESHOLDS = 2_000, 10, 100


def keep_files_private() -> None:
    """From now on whatever this process and its children write is their user's alone."""
    os.umask(UMASK)


def spare_what_is_loaded() -> None:
    """Look for no garbage among what is loaded by now, because it stays.

    Without this each full collection walks all of Django, 50 ms an alert has to wait; and so does the end of the
    process, for 0.4 s of a processor.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def tighten(folder: Path) -> None:
    """Take away what others may do with our files in this folder, of a version that left them open."""
    for path in (Path(root, name) for root, folders, files in os.walk(folder) for name in (*folders, *files)):
        with contextlib.suppress(FileNotFoundError):
            status = path.lstat()
            ours = status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode)
            if ours and status.st_mode & OF_OTHERS:
                path.chmod(stat.S_IMODE(status.st_mode) & ~OF_OTHERS)


def _bound_limit(limit: int) -> int:
    return MAX_DESCRIPTORS if limit == resource.RLIM_INFINITY else min(limit, MAX_DESCRIPTORS)


def raise_descriptor_limit() -> None:
    """Allow ourselves as many descriptors as the system lets us, up to the bound."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _bound_limit(soft) < _bound_limit(hard):
        resource.setrlimit(resource.RLIMIT_NOFILE, (_bound_limit(hard), hard))


def first_reserved_descriptor() -> int:
    """The number from which on descriptors are not for connections."""
    limit = _bound_limit(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return limit - min(RESERVED_DESCRIPTORS, limit // 4)
