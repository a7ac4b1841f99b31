"""Routes of the read side below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.readings import api
from belvedere.readings.summary import api as summary_api

urlpatterns = [
    path("series/<int:series_id>/history", api.HistoryView.as_view()),
    path("series/<int:series_id>/readings.csv", api.CsvView.as_view()),
    path("series/<int:series_id>/summary", summary_api.SummaryView.as_view()),
    path("series/<int:series_id>/summary.csv", summary_api.SummarySheetView.as_view()),
    path("sites/<slug:slug>/sparklines", api.SparklinesView.as_view()),
]
