"""Routes of cameras, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.cameras import api

urlpatterns = [
    path("cameras", api.CamerasView.as_view()),
    path("cameras/<str:camera_id>", api.CameraView.as_view()),
]
