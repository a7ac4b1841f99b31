"""Shapes of cameras in the REST API. No shape shows a password."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from belvedere.accounts.models import Zone
from belvedere.cameras.mediaserver.port import MAIN, SUB
from belvedere.cameras.models import CAMERA_ID, CameraState, CameraWay, RtspToken

MAX_URL_INPUT = 4096  # the rules of source.py name what is too long; this bounds the work
STREAM_KINDS = ("webrtc", "llhls", "hls", "dash", "rtsp")


class CameraZoneSerializer(serializers.ModelSerializer[Zone]):
    """The zone it looks at."""

    class Meta:
        model = Zone
        fields = ("id", "name")


class SourceSerializer(serializers.Serializer[Any]):
    """Where the picture comes from. url: without credentials; username: empty where it cannot be read.

    way: who connects to whom. A camera that publishes (`push`) has no url; `has_password` is about its secret.
    sub_url: of the smaller stream for small tiles, "" where there is none. make_sub: the server makes one in that case.

    Viewers get no user name, and `***` in place of the path, any part of which may be a log-in.
    """

    way = serializers.ChoiceField(choices=CameraWay.choices)
    url = serializers.CharField(allow_blank=True)
    sub_url = serializers.CharField(allow_blank=True)
    make_sub = serializers.BooleanField()
    username = serializers.CharField()
    has_password = serializers.BooleanField()


class StreamSerializer(serializers.Serializer[Any]):
    """One way of watching. source: the main stream, or the smaller sub stream. has_sound: once some has come."""

    kind = serializers.ChoiceField(choices=STREAM_KINDS)
    url = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    source = serializers.ChoiceField(choices=(MAIN, SUB))  # type: ignore[assignment]  # a field of this name
    has_sound = serializers.BooleanField()


class SubStreamSerializer(serializers.Serializer[Any]):
    """What is known of a camera's sub stream. state: `idle` while nobody watches it; the rest is then the last seen."""

    state = serializers.ChoiceField(choices=("idle", *CameraState.values))
    state_code = serializers.CharField(allow_blank=True)
    state_reason = serializers.CharField(allow_blank=True)
    codec = serializers.CharField(allow_blank=True)
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class CameraSerializer(serializers.Serializer[Any]):
    """A camera as record.py puts it together.

    state_code: why it is not live, stable, "" while it is; state_reason: the same for people. streams: best first.
    All of it but `sub` is of the main stream. b_frames, key_frame_seconds: null until they are known. sound_codec: ""
    for none.
    """

    id = serializers.CharField()
    site = serializers.CharField()
    zone = CameraZoneSerializer(allow_null=True)
    name = serializers.CharField()
    source = SourceSerializer()  # type: ignore[assignment]  # a field of this name; the metaclass takes it away
    enabled = serializers.BooleanField()
    state = serializers.ChoiceField(choices=CameraState.choices)
    state_code = serializers.CharField()
    state_reason = serializers.CharField()
    state_since_ms = serializers.IntegerField(allow_null=True)
    codec = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    fps = serializers.FloatField()
    b_frames = serializers.BooleanField(allow_null=True)
    key_frame_seconds = serializers.FloatField(allow_null=True)
    sound_codec = serializers.CharField(allow_blank=True)
    viewers = serializers.IntegerField()
    streams = StreamSerializer(many=True)
    sub = SubStreamSerializer(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class SourceChangeSerializer(serializers.Serializer[Any]):
    """Credentials may be in the URL or beside it. A new host without its password drops the old one.

    sub_url: on the same host, with the same credentials; "" for none. A new host without it drops the old one.
    make_sub: has an effect only where there is no sub_url, and the server connects to the camera by itself.
    way: `server_pull` has an effect only where another MediaMTX serves.
    """

    way = serializers.ChoiceField(choices=CameraWay.choices, required=False)
    url = serializers.CharField(max_length=MAX_URL_INPUT, trim_whitespace=False, required=False)
    sub_url = serializers.CharField(max_length=MAX_URL_INPUT, allow_blank=True, trim_whitespace=False, required=False)
    make_sub = serializers.BooleanField(required=False)
    username = serializers.CharField(max_length=256, allow_blank=True, trim_whitespace=False, required=False)
    password = serializers.CharField(
        max_length=1024, allow_blank=True, trim_whitespace=False, write_only=True, required=False
    )


class NewSourceSerializer(SourceChangeSerializer):
    """The source of a new camera: an address, or `way` `push` for one that publishes."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Let only a camera that publishes have no address."""
        if "url" not in attrs and attrs.get("way") != CameraWay.PUSH:
            raise serializers.ValidationError({"url": [self.fields["url"].error_messages["required"]]}, "required")
        return attrs


class NewCameraSerializer(serializers.Serializer[Any]):
    """A camera to be made. zone: by name, made where there is none."""

    site = serializers.CharField(max_length=64)
    id = serializers.CharField(max_length=64, validators=[CAMERA_ID])
    name = serializers.CharField(max_length=120, allow_blank=True, default="")
    zone = serializers.CharField(max_length=120, allow_blank=True, allow_null=True, default=None)
    source = NewSourceSerializer()  # type: ignore[assignment]  # a field of this name
    enabled = serializers.BooleanField(default=True)


class CameraChangeSerializer(serializers.Serializer[Any]):
    """What is not sent stays."""

    name = serializers.CharField(max_length=120, required=False)
    zone = serializers.CharField(max_length=120, allow_blank=True, allow_null=True, required=False)
    source = SourceChangeSerializer(required=False)  # type: ignore[assignment]  # a field of this name
    enabled = serializers.BooleanField(required=False)


class RtspTokenSerializer(serializers.ModelSerializer[RtspToken]):
    """A token that reads this camera by RTSP, without its secret. person: user name of whose it is."""

    person = serializers.CharField(source="user.username")

    class Meta:
        model = RtspToken
        fields = ("id", "name", "person", "created_at", "last_used_at")
        read_only_fields = fields


class RtspTokenRequestSerializer(serializers.Serializer[Any]):
    """A token to be made. name: of the program, so that its owner knows it again."""

    name = serializers.CharField(max_length=120)


class NewRtspTokenSerializer(serializers.Serializer[Any]):
    """The only answer that shows the token: the password in `rtsp://any:TOKEN@host/camera`."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    token = serializers.CharField()


class CameraSelectionSerializer(serializers.Serializer[Any]):
    """The cameras of a site that a viewer may see, by id; null for all, also those that are added later."""

    cameras = serializers.ListField(child=serializers.CharField(max_length=64), allow_null=True, max_length=1000)


class PublisherSecretSerializer(serializers.Serializer[Any]):
    """The only answer that shows it.

    secret: the password in `rtsp://CAMERA:SECRET@host/CAMERA`, or the bearer token for WHIP at `/media/CAMERA/whip`.
    """

    secret = serializers.CharField()
