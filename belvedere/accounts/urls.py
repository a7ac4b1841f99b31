"""Routes of accounts, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.accounts.api import entry, joining, members, sites, tokens

urlpatterns = [
    path("setup", entry.SetupView.as_view()),
    path("session", entry.SessionView.as_view()),
    path("me", entry.MeView.as_view()),
    path("me/password", entry.PasswordView.as_view()),
    path("me/close", entry.CloseView.as_view()),
    path("me/invitations", joining.MyInvitationsView.as_view()),
    path("me/invitations/<int:invitation_id>", joining.MyInvitationView.as_view()),
    path("invitations/read", joining.CodeView.as_view()),
    path("invitations/accept", joining.AcceptView.as_view()),
    path("invitations/join", joining.JoinView.as_view()),
    path("sessions", entry.SessionsView.as_view()),
    path("tokens", tokens.TokensView.as_view()),
    path("tokens/<int:token_id>", tokens.TokenView.as_view()),
    path("sites", sites.SitesView.as_view()),
    path("sites/<str:slug>", sites.SiteDetailView.as_view()),
    path("sites/<str:slug>/members", members.MembersView.as_view()),
    path("sites/<str:slug>/members/<int:member_id>", members.MemberView.as_view()),
    path("sites/<str:slug>/invitations", members.InvitationsView.as_view()),
    path("sites/<str:slug>/invitations/<int:invitation_id>", members.InvitationView.as_view()),
    path("sites/<str:slug>/zones", sites.ZonesView.as_view()),
    path("sites/<str:slug>/zones/<int:zone_id>", sites.ZoneView.as_view()),
]
