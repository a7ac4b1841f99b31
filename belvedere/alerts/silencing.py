"""Which silences cover an alert."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from belvedere.domain.provided import Provided

MORNING: Final = time(7)  # by the clock of the site

# While the date is in doubt no silence holds: a wrong clock must not bring one back that is over.
is_date_trusted: Provided[Callable[[], bool]] = Provided("doubt about the server's clock", lambda: True)


class Covering(Protocol):
    """What a silence covers, and until when. None or "": whichever."""

    @property
    def site_id(self) -> int: ...
    @property
    def rule_id(self) -> int | None: ...
    @property
    def series_id(self) -> int | None: ...
    @property
    def device_id(self) -> str | None: ...
    @property
    def zone_id(self) -> int | None: ...
    @property
    def camera(self) -> str: ...
    @property
    def to_ms(self) -> int: ...


class Subject(NamedTuple):
    """What an alert is about."""

    site_id: int
    rule_id: int | None
    series_id: int | None
    device_id: str | None
    zone_id: int | None
    camera: str = ""


def is_covered(silence: Covering, subject: Subject) -> bool:
    """Whether all that the silence names is the subject's."""
    return (
        silence.site_id == subject.site_id
        and silence.rule_id in (None, subject.rule_id)
        and silence.series_id in (None, subject.series_id)
        and silence.device_id in (None, subject.device_id)
        and silence.zone_id in (None, subject.zone_id)
        and silence.camera in ("", subject.camera)
    )


def find_end(silences: Iterable[Covering], subject: Subject) -> int | None:
    """When the last of the silences that cover it ends; None where none does."""
    return max((silence.to_ms for silence in silences if is_covered(silence, subject)), default=None)


def find_next_morning(now_ms: int, timezone: str) -> int:
    """The next time that the clocks of this zone show 7:00."""
    now = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(timezone))
    morning = datetime.combine(now.date(), MORNING, now.tzinfo)
    if morning <= now:
        morning = datetime.combine(now.date() + timedelta(days=1), MORNING, now.tzinfo)
    return int(morning.timestamp() * 1000)
