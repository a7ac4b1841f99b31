"""Routes of Django. The hot paths and the media never come here: see asgi.py."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
