"""What is told of the whole cluster, by the one process that says when it is time."""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from prometheus_client.core import Metric
from redis import RedisError

from belvedere.accounts.rights import RightsCache
from belvedere.config.figures import Figures, collect_partitions
from belvedere.config.health import HealthApp
from belvedere.config.pulse import SILENT_SECONDS, Pulse
from belvedere.config.redis_clients import connect
from belvedere.config.settings.env import Env
from belvedere.config.wiring.backlog import Backlog, describe_late, describe_unheld
from belvedere.readings.store.port import StoreBroken, StoreUnavailable

log = structlog.get_logger(__name__)

REDIS_AWAY = "Redis does not answer: no worker is told that it is time."
NOTHING_SENT = "No task has been sent for {seconds} s, although Redis answers: beat is about to end itself."


class Overseer:
    """Tells how far each partition is, and whether beat works; asks the servers at each scrape.

    pulse: what beat notes when it has sent something.
    """

    def __init__(self, env: Env) -> None:
        self._backlog = Backlog(env)
        self._redis = connect(env.redis)
        self.pulse = Pulse(connect(env.redis))
        self.health = HealthApp(RightsCache(), self._tell_unready, self._tell_remarks, Figures(self._tell_lag))

    @property
    def is_stuck(self) -> bool:
        """Nothing has been sent for some time, and that is not Redis's fault."""
        try:
            return self.pulse.silent_seconds > SILENT_SECONDS and bool(self._redis.ping())
        except RedisError:
            return False

    def _tell_lag(self) -> Iterator[Metric]:
        try:
            lags = self._backlog.count_lag()
        except (StoreUnavailable, StoreBroken) as error:
            log.warning("lag_unknown", reason=str(error))
            return
        yield from collect_partitions(lags, self._backlog.measure(lags))

    def _tell_unready(self) -> dict[str, str]:
        try:
            self._redis.ping()
        except RedisError:
            return {"tasks": REDIS_AWAY}
        silent = self.pulse.silent_seconds
        return {"tasks": NOTHING_SENT.format(seconds=round(silent))} if silent > SILENT_SECONDS else {}

    def _tell_remarks(self) -> dict[str, str]:
        """Not a reason to be unready: no restart of this process would help."""
        try:
            lags = self._backlog.count_lag()
            told = {"workers": describe_unheld(lags), "partitions": describe_late(self._backlog.measure(lags))}
        except (StoreUnavailable, StoreBroken) as error:
            return {"partitions": str(error)}
        return {part: sentence for part, sentence in told.items() if sentence is not None}
