"""Routes of accounts, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.accounts.api import audit, entry, first_run, joining, members, resets, sessions, sites, tokens

urlpatterns = [
    path("setup", first_run.SetupView.as_view()),
    path("setup/check", first_run.SetupCheckView.as_view()),
    path("timezones", first_run.TimezonesView.as_view()),
    path("session", entry.SessionView.as_view()),
    path("me", entry.MeView.as_view()),
    path("me/password", entry.PasswordView.as_view()),
    path("me/close", entry.CloseView.as_view()),
    path("me/sites/<str:slug>", sites.LeaveView.as_view()),
    path("me/audit", audit.MyAuditView.as_view()),
    path("me/invitations", joining.MyInvitationsView.as_view()),
    path("me/invitations/<int:invitation_id>", joining.MyInvitationView.as_view()),
    path("invitations/read", joining.CodeView.as_view()),
    path("invitations/accept", joining.AcceptView.as_view()),
    path("invitations/join", joining.JoinView.as_view()),
    path("password-reset/read", resets.ResetReadView.as_view()),
    path("password-reset/use", resets.ResetUseView.as_view()),
    path("sessions", sessions.SessionsView.as_view()),
    path("sessions/<int:session_id>", sessions.OneSessionView.as_view()),
    path("tokens", tokens.TokensView.as_view()),
    path("tokens/<int:token_id>", tokens.TokenView.as_view()),
    path("sites", sites.SitesView.as_view()),
    path("sites/<str:slug>", sites.SiteDetailView.as_view()),
    path("sites/<str:slug>/away", sites.AwayView.as_view()),
    path("sites/<str:slug>/members", members.MembersView.as_view()),
    path("sites/<str:slug>/members/<int:member_id>", members.MemberView.as_view()),
    path("sites/<str:slug>/members/<int:member_id>/reset", resets.MemberResetView.as_view()),
    path("sites/<str:slug>/audit", audit.SiteAuditView.as_view()),
    path("sites/<str:slug>/invitations", members.InvitationsView.as_view()),
    path("sites/<str:slug>/invitations/<int:invitation_id>", members.InvitationView.as_view()),
    path("sites/<str:slug>/zones", sites.ZonesView.as_view()),
    path("sites/<str:slug>/zones/<int:zone_id>", sites.ZoneView.as_view()),
]
