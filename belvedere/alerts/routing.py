"""Routes of sockets."""

from __future__ import annotations

from django.urls import path, re_path

from belvedere.alerts.consumers import AlertsConsumer, refuse_unknown_address

websocket_urlpatterns = [
    path("ws/alerts/", AlertsConsumer.as_asgi()),
    re_path(r"", refuse_unknown_address),  # type: ignore[arg-type]  # an ASGI application; Django's types know views only
]
