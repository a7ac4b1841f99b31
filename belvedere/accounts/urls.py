"""Routes of accounts, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.accounts.api import entry, sites, tokens

urlpatterns = [
    path("setup", entry.SetupView.as_view()),
    path("session", entry.SessionView.as_view()),
    path("me", entry.MeView.as_view()),
    path("me/password", entry.PasswordView.as_view()),
    path("sessions", entry.SessionsView.as_view()),
    path("tokens", tokens.TokensView.as_view()),
    path("tokens/<int:token_id>", tokens.TokenView.as_view()),
    path("sites", sites.SitesView.as_view()),
    path("sites/<str:slug>", sites.SiteDetailView.as_view()),
    path("sites/<str:slug>/members", sites.MembersView.as_view()),
    path("sites/<str:slug>/members/<int:member_id>", sites.MemberView.as_view()),
    path("sites/<str:slug>/zones", sites.ZonesView.as_view()),
    path("sites/<str:slug>/zones/<int:zone_id>", sites.ZoneView.as_view()),
]
