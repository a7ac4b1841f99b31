"""Where this server listens. Without the views that tell it, which only processes that answer pages load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from belvedere.cameras.media_address import MediaAddress, read_media_address
from belvedere.domain.provided import Provided

MEDIA_SERVERS = ("gateway", "mediamtx", "foreign")


@dataclass
class Addresses:
    """Where this server listens, with the ports it really got. rtsp: of MediaMTX, "" where there is none.

    mqtt_public: where devices reach MQTT, as mqtts://host:port, "" where no balancer is before it.
    """

    host: str = "127.0.0.1"
    http_port: int = 8000
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = 1883
    tls: bool = False
    rtsp: str = ""
    mqtt_public: str = ""

    def listening(self) -> list[str]:
        """Return "address:port" of each place."""
        places = [f"{self.host}:{self.http_port}", f"{self.mqtt_host}:{self.mqtt_port}"]
        return [*places, *filter(None, (self.rtsp, self.mqtt_public.partition("://")[2]))]

    def find_mqtt(self) -> tuple[str, int, bool]:
        """Host, port and whether by TLS, as devices use them."""
        if not self.mqtt_public:
            return self.mqtt_host, self.mqtt_port, self.tls
        parts = urlsplit(self.mqtt_public)
        return parts.hostname or "", parts.port or 0, parts.scheme == "mqtts"


addresses: Provided[Addresses] = Provided("addresses", Addresses())


def find_own_media_address() -> MediaAddress:
    """Return it as this process has been told, which runs the media server."""
    return MediaAddress(_name(settings.ENV.media_server), addresses().rtsp)


def find_media_address() -> MediaAddress:
    """Return it as another process has written it down; before that, the setting."""
    return read_media_address() or find_own_media_address()


media_address: Provided[Callable[[], MediaAddress]] = Provided("media address", find_own_media_address)


def _name(media_server: str) -> str:
    """Return the setting, without the address and log-in of a foreign one."""
    return media_server if media_server in MEDIA_SERVERS else "foreign"
