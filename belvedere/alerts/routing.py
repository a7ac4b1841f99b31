"""Routes of sockets. wiring must have called `AlertsConsumer.provide` before the first one opens."""

from __future__ import annotations

from django.urls import path, re_path

from belvedere.alerts.consumers import AlertsConsumer, no_socket_here

websocket_urlpatterns = [
    path("ws/alerts/", AlertsConsumer.as_asgi()),
    re_path(r"", no_socket_here),  # type: ignore[arg-type]  # an ASGI application; Django's types know views only
]
