"""Routes of the read side below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.readings import api

urlpatterns = [
    path("series/<int:series_id>/history", api.HistoryView.as_view()),
    path("series/<int:series_id>/readings.csv", api.CsvView.as_view()),
    path("sites/<slug:slug>/sparklines", api.SparklinesView.as_view()),
]
