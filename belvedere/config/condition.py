"""What does not work, and what a person has to look at: the sentences of /readyz."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.alerts.outbox import Drain
from belvedere.domain.clock import ServerClock
from belvedere.pipeline.stream.port import Backlog
from belvedere.pipeline.worker import Worker
from belvedere.readings.store.port import StoreHealth

ALERTS_WAIT = "Alerts cannot be written to belvedere.db just now; they wait in readings.db."


class Condition(NamedTuple):
    """Asks the running parts how they are."""

    stream: Backlog
    drain: Drain
    worker: Worker
    clock: ServerClock
    store: StoreHealth

    def unready(self) -> dict[str, str]:
        """Part -> why it does not work, in a sentence; {} when all is well."""
        reasons: dict[str, str] = {}
        if self.stream.stalled:
            reasons["readings"] = self.stream.stalled
        if self.drain.failing and self.worker.broken is None:  # else there is no readings.db that they wait in
            reasons["alerts"] = ALERTS_WAIT
        return reasons

    def remarks(self) -> dict[str, str]:
        """Part -> what a person has to look at, in a sentence, although everything serves."""
        self.clock.observe()
        remarks: dict[str, str] = {}
        if self.clock.untrusted is not None:
            remarks["clock"] = self.clock.untrusted.describe()
        return remarks | self.store.remarks()
