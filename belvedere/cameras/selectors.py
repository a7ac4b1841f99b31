"""Read cameras: rows of the registry, and live facts that only the media server knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Exists, OuterRef, QuerySet

from belvedere.accounts.models import Membership, Role, Site, User
from belvedere.accounts.rights import Rights
from belvedere.accounts.secrets import SecretError, decrypt
from belvedere.accounts.selectors import list_sites
from belvedere.cameras.mediaserver.port import CameraSource, CameraStatus, Stream
from belvedere.cameras.models import Camera, CameraSelection
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
    """Where this server listens: no camera is there. Implemented by config/listening.py."""

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
    """Return the cameras that this person may see, of one site or of all of theirs."""
    sites = [site] if site else list_sites(user)
    selections = _active_selections().filter(membership__user=user)
    is_limited = Exists(selections.filter(membership__site=OuterRef("site")))
    is_selected = Exists(selections.filter(cameras=OuterRef("pk")))
    rows = Camera.objects.filter(~is_limited | is_selected, site__in=sites)
    return rows.select_related("site", "zone").order_by("site_id", "name", "id")


def selection_of(membership: Membership) -> list[str] | None:
    """Return the ids of the cameras that this member is limited to; None for all."""
    selection = CameraSelection.objects.filter(membership=membership).first()
    return None if selection is None else list(selection.cameras.order_by("name", "id").values_list("pk", flat=True))


def _active_selections() -> QuerySet[CameraSelection]:
    """Return those of viewers: one of a member who got another role rests."""
    return CameraSelection.objects.filter(membership__role=Role.VIEWER)


@dataclass(frozen=True)
class WantedCamera:
    """A camera that should be pulled. source: None where its stored password cannot be read.

    ever_live: whether it has shown a picture since it was added. barred: ids of the site's viewers who may not see it.
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
    barred: frozenset[int] = frozenset()

    def is_open_to(self, rights: Rights) -> bool:
        """Return whether somebody with these rights may watch it."""
        return self.site_slug in rights.roles and rights.user_id not in self.barred


def wanted_cameras() -> list[WantedCamera]:
    """Return every enabled camera with its secrets decrypted: for the media server only."""
    rows = Camera.objects.filter(enabled=True).select_related("site", "zone").order_by("id")
    selected = [
        (selection.membership.site_id, selection.membership.user_id, {camera.pk for camera in selection.cameras.all()})
        for selection in _active_selections().select_related("membership").prefetch_related("cameras")
    ]
    return [
        _make_wanted(
            camera,
            frozenset(user for site, user, seen in selected if site == camera.site_id and camera.pk not in seen),
        )
        for camera in rows
    ]


def _make_wanted(camera: Camera, barred: frozenset[int]) -> WantedCamera:
    source, reason = None, ""
    try:
        source = CameraSource(
            camera.pk,
            decrypt_url(camera),
            decrypt_credential(camera.username_encrypted),
            decrypt_password(camera),
            decrypt_sub_url(camera),
            camera.way,
            camera.make_sub,
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
        barred,
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
