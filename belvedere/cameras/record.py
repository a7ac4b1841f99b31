"""Put a camera's record for the API together: row, present status, streams. It never holds a password."""

from __future__ import annotations

from typing import Any

from belvedere.accounts.models import Role
from belvedere.accounts.secrets import SecretError
from belvedere.cameras import selectors
from belvedere.cameras.masks import hide_path
from belvedere.cameras.mediaserver.port import CameraStatus
from belvedere.cameras.models import Camera, CameraWay
from belvedere.cameras.streams import make_links, make_notes


def build_record(camera: Camera, role: Role | None) -> dict[str, Any]:
    """Return what CameraSerializer shows to this role. The status is read once, so that all fields agree."""
    status = selectors.status_of(camera)
    streams = selectors.live().streams(status) if camera.enabled else ()
    return {
        "id": camera.pk,
        "site": camera.site.slug,
        "zone": camera.zone,
        "name": camera.name,
        "source": _describe_source(camera) if role in (Role.OPERATOR, Role.OWNER) else _describe_place(camera),
        "enabled": camera.enabled,
        "state": status.state,
        "state_code": status.code,
        "state_reason": status.reason,
        "state_since_ms": status.since_ms or None,
        "codec": status.codec,
        "width": status.width,
        "height": status.height,
        "fps": status.fps,
        "b_frames": status.b_frames,
        "key_frame_seconds": status.key_frame_seconds,
        "sound_codec": status.audio,
        "viewers": status.viewers,
        "streams": [link._asdict() for link in make_links(camera.pk, streams)],
        "sub": _describe_sub(status.sub),
        "notes": make_notes(streams, status),
        "created_at": camera.created_at,
        "version": camera.version,
    }


def _describe_sub(status: CameraStatus | None) -> dict[str, Any] | None:
    if status is None:
        return None
    size = {"codec": status.codec, "width": status.width, "height": status.height}
    return {"state": status.state, "state_code": status.code, "state_reason": status.reason, **size}


def _describe_place(camera: Camera) -> dict[str, Any]:
    """Return the source as viewers see it, without user name and path."""
    return {
        "way": camera.way,
        "url": hide_path(camera.url) if camera.url else "",
        "sub_url": hide_path(camera.sub_url) if camera.sub_url else "",
        "make_sub": camera.make_sub,
        "username": "",
        "has_password": _has_password(camera),
    }


def _has_password(camera: Camera) -> bool:
    return bool(camera.publish_digest if camera.way == CameraWay.PUSH else camera.password_encrypted)


def _describe_source(camera: Camera) -> dict[str, Any]:
    try:
        username = selectors.decrypt_credential(camera.username_encrypted)
    except SecretError:
        username = ""
    return {
        "way": camera.way,
        "url": camera.url,
        "sub_url": camera.sub_url,
        "make_sub": camera.make_sub,
        "username": username,
        "has_password": _has_password(camera),
    }
