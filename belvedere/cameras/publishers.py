"""The secrets with which cameras publish their picture: an encoder, OBS, a phone. One a camera, for its path only."""

from __future__ import annotations

import secrets

from channels.db import database_sync_to_async
from django.db import transaction

from belvedere.accounts import audit
from belvedere.accounts.authentication import digest_token
from belvedere.cameras.models import Camera, CameraWay
from belvedere.web_api.problems import Problem

PREFIX = "camera_"  # of the ids of cameras that publish, which are the names of their paths
NOT_A_PUBLISHER = "This camera does not publish: Belvedere connects to it."


def check_publisher(camera: Camera) -> None:
    """Raise 409 for a camera that is pulled."""
    if camera.way != CameraWay.PUSH:
        raise Problem(409, "not_a_publisher", NOT_A_PUBLISHER)


@transaction.atomic
def do_renew_secret(camera: Camera) -> str:
    """Give the camera another secret; who publishes with the old one is cut off within 5 s. Raises 409."""
    check_publisher(camera)
    secret = "bvp_" + secrets.token_urlsafe(32)
    _save(camera, digest_token(secret), "camera.publisher_renewed")
    return secret


@transaction.atomic
def do_revoke_secret(camera: Camera) -> None:
    """Let nobody publish this camera. Raises 409."""
    check_publisher(camera)
    _save(camera, "", "camera.publisher_revoked")


def _save(camera: Camera, digest: str, kind: str) -> None:
    camera.publish_digest = digest
    camera.save(update_fields=["publish_digest"])
    audit.record(kind, camera.name, site_id=camera.site_id, id=camera.pk)


async def may_publish(secret: str, camera_id: str) -> bool:
    """Return whether this secret publishes this camera now."""
    allowed: bool = await database_sync_to_async(is_publisher)(secret, camera_id)
    return allowed


def is_publisher(secret: str, camera_id: str) -> bool:
    """Return whether this secret publishes this camera now. Blocks."""
    rows = Camera.objects.filter(pk=camera_id, enabled=True, way=CameraWay.PUSH)
    return rows.filter(publish_digest=digest_token(secret)).exists()
