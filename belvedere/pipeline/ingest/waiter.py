"""Somebody who sends one body and waits until it is stored."""

from __future__ import annotations

import asyncio

from belvedere.domain.reading import Outcome


class Waiter:
    """The sink of one submission; made on the event loop, where `outcome` is awaited."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def settle(self, outcomes: list[tuple[int, Outcome]]) -> None:
        """After the commit; nothing where nobody waits any more."""
        if not self.outcome.done():
            self.outcome.set_result(outcomes[0][1])
