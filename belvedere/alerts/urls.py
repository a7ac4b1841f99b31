"""Routes of alerts, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.alerts import actions_api as actions
from belvedere.alerts import api, overview, search_api, silences_api

urlpatterns = [
    path("sites/<str:slug>/overview", overview.OverviewView.as_view()),
    path("sites/<str:slug>/search", search_api.SearchView.as_view()),
    path("alerts", api.AlertsView.as_view()),
    path("alerts/events", api.AlertEventsView.as_view()),
    path("alerts/counts", api.AlertCountsView.as_view()),
    path("alerts/assignees", actions.AssigneesView.as_view()),
    path("alerts/acknowledge", actions.AcknowledgeSeveralView.as_view()),
    path("alerts/resolve", actions.ResolveSeveralView.as_view()),
    path("alerts/assign", actions.AssignSeveralView.as_view()),
    path("alerts/<int:alert_id>", api.AlertView.as_view()),
    path("alerts/<int:alert_id>/acknowledge", actions.AcknowledgeView.as_view()),
    path("alerts/<int:alert_id>/resolve", actions.ResolveView.as_view()),
    path("alerts/<int:alert_id>/comments", actions.CommentsView.as_view()),
    path("alerts/<int:alert_id>/assign", actions.AssignView.as_view()),
    path("alerts/<int:alert_id>/silence", actions.SilenceAlertView.as_view()),
    path("silences", silences_api.SilencesView.as_view()),
    path("silences/<int:silence_id>", silences_api.SilenceView.as_view()),
]
