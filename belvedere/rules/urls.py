"""Routes of rules, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from belvedere.rules import api

urlpatterns = [
    path("rules", api.RulesView.as_view()),
    path("rules/templates", api.RuleTemplatesView.as_view()),
    path("rules/<int:rule_id>", api.RuleView.as_view()),
]
