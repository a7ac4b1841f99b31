"""Routes of alerts, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.alerts import api

urlpatterns = [
    path("alerts", api.AlertsView.as_view()),
    path("alerts/events", api.AlertEventsView.as_view()),
    path("alerts/<int:alert_id>", api.AlertView.as_view()),
    path("alerts/<int:alert_id>/acknowledge", api.AcknowledgeView.as_view()),
    path("alerts/<int:alert_id>/resolve", api.ResolveView.as_view()),
    path("alerts/<int:alert_id>/comments", api.CommentsView.as_view()),
]
