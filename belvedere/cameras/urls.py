"""Routes of cameras, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.cameras import api, members_api, rtsp_api

urlpatterns = [
    path("cameras", api.CamerasView.as_view()),
    path("cameras/<str:camera_id>", api.CameraView.as_view()),
    path("cameras/<str:camera_id>/publisher", api.PublisherView.as_view()),
    path("cameras/<str:camera_id>/rtsp-tokens", rtsp_api.RtspTokensView.as_view()),
    path("cameras/<str:camera_id>/rtsp-tokens/<int:rtsp_token_id>", rtsp_api.RtspTokenView.as_view()),
    path("sites/<str:slug>/members/<int:member_id>/cameras", members_api.MemberCamerasView.as_view()),
]
