"""When pictures came, and what a camera whose pictures do not come is to be called. Pure."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.errors import Fault
from belvedere.cameras.mediaserver.port import CameraStatus

SLOW_SECONDS = 15.0  # connecting for so long needs a reason
ARRIVING_SECONDS = 5.0
STALE_SECONDS = 10.0  # without a picture, or three times the distance of the last two, up to:
MAX_STALE_SECONDS = 60.0


class Arrivals:
    """Of one camera. Times are seconds, monotonic. began_at: when it was wanted first."""

    def __init__(self, began_at: float) -> None:
        self.began_at = began_at
        self.picture_at: float | None = None
        self.picture_distance = 0.0
        self.arrived_at: float | None = None

    def begin(self) -> None:
        """A new connection: how far apart its pictures are is not known yet."""
        self.picture_distance = 0.0

    def add(self, now: float) -> None:
        """Video came, whether or not it can be shown yet."""
        self.arrived_at = now

    def add_picture(self, now: float) -> None:
        """A picture came that can be shown."""
        if self.picture_at is not None:
            self.picture_distance = now - self.picture_at
        self.picture_at = now

    def forget(self) -> None:
        """The camera is away."""
        self.picture_at = self.arrived_at = None

    def are_coming(self, now: float) -> bool:
        """Return whether video came a short while ago."""
        return self.arrived_at is not None and now - self.arrived_at < ARRIVING_SECONDS


def judge(status: CameraStatus, arrivals: Arrivals, now: float) -> Fault | None:
    """Return why a camera of this status is to be called connecting; None where the status may stand."""
    if status.state == "live" and arrivals.picture_at is not None:
        patience = min(MAX_STALE_SECONDS, max(STALE_SECONDS, 3 * arrivals.picture_distance))
        return Fault.SILENT if now - arrivals.picture_at > patience else None
    if status.state == "connecting" and not status.code and now - arrivals.began_at > SLOW_SECONDS:
        waits_for_key = arrivals.arrived_at is not None and arrivals.arrived_at > arrivals.began_at
        return Fault.NO_KEY_FRAME if waits_for_key else Fault.SLOW
    return None
