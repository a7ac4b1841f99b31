"""Cameras: where their picture comes from, and who reads them; secrets are encrypted or hashed."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from belvedere.accounts.models import Membership, Site, Token, User, Zone
from belvedere.cameras.mediaserver.port import Way

CAMERA_ID = RegexValidator(r"^[A-Za-z0-9_-]{1,64}\Z", "Use letters, digits, _ and -, at most 64 characters.")


class CameraState(models.TextChoices):
    """What the media server reports."""

    CONNECTING = "connecting"
    LIVE = "live"
    OFFLINE = "offline"


class CameraWay(models.TextChoices):
    """Who connects to whom: mediaserver/port.py says what each means."""

    PULL = Way.PULL.value
    SERVER_PULL = Way.SERVER_PULL.value
    PUSH = Way.PUSH.value


class Camera(models.Model):
    """A camera. url holds no credentials; username and password are Fernet tokens (accounts/secrets.py).

    url_encrypted: the whole address where url shows `***` for a log-in inside it (masks.py), else nothing.
    sub_url, sub_url_encrypted: the same of a second, smaller stream of the same camera; empty where there is none.
    make_sub: make one of the main stream, where there is none.
    ever_live: whether it has shown a picture since it was added.
    publish_digest: keyed hash of the secret with which one that publishes (PUSH) does so, "" for none; it has no url.
    """

    id = models.CharField(primary_key=True, max_length=64, validators=[CAMERA_ID])
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="cameras")
    zone = models.ForeignKey(Zone, on_delete=models.SET_NULL, null=True, blank=True, related_name="cameras")
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=2048)
    url_encrypted = models.TextField(blank=True)
    sub_url = models.CharField(max_length=2048, blank=True)
    sub_url_encrypted = models.TextField(blank=True)
    make_sub = models.BooleanField(default=False)
    username_encrypted = models.TextField(blank=True)
    password_encrypted = models.TextField(blank=True)
    way = models.CharField(max_length=12, choices=CameraWay.choices, default=CameraWay.PULL)
    publish_digest = models.CharField(max_length=64, blank=True)
    enabled = models.BooleanField(default=True)
    state = models.CharField(max_length=12, choices=CameraState.choices, default=CameraState.CONNECTING)
    state_reason = models.CharField(max_length=300, blank=True)
    state_since_ms = models.BigIntegerField(null=True)
    ever_live = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.id


class RtspToken(models.Model):
    """Lets a program read one camera by RTSP, as long as its person may watch it. Stored as a keyed hash.

    made_by: the bearer token with which it was made, None for a browser; it ends with that one.
    """

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="rtsp_tokens")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="rtsp_tokens")
    made_by = models.ForeignKey(Token, on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.camera_id}"


class CameraSelection(models.Model):
    """The cameras of a site that a viewer may see. Viewers without a row see all of them, as other roles always do."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="camera_selection")
    cameras = models.ManyToManyField(Camera, related_name="+")

    def __str__(self) -> str:
        return f"for {self.membership}"


class MediaServerAddress(models.Model):
    """Where the media server is, as the process says that runs it: other processes of a cluster read it here. One row.

    media_server: as /api/v1/server names it; rtsp: "host:port" where programs read cameras, "" for nowhere.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    media_server = models.CharField(max_length=16)
    rtsp = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return self.media_server
