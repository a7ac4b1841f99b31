"""What a signed-in person's page has to know of this server: where devices connect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.permissions import Access
from belvedere.accounts.views import SiteView
from belvedere.cameras.media_address import MediaAddress, read_media_address
from belvedere.config.addresses import list_reachable
from belvedere.domain.provided import Provided


@dataclass
class Addresses:
    """Where this server listens, with the ports it really got. rtsp: of MediaMTX, "" where there is none."""

    host: str = "127.0.0.1"
    http_port: int = 8000
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = 1883
    tls: bool = False
    rtsp: str = ""

    def listening(self) -> list[str]:
        """Return "address:port" of each place."""
        places = [f"{self.host}:{self.http_port}", f"{self.mqtt_host}:{self.mqtt_port}"]
        return [*places, self.rtsp] if self.rtsp else places


addresses: Provided[Addresses] = Provided("addresses", Addresses())


def find_own_media_address() -> MediaAddress:
    """Return it as this process has been told, which runs the media server."""
    return MediaAddress(_name(settings.ENV.media_server), addresses().rtsp)


def find_media_address() -> MediaAddress:
    """Return it as another process has written it down; before that, the setting."""
    return read_media_address() or find_own_media_address()


media_address: Provided[Callable[[], MediaAddress]] = Provided("media address", find_own_media_address)

MEDIA_SERVERS = ("gateway", "mediamtx", "foreign")
_HOSTS = serializers.ListField(child=serializers.CharField())
_MQTT = inline_serializer(
    "MqttAddress", {"port": serializers.IntegerField(), "tls": serializers.BooleanField(), "hosts": _HOSTS}
)
_HTTP = inline_serializer("HttpAddress", {"port": serializers.IntegerField(), "hosts": _HOSTS})
_RTSP = inline_serializer("RtspAddress", {"port": serializers.IntegerField(), "hosts": _HOSTS}, allow_null=True)


class ServerView(SiteView):
    """This server."""

    required_roles: ClassVar = {"GET": Access.SIGNED_IN}

    @extend_schema(
        operation_id="server_get",
        responses=inline_serializer(
            "Server",
            {
                "version": serializers.CharField(),
                "mqtt": _MQTT,
                "http": _HTTP,
                "rtsp": _RTSP,
                "media_server": serializers.ChoiceField(choices=MEDIA_SERVERS),
            },
        ),
    )
    def get(self, _request: Request) -> Response:
        """Its version, and where devices connect. hosts: addresses that other machines reach; empty on loopback.

        rtsp: where programs read cameras, null without a MediaMTX of its own. media_server: who serves pictures: the
        gateway alone, a MediaMTX of its own, or a foreign one.
        """
        at = addresses()
        mqtt = {"port": at.mqtt_port, "tls": at.tls, "hosts": list_reachable(at.mqtt_host)}
        http = {"port": at.http_port, "hosts": list_reachable(at.host)}
        served = media_address()()
        media = {"rtsp": _describe(served.rtsp), "media_server": served.media_server}
        return Response({"version": version("belvedere"), "mqtt": mqtt, "http": http, **media})


def _name(media_server: str) -> str:
    """Return the setting, without the address and log-in of a foreign one."""
    return media_server if media_server in MEDIA_SERVERS else "foreign"


def _describe(address: str) -> dict[str, Any] | None:
    """Of `host:port`; None for ""."""
    host, _, port = address.rpartition(":")
    return {"port": int(port), "hosts": list_reachable(host.strip("[]"))} if address else None
