"""Read cameras: rows of the registry, and live facts that only the media server knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from belvedere.accounts.models import Site, User
from belvedere.accounts.secrets import SecretError, decrypt
from belvedere.accounts.selectors import list_sites
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus, Stream
from belvedere.cameras.models import Camera


def _no_status(_camera_id: str) -> CameraStatus | None:
    return None


def _no_streams(_camera: CameraStatus) -> Sequence[Stream]:
    return ()


@dataclass
class Sources:
    """Where live facts come from; wiring sets them. Without them the stored columns are shown, and no streams.

    status_of: None for a camera that is not pulled. streams: the ways to watch such a camera (mediaserver/port.py).
    own: "address:port" of every place where this server listens.
    """

    status_of: Callable[[str], CameraStatus | None] = _no_status
    streams: Callable[[CameraStatus], Sequence[Stream]] = _no_streams
    own: Callable[[], Sequence[str]] = tuple


sources = Sources()


def status_of(camera: Camera) -> CameraStatus:
    """Return the status that the media server reports, else the stored one."""
    status = sources.status_of(camera.pk) if camera.enabled else None
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
    """A camera that should be pulled. source: None where its stored password cannot be read."""

    id: str
    name: str
    site_id: int
    site_slug: str
    source: CameraSource | None
    reason: str = ""


def wanted_cameras() -> list[WantedCamera]:
    """Return every enabled camera with its secrets decrypted: for the media server only."""
    rows = Camera.objects.filter(enabled=True).select_related("site").order_by("id")
    return [_make_wanted(camera) for camera in rows]


def _make_wanted(camera: Camera) -> WantedCamera:
    source, reason = None, ""
    try:
        source = CameraSource(
            camera.pk, decrypt_url(camera), decrypt_credential(camera.username_encrypted), decrypt_password(camera)
        )
    except SecretError as error:
        reason = str(error)
    return WantedCamera(camera.pk, camera.name, camera.site_id, camera.site.slug, source, reason)


def decrypt_credential(encrypted: str) -> str:
    """Decrypt a stored credential, "" for none. Raises SecretError."""
    return decrypt(encrypted) if encrypted else ""


def decrypt_url(camera: Camera) -> str:
    """Return the whole address with the credentials inside it: for the media server only. Raises SecretError."""
    return decrypt_credential(camera.url_encrypted) or camera.url


def decrypt_password(camera: Camera) -> str:
    """Decrypt the password: for the media server only, never for an answer. Raises SecretError."""
    return decrypt_credential(camera.password_encrypted)
