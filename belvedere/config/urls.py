"""Routes of Django. The hot paths and the media never come here: see asgi.py."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from belvedere.config import clock_api, dashboard, schema, server

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("belvedere.accounts.urls")),
    path("api/v1/", include("belvedere.devices.urls")),
    path("api/v1/", include("belvedere.rules.urls")),
    path("api/v1/", include("belvedere.alerts.urls")),
    path("api/v1/", include("belvedere.cameras.urls")),
    path("api/v1/", include("belvedere.readings.urls")),
    path("api/v1/", include("belvedere.pipeline.urls")),
    path("api/v1/server", server.ServerView.as_view()),
    path("api/v1/clock/confirm", clock_api.ConfirmView.as_view()),
    path("api/schema", schema.SchemaView.as_view(), name="schema"),
    path("api/docs", schema.DocsView.as_view()),
    path("api/docs/assets/<str:name>", schema.docs_asset),
    # Every other address is the dashboard's; an unknown one below /api/ stays a 404.
    re_path(r"^(?!api/|static/|assets/|media/)", dashboard.page),
]

handler400 = "belvedere.web_api.rest.bad_request"
handler403 = "belvedere.web_api.rest.forbidden"
handler404 = "belvedere.web_api.rest.not_found"
handler500 = "belvedere.web_api.rest.server_error"
