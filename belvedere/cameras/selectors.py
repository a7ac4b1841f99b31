"""Read cameras: rows of the registry, and live facts that only the media server knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import QuerySet

from belvedere.accounts.models import Site, User
from belvedere.accounts.secrets import SecretError, decrypt
from belvedere.accounts.selectors import list_sites
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus, Stream
from belvedere.cameras.models import Camera
from belvedere.domain.provided import Provided


class LiveCameras(Protocol):
    """What is known of the cameras while the media server runs. Implemented by supervisor.py."""

    def status_of(self, camera_id: str) -> CameraStatus | None:
        """Return the status of a camera; None for one that is not pulled."""

    def streams(self, status: CameraStatus) -> Sequence[Stream]:
        """Return the ways to watch a camera of this status."""


class NoLiveCameras:
    """In a process without a supervisor the stored columns are shown, and no streams."""

    def status_of(self, _camera_id: str) -> CameraStatus | None:
        """Return None."""
        return None

    def streams(self, _status: CameraStatus) -> Sequence[Stream]:
        """Return none."""
        return ()


class OwnAddresses(Protocol):
    """Where this server listens: no camera is there. Implemented by config/server.py."""

    def listening(self) -> Sequence[str]:
        """Return "address:port" of each place."""


class ListensNowhere:
    """A process without a server."""

    def listening(self) -> Sequence[str]:
        """Return none."""
        return ()


live: Provided[LiveCameras] = Provided("camera supervisor", NoLiveCameras())
own_addresses: Provided[OwnAddresses] = Provided("address of its own", ListensNowhere())


def status_of(camera: Camera) -> CameraStatus:
    """Return the status that the media server reports, else the stored one."""
    status = live().status_of(camera.pk) if camera.enabled else None
    if status is not None:
        return status
    if not camera.enabled:
        return CameraStatus(state="offline", code="switched_off", reason="The camera is switched off.")
    return CameraStatus(state=camera.state, reason=camera.state_reason, since_ms=camera.state_since_ms or 0)


def cameras_of(user: User, site: Site | None) -> QuerySet[Camera]:
    """Return the cameras of one site, or of all sites of this person."""
    sites = [site] if site else list_sites(user)
    return Camera.objects.filter(site__in=sites).select_related("site", "zone").order_by("site_id", "name", "id")


@dataclass(frozen=True)
class WantedCamera:
    """A camera that should be pulled. source: None where its stored password cannot be read.

    ever_live: whether it has shown a picture since it was added.
    """

    id: str
    name: str
    site_id: int
    site_slug: str
    source: CameraSource | None
    reason: str = ""
    zone_id: int | None = None
    zone: str = ""
    ever_live: bool = True


def wanted_cameras() -> list[WantedCamera]:
    """Return every enabled camera with its secrets decrypted: for the media server only."""
    rows = Camera.objects.filter(enabled=True).select_related("site", "zone").order_by("id")
    return [_make_wanted(camera) for camera in rows]


def _make_wanted(camera: Camera) -> WantedCamera:
    source, reason = None, ""
    try:
        source = CameraSource(
            camera.pk,
            decrypt_url(camera),
            decrypt_credential(camera.username_encrypted),
            decrypt_password(camera),
            decrypt_sub_url(camera),
        )
    except SecretError as error:
        reason = str(error)
    zone = camera.zone.name if camera.zone else ""
    return WantedCamera(
        camera.pk,
        camera.name,
        camera.site_id,
        camera.site.slug,
        source,
        reason,
        camera.zone_id,
        zone,
        camera.ever_live,
    )


def decrypt_credential(encrypted: str) -> str:
    """Decrypt a stored credential, "" for none. Raises SecretError."""
    return decrypt(encrypted) if encrypted else ""


def decrypt_url(camera: Camera) -> str:
    """Return the whole address with the credentials inside it: for the media server only. Raises SecretError."""
    return decrypt_credential(camera.url_encrypted) or camera.url


def decrypt_sub_url(camera: Camera) -> str:
    """Return the whole address of the sub stream, "" for none. Raises SecretError."""
    return decrypt_credential(camera.sub_url_encrypted) or camera.sub_url


def decrypt_password(camera: Camera) -> str:
    """Decrypt the password: for the media server only, never for an answer. Raises SecretError."""
    return decrypt_credential(camera.password_encrypted)
