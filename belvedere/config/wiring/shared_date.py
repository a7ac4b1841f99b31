"""Whether a process of the cluster trusts the date of its machine: judged by the last time that any worker has seen."""

from __future__ import annotations

from collections.abc import Mapping

from belvedere.config.settings.env import Env, StartError
from belvedere.domain.clock import STEP_MS, Ground, ServerClock
from belvedere.pipeline.timekeeping import ClockWatch
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.seen import HEARD_SECONDS, load_confirmation, load_last_seen, save_confirmation
from belvedere.readings.store.port import StoreBroken, StoreUnavailable

DATE_SECONDS = 1.0


class SharedDate:
    """Of one process. docs/time.md has the rules.

    A confirmation is heard by machines whose clocks show the same: the person saw one of them.
    """

    def __init__(self, clock: ServerClock, mysql: MySql) -> None:
        self._clock = clock
        self._mysql = mysql
        self._watch = ClockWatch(clock, self._take_confirmation, STEP_MS + HEARD_SECONDS * 1000)

    def begin(self) -> None:
        """Judge the start, before anything is refused by the date. Raises StoreUnavailable or StoreBroken."""
        self._clock.begin(load_last_seen(self._mysql))
        self._watch.look()

    def look(self) -> None:
        """Each second. Asks the database only while the date is in doubt. Raises StoreUnavailable or StoreBroken.

        Where devices have ended the doubt here, the others are told: most processes hear none.
        """
        if self._watch.look() and self._clock.untrusted is None and self._clock.ground is Ground.DEVICES:
            self.confirm(self._clock.now_ms())

    def trusted_now_ms(self) -> int | None:
        """The time, None while it is in doubt."""
        return self._clock.now_ms() if self._clock.untrusted is None else None

    def is_trusted(self) -> bool:
        """Whether it is."""
        return self._clock.untrusted is None

    def confirm(self, confirmed_ms: int) -> None:
        """Tell the other processes. Raises StoreUnavailable or StoreBroken."""
        save_confirmation(self._mysql, confirmed_ms)

    def remarks(self) -> Mapping[str, str]:
        """For /readyz."""
        doubt = self._clock.untrusted
        return {} if doubt is None else {"clock": doubt.describe()}

    def _take_confirmation(self) -> int | None:
        return None if self._clock.untrusted is None else load_confirmation(self._mysql)


def confirm_everywhere(env: Env, confirmed_ms: int) -> None:
    """What `belvedere clock confirm` does in the cluster. Raises StartError."""
    try:
        save_confirmation(MySql(env.database), confirmed_ms)
    except (StoreBroken, StoreUnavailable) as error:
        raise StartError(str(error)) from error
