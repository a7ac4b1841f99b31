"""Alerts about cameras: raised when one stays away, resolved when it is back or nobody watches it any more."""

from __future__ import annotations

import asyncio

from belvedere.alerts.services import open_subject, resolve_subject
from belvedere.cameras.selectors import WantedCamera
from belvedere.domain.times import now_ms
from belvedere.rules.models import Severity

REMOVED = "The camera was switched off or deleted."


class CameraAlerts:
    """Turns what the camera supervisor announces into alerts. Implements cameras.supervisor.Listener."""

    async def camera_offline(self, camera: WantedCamera, since_ms: int, code: str, reason: str) -> None:
        """Raise an alert."""
        condition = {"kind": "camera_offline", "code": code, "reason": reason, "never_live": not camera.ever_live}
        await asyncio.to_thread(
            open_subject,
            camera.site_id,
            _make_subject(camera),
            camera.name,
            Severity.WARNING,
            condition,
            since_ms,
            name=camera.name,
            zone=camera.zone,
            zone_id=camera.zone_id,
        )

    async def camera_live(self, camera: WantedCamera) -> None:
        """Resolve the alert, where there is one."""
        await asyncio.to_thread(resolve_subject, camera.site_id, _make_subject(camera), now_ms())

    async def camera_removed(self, camera: WantedCamera) -> None:
        """Resolve the alert, where there is one, and say why."""
        await asyncio.to_thread(resolve_subject, camera.site_id, _make_subject(camera), now_ms(), REMOVED)


def _make_subject(camera: WantedCamera) -> str:
    return f"camera:{camera.id}"
