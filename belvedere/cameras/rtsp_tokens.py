"""Tokens by which programs (VLC, OBS, a recorder) read one camera by RTSP.

Each is of one person and one camera: it opens nothing else, and reads as long as that person may watch the camera.
"""

from __future__ import annotations

import secrets

from channels.db import database_sync_to_async
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from belvedere.accounts import audit
from belvedere.accounts.authentication import digest_token
from belvedere.accounts.models import Role, Token, User
from belvedere.accounts.selectors import get_role
from belvedere.cameras.models import Camera, RtspToken
from belvedere.cameras.selectors import cameras_of


def rtsp_tokens_of(camera: Camera, user: User) -> QuerySet[RtspToken]:
    """Return the tokens that this person sees, newest first: an owner all of the camera, others their own."""
    tokens = RtspToken.objects.filter(camera=camera).select_related("user").order_by("-id")
    return tokens if get_role(user, camera.site) == Role.OWNER else tokens.filter(user=user)


@transaction.atomic
def do_create_rtsp_token(camera: Camera, user: User, name: str, made_by: Token | None = None) -> tuple[RtspToken, str]:
    """Create a token; return it and its secret, which is not stored. made_by: see RtspToken."""
    secret = "bvr_" + secrets.token_urlsafe(32)
    digest = digest_token(secret)
    token = RtspToken.objects.create(camera=camera, user=user, name=name, digest=digest, made_by=made_by)
    audit.record("camera.rtsp_token_created", camera.name, site_id=camera.site_id, id=camera.pk, name=name)
    return token, secret


@transaction.atomic
def do_revoke_rtsp_token(token: RtspToken) -> None:
    """Delete the token; what reads with it ends within 5 s."""
    camera = token.camera
    token.delete()
    audit.record("camera.rtsp_token_revoked", camera.name, site_id=camera.site_id, id=camera.pk, name=token.name)


async def may_read(secret: str, camera_id: str) -> bool:
    """Return whether this token reads this camera now."""
    allowed: bool = await database_sync_to_async(is_reader)(secret, camera_id)
    return allowed


def is_reader(secret: str, camera_id: str) -> bool:
    """Return whether this token reads this camera now. Notes when it was used last. Blocks."""
    now = timezone.now()
    in_time = Q(made_by=None) | Q(made_by__expires_at=None) | Q(made_by__expires_at__gt=now)
    tokens = RtspToken.objects.filter(in_time, digest=digest_token(secret), camera=camera_id, camera__enabled=True)
    token = tokens.filter(user__is_active=True).select_related("user").first()
    if token is None or not cameras_of(token.user, None).filter(pk=camera_id).exists():
        return False
    RtspToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return True
