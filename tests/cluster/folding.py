"""Makes the workers move readings to MongoDB, which they do of themselves every five minutes."""

from __future__ import annotations

import asyncio
import time

from tests.cluster.driving import PATIENCE_SECONDS, until
from tests.cluster.stack import Stack

LONG_AGO = "'2000-01-01'"
AGAIN_SECONDS = 5.0  # a worker looks at its partitions each second


def fold_soon(stack: Stack) -> None:
    """Workers open their partitions anew, as after a hand-over, and find that nothing was moved for a long time."""
    stack.execute(f"UPDATE readings_fence SET folded_at={LONG_AGO}, version=version+1")


def fold_later(stack: Stack) -> None:
    """Workers begin to move nothing in the next minutes. What they have begun with goes on, as `is_folding` tells."""
    stack.execute("UPDATE readings_fence SET folded_at=NOW(3), version=version+1")


def is_folding(stack: Stack) -> bool:
    """Whether readings of any partition are being moved."""
    return bool(stack.fetch("SELECT 1 FROM readings_fence WHERE fold_to IS NOT NULL"))


def count_unfolded(stack: Stack) -> int:
    """How many batches are not in MongoDB yet."""
    return int(stack.fetch("SELECT COUNT(*) FROM readings_log")[0][0])


async def fold_all(stack: Stack) -> None:
    """Return when all that is stored by now is in MongoDB."""
    # What a fold that has begun does not take would wait until the next one.
    await until(lambda: not is_folding(stack), "the fold before has ended")
    await asyncio.to_thread(fold_soon, stack)
    await until(lambda: count_unfolded(stack) == 0, "all is in MongoDB")


async def begin_fold(stack: Stack) -> None:
    """Return in the middle of a fold that was not there before."""
    await until(lambda: not is_folding(stack), "the fold before has ended")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await asyncio.to_thread(_catch_fold, stack):
        assert time.monotonic() < deadline, "each fold is over between two looks"


def _catch_fold(stack: Stack) -> bool:
    fold_soon(stack)
    deadline = time.monotonic() + AGAIN_SECONDS
    with stack.connect() as connection:
        cursor = connection.cursor()
        while time.monotonic() < deadline:
            if cursor.execute("SELECT 1 FROM readings_fence WHERE fold_to IS NOT NULL"):
                return True
            time.sleep(0.002)
    return False
