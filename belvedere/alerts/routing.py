"""Routes of sockets. wiring must have called `AlertsConsumer.provide` before the first one opens."""

from __future__ import annotations

from django.urls import path

from belvedere.alerts.consumers import AlertsConsumer

websocket_urlpatterns = [path("ws/alerts/", AlertsConsumer.as_asgi())]
