"""What a signed-in person's page has to know of this server: where devices connect."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.permissions import Access
from belvedere.accounts.views import SiteView
from belvedere.config.addresses import list_reachable
from belvedere.config.listening import MEDIA_SERVERS, addresses, media_address

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
        host, port, tls = at.find_mqtt()
        mqtt = {"port": port, "tls": tls, "hosts": list_reachable(host)}
        http = {"port": at.http_port, "hosts": list_reachable(at.host)}
        served = media_address()()
        media = {"rtsp": _describe(served.rtsp), "media_server": served.media_server}
        return Response({"version": version("belvedere"), "mqtt": mqtt, "http": http, **media})


def _describe(address: str) -> dict[str, Any] | None:
    """Of `host:port`; None for ""."""
    host, _, port = address.rpartition(":")
    return {"port": int(port), "hosts": list_reachable(host.strip("[]"))} if address else None
