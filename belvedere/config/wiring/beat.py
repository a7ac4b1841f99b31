"""What is told of the whole cluster, by the one process that says when it is time."""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from prometheus_client.core import Metric

from belvedere.accounts.rights import RightsCache
from belvedere.config.figures import Figures, collect_partitions
from belvedere.config.health import HealthApp
from belvedere.config.settings.env import Env
from belvedere.config.wiring.backlog import Backlog, describe_late
from belvedere.readings.store.port import StoreBroken, StoreUnavailable

log = structlog.get_logger(__name__)


class Overseer:
    """Tells how far each partition is; asks the servers at each scrape."""

    def __init__(self, env: Env) -> None:
        self._backlog = Backlog(env)
        self.health = HealthApp(RightsCache(), dict, self._tell_remarks, Figures(self._tell_lag))

    def _tell_lag(self) -> Iterator[Metric]:
        try:
            lags = self._backlog.count_lag()
        except (StoreUnavailable, StoreBroken) as error:
            log.warning("lag_unknown", reason=str(error))
            return
        yield from collect_partitions(lags, self._backlog.measure(lags))

    def _tell_remarks(self) -> dict[str, str]:
        """Not a reason to be unready: no restart of this process would help."""
        try:
            late = describe_late(self._backlog.measure(self._backlog.count_lag()))
        except (StoreUnavailable, StoreBroken) as error:
            return {"partitions": str(error)}
        return {} if late is None else {"partitions": late}
