"""Routes of devices and series, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.devices import api

urlpatterns = [
    path("devices", api.DevicesView.as_view()),
    path("devices/<str:device_id>", api.DeviceView.as_view()),
    path("devices/<str:device_id>/credentials", api.CredentialView.as_view()),
    path("strangers", api.StrangersView.as_view()),
    path("metrics", api.MetricsView.as_view()),
    path("units", api.UnitsView.as_view()),
    path("sites/<str:slug>/series", api.SiteSeriesView.as_view()),
    path("sites/<str:slug>/metrics", api.SiteMetricsView.as_view()),
    path("series/<int:series_id>", api.SeriesView.as_view()),
]
