"""Routes of the pipeline below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.pipeline import quarantine, replay_api

urlpatterns = [
    path("devices/<str:device_id>/quarantine", quarantine.QuarantineView.as_view()),
    path("devices/<str:device_id>/quarantine/<int:row_id>", quarantine.QuarantinedView.as_view()),
    path("devices/<str:device_id>/quarantine/<int:row_id>/retry", quarantine.RetryView.as_view()),
    path("sites/<slug:slug>/rules/replay", replay_api.ReplayView.as_view()),
    path("sites/<slug:slug>/rules/try", replay_api.TryView.as_view()),
]
