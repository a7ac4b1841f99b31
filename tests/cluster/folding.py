"""Makes the workers move readings to MongoDB, which they do of themselves every five minutes."""

from __future__ import annotations

from tests.cluster.stack import Stack

LONG_AGO = "'2000-01-01'"


def fold_soon(stack: Stack) -> None:
    """Workers open their partitions anew, as after a hand-over, and find that nothing was moved for a long time."""
    stack.execute(f"UPDATE readings_fence SET folded_at={LONG_AGO}, version=version+1")


def count_unfolded(stack: Stack) -> int:
    """How many batches are not in MongoDB yet."""
    return int(stack.fetch("SELECT SUM(log_n - folded_n) FROM readings_fence")[0][0])
